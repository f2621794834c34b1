/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notification.h"

#include <stdlib.h>

#include "first_event.h"
#include "notification_text.h"
#include "session.h"

#define FIELD(name) MGM_F_NEBSTRUCT_CONTACT_NOTIFICATION_METHOD_DATA_##name

static int64_t microseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static bool keep_event(struct mgm_module *m, const struct mgm_notification *n, const char *line)
{
	const struct mgm_abi *abi = m->core.abi;
	const void *object = n->service != NULL ? n->service : n->host;
	struct mgm_event_info info = { MGM_EVENT_NOTIFICATION, 0, object, n->host_name, n->description };
	struct mgm_frame frame = { 0 };
	bool kept;

	mgm_frame_begin(&frame, MGM_MSG_NOTIFICATION);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 0);
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, n->host_name);
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, n->description);
	mgm_frame_text(&frame, MGM_ID_CONTACT, n->contact);
	mgm_frame_text(&frame, MGM_ID_COMMAND_LINE, line);
	mgm_frame_i64(&frame, MGM_ID_START_TIME, microseconds(mgm_get_timeval(abi, n->event, FIELD(START_TIME))));
	mgm_frame_i64(&frame, MGM_ID_CORE_TIME, mgm_wall_us(m->clock));
	mgm_frame_text(&frame, MGM_ID_OUTPUT, mgm_get_cstr(abi, n->event, FIELD(OUTPUT)));
	mgm_frame_text(&frame, MGM_ID_LONG_OUTPUT,
	               mgm_get_cstr(abi, object,
	                            n->service != NULL ? MGM_F_SERVICE_LONG_PLUGIN_OUTPUT : MGM_F_HOST_LONG_PLUGIN_OUTPUT));
	kept = mgm_frame_end(&frame) && mgm_pending_add(&m->pending, &info, frame.data, frame.size);
	mgm_frame_free(&frame);
	return kept;
}

/* The core does not log a notification that was taken over. */
static void log_taken(struct mgm_module *m, const struct mgm_notification *n, struct mgm_macros *macros)
{
	char *line = mgm_notification_log_line(n, macros);

	if (line != NULL)
		mgm_core_log_text(&m->core,
		                  n->service != NULL ? mgm_constant(m->core.abi, MGM_C_NSLOG_SERVICE_NOTIFICATION, 0)
		                                     : mgm_constant(m->core.abi, MGM_C_NSLOG_HOST_NOTIFICATION, 0),
		                  line);
	free(line);
}

/* Better run by the core than lost. */
static int left_to_core(struct mgm_module *m, const char *why)
{
	mgm_log_event(&m->log, true, "failed to send notification to gearmand%s", why);
	mgm_policy_count_notification(&m->policy, MGM_PHASE_AWAY, MGM_PASS);
	return MGM_NEB_OK;
}

static int take_over(struct mgm_module *m, const struct mgm_notification *n, enum mgm_phase phase,
                     enum mgm_decision decision)
{
	const struct mgm_abi *abi = m->core.abi;
	const char *args = mgm_get_cstr(abi, n->event, FIELD(COMMAND_ARGS));
	int verdict = mgm_constant(abi, MGM_C_NEBERROR_CALLBACKOVERRIDE, 206);
	struct mgm_macros macros;
	bool known = true;
	char *line = NULL;

	if (mgm_notification_macros(n, &m->core, &macros))
		line = mgm_macros_command(&macros, n->command, args, &known);
	if (macros.failed) {
		verdict = left_to_core(m, ": no memory");
	} else if (line == NULL) {
		mgm_log_error(&m->log, "%s command for host '%s' was NULL - aborting.",
		              known ? "Processed check" : "Raw notification", n->host_name);
		verdict = mgm_constant(abi, MGM_C_NEBERROR_CALLBACKCANCEL, 207);
	} else if (keep_event(m, n, line)) {
		log_taken(m, n, &macros);
		mgm_policy_count_notification(&m->policy, phase, decision);
	} else {
		verdict = left_to_core(m, "");
	}
	free(line);
	mgm_macros_close(&macros);
	if (verdict == mgm_constant(abi, MGM_C_NEBERROR_CALLBACKOVERRIDE, 206))
		mgm_session_pump(m);
	return verdict;
}

static int hand_over(struct mgm_module *m, const struct mgm_notification *n)
{
	enum mgm_phase phase = mgm_session_phase(m);
	/* Only whether it has a queue counts: notifications have one of their own. */
	bool no_queue = mgm_queues_choose(&m->queues, n->host, n->service) == NULL;
	bool local = n->command == NULL || no_queue;
	enum mgm_decision decision = mgm_policy_handler(phase, local, m->settings.notifications_kept_when_away);

	if (decision == MGM_SEND || decision == MGM_KEEP)
		return take_over(m, n, phase, decision);
	if (no_queue && m->settings.debug)
		mgm_log_debug(&m->log, "passing by local %s notification: %s%s%s", n->service != NULL ? "service" : "host",
		              n->host_name, n->service != NULL ? " - " : "", n->service != NULL ? n->description : "");
	if (!local)
		mgm_policy_count_notification(&m->policy, phase, decision);
	return MGM_NEB_OK;
}

int mgm_notification_event(struct mgm_module *m, void *event)
{
	const struct mgm_abi *abi = m->core.abi;
	struct mgm_notification n = { .event = event };
	void *object;

	if (mgm_get_i32(abi, event, FIELD(TYPE)) != mgm_constant(abi, MGM_C_NEBTYPE_CONTACTNOTIFICATIONMETHOD_START, 604))
		return MGM_NEB_OK;
	/* Without settings the core runs notifications. */
	if (!m->policy.settings_known || !m->settings.notifications)
		return MGM_NEB_OK;
	object = mgm_get_ptr(abi, event, FIELD(OBJECT_PTR));
	n.description = mgm_get_cstr(abi, event, FIELD(SERVICE_DESCRIPTION));
	if (object == NULL) {
		mgm_log_error(&m->log, "Notification handler received NULL %s object pointer.",
		              n.description != NULL ? "service" : "host");
		return MGM_NEB_OK;
	}
	if (!mgm_first_event_fits(m, MGM_EVENT_NOTIFICATION, object, mgm_get_cstr(abi, event, FIELD(HOST_NAME)),
	                          n.description, NULL))
		return MGM_NEB_OK;
	n.service = n.description != NULL ? object : NULL;
	n.host = n.service != NULL ? mgm_get_ptr(abi, n.service, MGM_F_SERVICE_HOST_PTR) : object;
	n.host_name = n.host != NULL ? mgm_get_cstr(abi, n.host, MGM_F_HOST_NAME) : NULL;
	if (n.host_name == NULL) {
		mgm_log_error(&m->log, "Notification handler received NULL host object pointer.");
		return MGM_NEB_OK;
	}
	n.contact = mgm_get_cstr(abi, event, FIELD(CONTACT_NAME));
	n.global = n.contact == NULL;
	if (n.global)
		n.contact = "GLOBAL";
	n.command = mgm_get_cstr(abi, event, FIELD(COMMAND_NAME));
	n.reason = mgm_get_i32(abi, event, FIELD(REASON_TYPE));
	return hand_over(m, &n);
}
