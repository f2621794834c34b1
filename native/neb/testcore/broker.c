/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Events of the core itself and of event handlers and notifications, built member by member for the modules. */
#include "broker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "exports.h"

bool tc_broker_wants(enum mgm_const bit)
{
	return (event_broker_options & (unsigned long)tc_const(bit)) != 0;
}

void *tc_event_new(enum mgm_size size, enum mgm_field type_field, int type, int flags, int attr)
{
	/* Members that no table lists, and the tail of longer classes, must exist too: 512 bytes hold every event. */
	void *event = calloc(1, 512);
	struct timeval now;

	if (event == NULL || tc_abi()->size[size] > 512)
		abort();
	gettimeofday(&now, NULL);
	/* type, flags, attr and timestamp are neighbours of the same name in every event. */
	tc_set_i32(event, type_field, type);
	tc_set_i32(event, type_field + 1, flags);
	tc_set_i32(event, type_field + 2, attr);
	tc_set_tv(event, type_field + 3, now);
	return event;
}

char *tc_event_command(void *event, enum mgm_field name_field, enum mgm_field args_field, const char *command)
{
	char *copy = tc_strdup(command);
	char *args;

	if (copy == NULL)
		return NULL;
	args = strchr(copy, '!');
	if (args != NULL)
		*args++ = '\0';
	tc_set_ptr(event, name_field, copy);
	tc_set_ptr(event, args_field, args != NULL && *args != '\0' ? args : NULL);
	return copy;
}

int tc_event_send(enum mgm_const callback, void *event, char *command_copy)
{
	int result = neb_make_callbacks(tc_const(callback), event);

	free(command_copy);
	free(event);
	return result;
}

void broker_program_state(int type, int flags, int attr)
{
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_PROGRAM_STATE))
		return;
	event = tc_event_new(MGM_S_NEBSTRUCT_PROCESS_DATA, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE, type, flags, attr);
	tc_event_send(MGM_C_NEBCALLBACK_PROCESS_DATA, event, NULL);
}

void broker_log_data(int type, int flags, int attr, char *data, unsigned long data_type, int64_t entry_time)
{
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_LOGGED_DATA))
		return;
	event = tc_event_new(MGM_S_NEBSTRUCT_LOG_DATA, MGM_F_NEBSTRUCT_LOG_DATA_TYPE, type, flags, attr);
	tc_set_i64(event, MGM_F_NEBSTRUCT_LOG_DATA_ENTRY_TIME, entry_time);
	tc_set_i32(event, MGM_F_NEBSTRUCT_LOG_DATA_DATA_TYPE, (int32_t)data_type);
	tc_set_ptr(event, MGM_F_NEBSTRUCT_LOG_DATA_DATA, data);
	tc_event_send(MGM_C_NEBCALLBACK_LOG_DATA, event, NULL);
}

void broker_program_status(int type, int flags, int attr)
{
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_STATUS_DATA))
		return;
	event =
		tc_event_new(MGM_S_NEBSTRUCT_PROGRAM_STATUS_DATA, MGM_F_NEBSTRUCT_PROGRAM_STATUS_DATA_TYPE, type, flags, attr);
	tc_set_i64(event, MGM_F_NEBSTRUCT_PROGRAM_STATUS_DATA_PROGRAM_START, program_start);
	tc_set_i32(event, MGM_F_NEBSTRUCT_PROGRAM_STATUS_DATA_PID, nagios_pid);
	tc_set_i32(event, MGM_F_NEBSTRUCT_PROGRAM_STATUS_DATA_DAEMON_MODE, daemon_mode);
	tc_set_i64(event, MGM_F_NEBSTRUCT_PROGRAM_STATUS_DATA_LAST_LOG_ROTATION, last_log_rotation);
	tc_event_send(MGM_C_NEBCALLBACK_PROGRAM_STATUS_DATA, event, NULL);
}

#define EH(member) MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_##member

int broker_event_handler(int type, int flags, int attr, int handler_type, void *object, int state, int state_type,
                         struct timeval start, struct timeval end, double execution_time, int timeout,
                         int early_timeout, int return_code, char *command, char *command_line, char *output)
{
	bool service = handler_type == tc_const(MGM_C_SERVICE_EVENTHANDLER) ||
	               handler_type == tc_const(MGM_C_GLOBAL_SERVICE_EVENTHANDLER);
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_EVENT_HANDLERS))
		return tc_const(MGM_C_NEB_OK);
	if (object == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	event = tc_event_new(MGM_S_NEBSTRUCT_EVENT_HANDLER_DATA, EH(TYPE), type, flags, attr);
	tc_set_i32(event, EH(EVENTHANDLER_TYPE), handler_type);
	tc_set_ptr(event, EH(HOST_NAME), tc_str(object, service ? MGM_F_SERVICE_HOST_NAME : MGM_F_HOST_NAME));
	if (service)
		tc_set_ptr(event, EH(SERVICE_DESCRIPTION), tc_str(object, MGM_F_SERVICE_DESCRIPTION));
	tc_set_i32(event, EH(STATE), state);
	tc_set_i32(event, EH(STATE_TYPE), state_type);
	tc_set_i32(event, EH(TIMEOUT), timeout);
	tc_set_ptr(event, EH(COMMAND_LINE), command_line);
	tc_set_tv(event, EH(START_TIME), start);
	tc_set_tv(event, EH(END_TIME), end);
	tc_set_i32(event, EH(EARLY_TIMEOUT), early_timeout);
	tc_set_f64(event, EH(EXECUTION_TIME), execution_time);
	tc_set_i32(event, EH(RETURN_CODE), return_code);
	tc_set_ptr(event, EH(OUTPUT), output);
	tc_set_ptr(event, EH(OBJECT_PTR), object);
	return tc_event_send(MGM_C_NEBCALLBACK_EVENT_HANDLER_DATA, event,
	                     tc_event_command(event, EH(COMMAND_NAME), EH(COMMAND_ARGS), command));
}

#define CN(member) MGM_F_NEBSTRUCT_CONTACT_NOTIFICATION_METHOD_DATA_##member

int broker_contact_notification_method_data(int type, int flags, int attr, int notification_type, int reason,
                                            struct timeval start, struct timeval end, void *object, void *contact,
                                            char *command, char *ack_author, char *ack_data, int escalated)
{
	bool service = notification_type == tc_const(MGM_C_SERVICE_NOTIFICATION);
	const struct tc_kind *kind = service ? &tc_service_kind : &tc_host_kind;
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_NOTIFICATIONS))
		return tc_const(MGM_C_NEB_OK);
	event = tc_event_new(MGM_S_NEBSTRUCT_CONTACT_NOTIFICATION_METHOD_DATA, CN(TYPE), type, flags, attr);
	tc_set_i32(event, CN(NOTIFICATION_TYPE), notification_type);
	tc_set_tv(event, CN(START_TIME), start);
	tc_set_tv(event, CN(END_TIME), end);
	tc_set_ptr(event, CN(HOST_NAME), tc_str(object, kind->host_name));
	if (service)
		tc_set_ptr(event, CN(SERVICE_DESCRIPTION), tc_str(object, kind->description));
	if (contact != NULL)
		tc_set_ptr(event, CN(CONTACT_NAME), tc_str(contact, MGM_F_CONTACT_NAME));
	tc_set_i32(event, CN(REASON_TYPE), reason);
	tc_set_i32(event, CN(STATE), tc_i32(object, kind->current_state));
	tc_set_ptr(event, CN(OUTPUT), tc_str(object, kind->plugin_output));
	tc_set_ptr(event, CN(ACK_AUTHOR), ack_author);
	tc_set_ptr(event, CN(ACK_DATA), ack_data);
	tc_set_i32(event, CN(ESCALATED), escalated);
	tc_set_ptr(event, CN(OBJECT_PTR), object);
	tc_set_ptr(event, CN(CONTACT_PTR), contact);
	return tc_event_send(MGM_C_NEBCALLBACK_CONTACT_NOTIFICATION_METHOD_DATA, event,
	                     tc_event_command(event, CN(COMMAND_NAME), CN(COMMAND_ARGS), command));
}
