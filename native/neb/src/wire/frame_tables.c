/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame_tables.h"

#define FIELD(id, name, kind) [id] = { name, kind }

const struct mgm_field_row mgm_field_rows[MGM_ID_COUNT] = {
	FIELD(MGM_ID_VERSION, "version", MGM_KIND_U32),
	FIELD(MGM_ID_CORE_NAME, "core_name", MGM_KIND_BYTES),
	FIELD(MGM_ID_CORE_VERSION, "core_version", MGM_KIND_BYTES),
	FIELD(MGM_ID_SHIM_VERSION, "shim_version", MGM_KIND_BYTES),
	FIELD(MGM_ID_PID, "pid", MGM_KIND_U32),
	FIELD(MGM_ID_ABI_CLASS, "abi_class", MGM_KIND_BYTES),
	FIELD(MGM_ID_INSTANCE, "instance", MGM_KIND_BYTES),
	FIELD(MGM_ID_MODULE_ARGS, "module_args", MGM_KIND_BYTES),
	FIELD(MGM_ID_CONFIG_BASE, "config_base", MGM_KIND_BYTES),
	FIELD(MGM_ID_BROKER_OPTIONS, "broker_options", MGM_KIND_I64),
	FIELD(MGM_ID_WINDOW, "window", MGM_KIND_U32),
	FIELD(MGM_ID_HEARTBEAT_MS, "heartbeat_ms", MGM_KIND_U32),
	FIELD(MGM_ID_BRIDGE_VERSION, "bridge_version", MGM_KIND_BYTES),
	FIELD(MGM_ID_LEVEL, "level", MGM_KIND_U32),
	FIELD(MGM_ID_TEXT, "text", MGM_KIND_BYTES),
	FIELD(MGM_ID_SEQ, "seq", MGM_KIND_I64),
	FIELD(MGM_ID_HOST_NAME, "host_name", MGM_KIND_BYTES),
	FIELD(MGM_ID_SERVICE_DESCRIPTION, "service_description", MGM_KIND_BYTES),
	FIELD(MGM_ID_COMMAND_LINE, "command_line", MGM_KIND_BYTES),
	FIELD(MGM_ID_CORE_TIME, "core_time", MGM_KIND_I64),
	FIELD(MGM_ID_TIMEOUT, "timeout", MGM_KIND_U32),
	FIELD(MGM_ID_CHECK_OPTIONS, "check_options", MGM_KIND_U32),
	FIELD(MGM_ID_QUEUE, "queue", MGM_KIND_BYTES),
	FIELD(MGM_ID_CHECK_TYPE, "check_type", MGM_KIND_U32),
	FIELD(MGM_ID_RETURN_CODE, "return_code", MGM_KIND_U32),
	FIELD(MGM_ID_EXITED_OK, "exited_ok", MGM_KIND_U32),
	FIELD(MGM_ID_EARLY_TIMEOUT, "early_timeout", MGM_KIND_U32),
	FIELD(MGM_ID_SCHEDULED_CHECK, "scheduled_check", MGM_KIND_U32),
	FIELD(MGM_ID_START_TIME, "start_time", MGM_KIND_I64),
	FIELD(MGM_ID_FINISH_TIME, "finish_time", MGM_KIND_I64),
	FIELD(MGM_ID_LATENCY, "latency", MGM_KIND_I64),
	FIELD(MGM_ID_OUTPUT, "output", MGM_KIND_BYTES),
	FIELD(MGM_ID_SOURCE, "source", MGM_KIND_BYTES),
	FIELD(MGM_ID_RESULT_ID, "result_id", MGM_KIND_ID16),
	FIELD(MGM_ID_READY, "ready", MGM_KIND_U32),
	FIELD(MGM_ID_REASON, "reason", MGM_KIND_U32),
	FIELD(MGM_ID_CONTACT, "contact", MGM_KIND_BYTES),
	FIELD(MGM_ID_LONG_OUTPUT, "long_output", MGM_KIND_BYTES),
	FIELD(MGM_ID_TAKEN_TIME, "taken_time", MGM_KIND_I64),
	FIELD(MGM_ID_QUEUE_RULE, "queue_rule", MGM_KIND_U32),
	FIELD(MGM_ID_RECORDS, "records", MGM_KIND_I64),
	FIELD(MGM_ID_NEB_CALLBACK, "neb_callback", MGM_KIND_U32),
	FIELD(MGM_ID_NEB_TYPE, "neb_type", MGM_KIND_U32),
	FIELD(MGM_ID_NEB_FLAGS, "neb_flags", MGM_KIND_U32),
	FIELD(MGM_ID_NEB_ATTR, "neb_attr", MGM_KIND_U32),
	FIELD(MGM_ID_TIMESTAMP, "timestamp", MGM_KIND_I64),
	FIELD(MGM_ID_EVENT_TYPE, "event_type", MGM_KIND_U32),
	FIELD(MGM_ID_RECURRING, "recurring", MGM_KIND_U32),
	FIELD(MGM_ID_RUN_TIME, "run_time", MGM_KIND_I64),
	FIELD(MGM_ID_ENTRY_TIME, "entry_time", MGM_KIND_I64),
	FIELD(MGM_ID_DATA_TYPE, "data_type", MGM_KIND_U32),
	FIELD(MGM_ID_DATA, "data", MGM_KIND_BYTES),
	FIELD(MGM_ID_HOSTS, "hosts", MGM_KIND_U32),
	FIELD(MGM_ID_SERVICES, "services", MGM_KIND_U32),
	FIELD(MGM_ID_EVENTHANDLER, "eventhandler", MGM_KIND_U32),
	FIELD(MGM_ID_DO_HOSTCHECKS, "do_hostchecks", MGM_KIND_U32),
	FIELD(MGM_ID_ROUTE_EVENTHANDLER, "route_eventhandler_like_checks", MGM_KIND_U32),
	FIELD(MGM_ID_QUEUE_CUSTOM_VARIABLE, "queue_custom_variable", MGM_KIND_BYTES),
	FIELD(MGM_ID_HOSTGROUP, "hostgroup", MGM_KIND_LIST),
	FIELD(MGM_ID_SERVICEGROUP, "servicegroup", MGM_KIND_LIST),
	FIELD(MGM_ID_LOCALHOSTGROUP, "localhostgroup", MGM_KIND_LIST),
	FIELD(MGM_ID_LOCALSERVICEGROUP, "localservicegroup", MGM_KIND_LIST),
	FIELD(MGM_ID_CHECKS_WHEN_AWAY, "checks_when_away", MGM_KIND_U32),
	FIELD(MGM_ID_EVENTHANDLERS_WHEN_AWAY, "eventhandlers_when_away", MGM_KIND_U32),
	FIELD(MGM_ID_NOTIFICATIONS, "notifications", MGM_KIND_U32),
	FIELD(MGM_ID_NOTIFICATIONS_WHEN_AWAY, "notifications_when_away", MGM_KIND_U32),
	FIELD(MGM_ID_ORPHAN_HOST_CHECKS, "orphan_host_checks", MGM_KIND_U32),
	FIELD(MGM_ID_ORPHAN_SERVICE_CHECKS, "orphan_service_checks", MGM_KIND_U32),
	FIELD(MGM_ID_ORPHAN_RETURN, "orphan_return", MGM_KIND_U32),
	FIELD(MGM_ID_INTERNAL_CHECK_DUMMY, "internal_check_dummy", MGM_KIND_U32),
	FIELD(MGM_ID_LATENCY_FLATTEN_WINDOW, "latency_flatten_window", MGM_KIND_U32),
	FIELD(MGM_ID_PERFDATA, "perfdata", MGM_KIND_U32),
	FIELD(MGM_ID_PERFDATA_SEND_ALL, "perfdata_send_all", MGM_KIND_U32),
	FIELD(MGM_ID_HOST_PERFDATA_TEMPLATE, "host_perfdata_template", MGM_KIND_BYTES),
	FIELD(MGM_ID_SERVICE_PERFDATA_TEMPLATE, "service_perfdata_template", MGM_KIND_BYTES),
	FIELD(MGM_ID_EXPORT_PROCESS, "export_process", MGM_KIND_U32),
	FIELD(MGM_ID_EXPORT_TIMED_EVENT, "export_timed_event", MGM_KIND_U32),
	FIELD(MGM_ID_EXPORT_LOG, "export_log", MGM_KIND_U32),
	FIELD(MGM_ID_EXPLAIN_QUEUES, "explain_queues", MGM_KIND_U32),
	FIELD(MGM_ID_DEBUG, "debug", MGM_KIND_U32),
	FIELD(MGM_ID_TAKEN_TIMES, "taken_times", MGM_KIND_U32)
};

/* clang-format off */
/* Fields that must be there; 0 ends each list. Optional ones need no row. */
static const uint8_t none[] = {0};
static const uint8_t hello[] = {MGM_ID_VERSION, MGM_ID_CORE_NAME, MGM_ID_CORE_VERSION, MGM_ID_SHIM_VERSION,
	MGM_ID_ABI_CLASS, MGM_ID_PID, MGM_ID_INSTANCE, MGM_ID_BROKER_OPTIONS, MGM_ID_WINDOW, MGM_ID_HEARTBEAT_MS, 0};
static const uint8_t welcome[] = {MGM_ID_VERSION, MGM_ID_BRIDGE_VERSION, MGM_ID_PID, MGM_ID_WINDOW,
	MGM_ID_HEARTBEAT_MS, 0};
static const uint8_t state[] = {MGM_ID_READY, 0};
static const uint8_t fault[] = {MGM_ID_TEXT, 0};
static const uint8_t log_line[] = {MGM_ID_LEVEL, MGM_ID_TEXT, 0};
static const uint8_t bye[] = {MGM_ID_REASON, 0};
static const uint8_t window[] = {MGM_ID_WINDOW, 0};
static const uint8_t host_check[] = {MGM_ID_SEQ, MGM_ID_HOST_NAME, MGM_ID_QUEUE, MGM_ID_COMMAND_LINE,
	MGM_ID_CORE_TIME, MGM_ID_TIMEOUT, MGM_ID_CHECK_OPTIONS, 0};
static const uint8_t service_check[] = {MGM_ID_SEQ, MGM_ID_HOST_NAME, MGM_ID_SERVICE_DESCRIPTION, MGM_ID_QUEUE,
	MGM_ID_COMMAND_LINE, MGM_ID_CORE_TIME, MGM_ID_TIMEOUT, MGM_ID_CHECK_OPTIONS, 0};
static const uint8_t event_handler[] = {MGM_ID_SEQ, MGM_ID_HOST_NAME, MGM_ID_QUEUE, MGM_ID_COMMAND_LINE,
	MGM_ID_CORE_TIME, 0};
static const uint8_t notification[] = {MGM_ID_SEQ, MGM_ID_HOST_NAME, MGM_ID_CONTACT, MGM_ID_COMMAND_LINE,
	MGM_ID_START_TIME, MGM_ID_CORE_TIME, 0};
static const uint8_t perfdata[] = {MGM_ID_SEQ, MGM_ID_HOST_NAME, MGM_ID_TEXT, 0};
static const uint8_t export[] = {MGM_ID_SEQ, MGM_ID_NEB_CALLBACK, MGM_ID_NEB_TYPE, MGM_ID_NEB_FLAGS, MGM_ID_NEB_ATTR,
	MGM_ID_TIMESTAMP, 0};
static const uint8_t dropped[] = {MGM_ID_RECORDS, 0};
static const uint8_t result[] = {MGM_ID_SEQ, MGM_ID_RESULT_ID, MGM_ID_HOST_NAME, MGM_ID_CHECK_TYPE,
	MGM_ID_CHECK_OPTIONS, MGM_ID_SCHEDULED_CHECK, MGM_ID_RETURN_CODE, MGM_ID_EXITED_OK, MGM_ID_EARLY_TIMEOUT,
	MGM_ID_START_TIME, MGM_ID_FINISH_TIME, MGM_ID_LATENCY, MGM_ID_OUTPUT, 0};
static const uint8_t seq[] = {MGM_ID_SEQ, 0};
static const uint8_t rejected[] = {MGM_ID_SEQ, MGM_ID_TEXT, 0};
static const uint8_t lost[] = {MGM_ID_HOST_NAME, MGM_ID_TEXT, 0};
/* clang-format on */

const struct mgm_msg_row mgm_msg_rows[MGM_MSG_CHECK_LOST + 1] = {
	[MGM_MSG_HELLO] = { "HELLO", hello },
	[MGM_MSG_WELCOME] = { "WELCOME", welcome },
	[MGM_MSG_SETTINGS] = { "SETTINGS", none },
	[MGM_MSG_STATE] = { "STATE", state },
	[MGM_MSG_FAULT] = { "FAULT", fault },
	[MGM_MSG_LOG] = { "LOG", log_line },
	[MGM_MSG_PING] = { "PING", none },
	[MGM_MSG_PONG] = { "PONG", none },
	[MGM_MSG_BYE] = { "BYE", bye },
	[MGM_MSG_WINDOW] = { "WINDOW", window },
	[MGM_MSG_SERVICE_CHECK] = { "SERVICE_CHECK", service_check },
	[MGM_MSG_HOST_CHECK] = { "HOST_CHECK", host_check },
	[MGM_MSG_EVENT_HANDLER] = { "EVENT_HANDLER", event_handler },
	[MGM_MSG_NOTIFICATION] = { "NOTIFICATION", notification },
	[MGM_MSG_PERFDATA] = { "PERFDATA", perfdata },
	[MGM_MSG_EXPORT] = { "EXPORT", export },
	[MGM_MSG_RECORDS_DROPPED] = { "RECORDS_DROPPED", dropped },
	[MGM_MSG_CHECK_UNDER_WAY] = { "CHECK_UNDER_WAY", none },
	[MGM_MSG_RESULT] = { "RESULT", result },
	[MGM_MSG_RESULT_DONE] = { "RESULT_DONE", seq },
	[MGM_MSG_EVENT_DONE] = { "EVENT_DONE", seq },
	[MGM_MSG_EVENT_REJECTED] = { "EVENT_REJECTED", rejected },
	[MGM_MSG_CHECK_LOST] = { "CHECK_LOST", lost }
};
