/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata_text.h"
#include "presence.h"
#include "release.h"
#include "results.h"

/* Groups that are looked for before the clock is. */
#define GROUPS_AT_ONCE 50u

/* Longer names of hosts and services need memory. */
#define NAME_BYTES 256u

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* Bits that the settings need and the core does not send (neb-module.md 1.2 step 6, 1.3). */
static void check_broker_bits(struct mgm_module *m)
{
	unsigned long have = *m->core.event_broker_options;

	bool results = m->settings.perfdata || m->settings.latency_flatten_window > 0;

	if ((mgm_settings_take_hosts(&m->settings) || results) && (have & 8u) == 0)
		mgm_log_error(&m->log, "mod_gearman needs BROKER_HOST_CHECKS (8) event_broker_options enabled to work");
	if ((mgm_settings_take_services(&m->settings) || results) && (have & 4u) == 0)
		mgm_log_error(&m->log, "mod_gearman needs BROKER_SERVICE_CHECKS (4) event_broker_options enabled to work");
	if (m->settings.eventhandler && (have & 16u) == 0)
		mgm_log_error(&m->log, "mod_gearman needs BROKER_EVENT_HANDLERS (16) event_broker option enabled to work");
	if (m->settings.exports[MGM_EXPORT_LOG].on && (have & 32u) == 0)
		mgm_log_error(&m->log, "mod_gearman needs BROKER_LOGGED_DATA (32) event_broker_options enabled to work");
	/* Naemon never raises timed events. */
	if (m->settings.exports[MGM_EXPORT_TIMED_EVENT].on && m->core.family == MGM_NAGIOS && (have & 2u) == 0)
		mgm_log_error(&m->log, "mod_gearman needs BROKER_TIMED_EVENTS (2) event_broker_options enabled to work");
	if (m->settings.notifications && (have & 64u) == 0)
		mgm_log_error(&m->log, "mod_gearman needs BROKER_NOTIFICATIONS (64) event_broker_options enabled to work");
}

static void warn_unknown(struct mgm_module *m, const struct mgm_names *groups, const char *kind)
{
	for (size_t i = 0; i < groups->count; i++)
		if (groups->group[i] == NULL)
			mgm_log_info(&m->log, "Warning: %s '%s' does not exist, possible typo?", kind, groups->name[i]);
}

static void fault(struct mgm_module *m, const char *text)
{
	bool first = !m->policy.fault;

	m->policy.fault = true;
	snprintf(m->fault_text, sizeof(m->fault_text), "%s", text);
	if (first)
		mgm_presence_log_fault(m);
}

/* Events were kept before it was known which of them are exported. */
static void remove_unwanted(struct mgm_module *m)
{
	static const enum mgm_event_kind kinds[MGM_EXPORTS] = { MGM_EVENT_EXPORT_PROCESS, MGM_EVENT_EXPORT_TIMED,
		                                                    MGM_EVENT_EXPORT_LOG };

	for (size_t i = 0; i < MGM_EXPORTS; i++)
		if (!m->settings.exports[i].on)
			mgm_records_remove(&m->records, kinds[i]);
}

static void on_settings(struct mgm_module *m, const struct mgm_message *message)
{
	enum mgm_settings_rc rc = mgm_settings_read(&m->settings, message);

	if (rc == MGM_SETTINGS_TOO_LARGE) {
		fault(m, "the settings name too many groups");
		return;
	}
	if (rc == MGM_SETTINGS_NO_MEMORY || !mgm_perfdata_new_settings(m)) {
		mgm_log_error(&m->log, "no memory for the settings");
		mgm_link_kill(&m->link, "its settings could not be kept");
		return;
	}
	m->policy.linked = false;
	m->settings_unfinished = true;
	if (!mgm_answers_finish_settings(m))
		mgm_later_request(&m->later);
}

/* @return false when the time of a slice is used up; without a loop all of it is done */
static bool find_groups(struct mgm_module *m)
{
	int64_t end = mgm_steady_us(m->clock) + MGM_SLICE_US;

	while (!mgm_queues_look_up(&m->queues, GROUPS_AT_ONCE))
		if (m->looping && mgm_steady_us(m->clock) >= end)
			return false;
	return true;
}

bool mgm_answers_finish_settings(struct mgm_module *m)
{
	if (!m->settings_unfinished)
		return true;
	if (!find_groups(m))
		return false;
	m->settings_unfinished = false;
	check_broker_bits(m);
	warn_unknown(m, &m->settings.servicegroup, "servicegroup");
	warn_unknown(m, &m->settings.localservicegroup, "servicegroup");
	warn_unknown(m, &m->settings.hostgroup, "hostgroup");
	warn_unknown(m, &m->settings.localhostgroup, "hostgroup");
	if (!m->policy.settings_known)
		mgm_log_info(&m->log, "connected to the bridge");
	m->policy.settings_known = true;
	remove_unwanted(m); /* after the lines above, which are events too */
	m->policy.fault = false;
	m->policy.linked = true;
	mgm_spawn_succeeded(&m->spawn);
	mgm_presence_update(m, "it is not ready");
	mgm_later_request(&m->later); /* checks under way can be named now */
	return true;
}

static void on_state(struct mgm_module *m, const struct mgm_message *message)
{
	char *text = mgm_msg_text(message, MGM_ID_TEXT);

	m->policy.ready = mgm_msg_u32(message, MGM_ID_READY, 0) != 0;
	mgm_presence_update(m, text != NULL ? text : "it is not ready");
	free(text);
}

static void on_fault(struct mgm_module *m, const struct mgm_message *message)
{
	char *text = mgm_msg_text(message, MGM_ID_TEXT);

	fault(m, or_empty(text));
	mgm_spawn_succeeded(&m->spawn);
	free(text);
}

static void on_log(struct mgm_module *m, const struct mgm_message *message)
{
	char *text = mgm_msg_text(message, MGM_ID_TEXT);

	if (text != NULL)
		mgm_log_bridge(&m->log, mgm_msg_u32(message, MGM_ID_LEVEL, 1), text);
	free(text);
}

static void on_rejected(struct mgm_module *m, const struct mgm_message *message)
{
	struct mgm_event *event = mgm_pending_take(&m->pending, mgm_msg_i64(message, MGM_ID_SEQ, 0));
	char *text;

	if (event == NULL)
		return;
	text = mgm_msg_text(message, MGM_ID_TEXT);
	m->totals.rejected++;
	if (mgm_records_hold(event->kind)) {
		m->totals.records_rejected++;
		mgm_log_event(&m->log, true, "failed to send %s to gearmand: %s",
		              event->kind == MGM_EVENT_PERFDATA ? "perfdata" : "an export", or_empty(text));
	} else if (!mgm_event_is_check(event->kind)) {
		bool notification = event->kind == MGM_EVENT_NOTIFICATION;

		(*(notification ? &m->totals.notifications_lost : &m->totals.handlers_lost))++;
		mgm_log_event(&m->log, true, "failed to send %s to gearmand: %s%s%s: %s",
		              notification ? "notification" : "eventhandler", event->host, event->service != NULL ? " - " : "",
		              or_empty(event->service), or_empty(text));
	} else {
		mgm_log_event(&m->log, true, "failed to send %s check to gearmand: %s%s%s: %s",
		              event->service != NULL ? "service" : "host", event->host, event->service != NULL ? " - " : "",
		              or_empty(event->service), or_empty(text));
		mgm_release_check(m, event->host, event->service, event->check_options);
	}
	free(text);
	mgm_event_free(event);
}

/* In `small` if it fits: a check must not stay "executing" because memory was short for a moment. NULL if absent. */
static char *name_of(const struct mgm_message *message, enum mgm_id id, char small[NAME_BYTES])
{
	const struct mgm_bytes *value = &message->field[id];

	if (value->data == NULL || value->size >= NAME_BYTES)
		return mgm_msg_text(message, id);
	memcpy(small, value->data, value->size);
	small[value->size] = '\0';
	return small;
}

static void on_check_lost(struct mgm_module *m, const struct mgm_message *message)
{
	char small_host[NAME_BYTES], small_service[NAME_BYTES];
	char *host = name_of(message, MGM_ID_HOST_NAME, small_host);
	char *service = name_of(message, MGM_ID_SERVICE_DESCRIPTION, small_service);
	char *text = mgm_msg_text(message, MGM_ID_TEXT);

	/* Without memory for the service's name this must not become the host's check. */
	bool whole = host != NULL && (service != NULL || message->field[MGM_ID_SERVICE_DESCRIPTION].data == NULL);

	if (!whole)
		mgm_log_event(&m->log, true, "no memory to give a lost check back; it waits for the core's own orphan check");
	else if (mgm_release_check(m, host, service, 0))
		mgm_log_event(&m->log, false, "the check of %s%s%s was lost and will run again: %s", host,
		              service != NULL ? " - " : "", or_empty(service), or_empty(text));
	if (host != small_host)
		free(host);
	if (service != small_service)
		free(service);
	free(text);
}

void mgm_answers_handle(struct mgm_module *m, const struct mgm_message *message)
{
	switch (message->type) {
	case MGM_MSG_SETTINGS: on_settings(m, message); return;
	case MGM_MSG_STATE: on_state(m, message); return;
	case MGM_MSG_FAULT: on_fault(m, message); return;
	case MGM_MSG_LOG: on_log(m, message); return;
	case MGM_MSG_RESULT: mgm_results_apply(m, message); return;
	case MGM_MSG_EVENT_DONE: mgm_pending_done(&m->pending, mgm_msg_i64(message, MGM_ID_SEQ, 0)); return;
	case MGM_MSG_EVENT_REJECTED: on_rejected(m, message); return;
	case MGM_MSG_CHECK_LOST: on_check_lost(m, message); return;
	default:
		/* Messages that only the shim sends. */
		m->link.skipped_messages++;
	}
}
