/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eventhandler.h"

#include <string.h>

#include "first_event.h"
#include "session.h"

struct handler_event {
	void *event;
	void *object;
	void *host;
	void *service;           /* NULL for a host */
	const char *description; /* NULL for a host */
};

/* `eventhandler`, or the queue of the object's checks where that is not a generic one. */
static const char *queue_for(struct mgm_module *m, const struct handler_event *h)
{
	const char *queue = mgm_queues_choose(&m->queues, h->host, h->service);

	if (queue == NULL || !m->settings.route_eventhandler_like_checks || strcmp(queue, "host") == 0 ||
	    strcmp(queue, "service") == 0)
		return queue != NULL ? "eventhandler" : NULL;
	return queue;
}

static bool keep_event(struct mgm_module *m, const struct handler_event *h, const char *queue, const char *command)
{
	const char *host_name = mgm_get_cstr(m->core.abi, h->host, MGM_F_HOST_NAME);
	struct mgm_event_info info = { MGM_EVENT_HANDLER, 0, h->object, host_name, h->description };
	struct mgm_frame frame = { 0 };
	bool kept;

	mgm_frame_begin(&frame, MGM_MSG_EVENT_HANDLER);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 0);
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, host_name);
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, h->description);
	mgm_frame_text(&frame, MGM_ID_QUEUE, queue);
	mgm_frame_text(&frame, MGM_ID_COMMAND_LINE, command);
	mgm_frame_i64(&frame, MGM_ID_CORE_TIME, mgm_wall_us(m->clock));
	if (m->settings.explain_queues)
		mgm_frame_u32(&frame, MGM_ID_QUEUE_RULE, m->queues.rule);
	kept = mgm_frame_end(&frame) && mgm_pending_add(&m->pending, &info, frame.data, frame.size);
	mgm_frame_free(&frame);
	return kept;
}

static int hand_over(struct mgm_module *m, const struct handler_event *h)
{
	const struct mgm_abi *abi = m->core.abi;
	const char *command = mgm_get_cstr(abi, h->event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_COMMAND_LINE);
	enum mgm_phase phase = mgm_session_phase(m);
	const char *queue = queue_for(m, h);
	enum mgm_decision decision =
		mgm_policy_handler(phase, queue == NULL || command == NULL, m->settings.eventhandlers_kept_when_away);

	if (decision == MGM_SEND || decision == MGM_KEEP) {
		if (keep_event(m, h, queue, command)) {
			mgm_policy_count_handler(&m->policy, phase, decision);
			mgm_session_pump(m);
			return mgm_constant(abi, MGM_C_NEBERROR_CALLBACKOVERRIDE, 206);
		}
		/* Better run by the core than lost. */
		mgm_log_event(&m->log, true, "failed to send eventhandler to gearmand");
		phase = MGM_PHASE_AWAY;
	}
	if (queue == NULL && m->settings.debug)
		mgm_log_debug(&m->log, "passing by local %s eventhandler: %s%s%s", h->description != NULL ? "service" : "host",
		              mgm_get_cstr(abi, h->host, MGM_F_HOST_NAME), h->description != NULL ? " - " : "",
		              h->description != NULL ? h->description : "");
	mgm_policy_count_handler(&m->policy, phase, MGM_PASS);
	return MGM_NEB_OK;
}

int mgm_eventhandler_event(struct mgm_module *m, void *event)
{
	const struct mgm_abi *abi = m->core.abi;
	struct handler_event h = { .event = event };
	const char *event_host;

	if (mgm_get_i32(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_TYPE) !=
	    mgm_constant(abi, MGM_C_NEBTYPE_EVENTHANDLER_START, 500))
		return MGM_NEB_OK;
	/* Without settings the core runs event handlers. */
	if (!m->policy.settings_known || !m->settings.eventhandler)
		return MGM_NEB_OK;
	h.object = mgm_get_ptr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_OBJECT_PTR);
	h.description = mgm_get_cstr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_SERVICE_DESCRIPTION);
	h.service = h.description != NULL ? h.object : NULL;
	if (h.object == NULL) {
		mgm_log_error(&m->log, "Eventhandler handler received NULL %s object pointer.",
		              h.description != NULL ? "service" : "host");
		return MGM_NEB_OK;
	}
	event_host = mgm_get_cstr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_HOST_NAME);
	if (!mgm_first_event_fits(m, MGM_EVENT_HANDLER, h.object, event_host, h.description, NULL))
		return MGM_NEB_OK;
	h.host = h.service != NULL ? mgm_get_ptr(abi, h.service, MGM_F_SERVICE_HOST_PTR) : h.object;
	if (h.host == NULL || mgm_get_cstr(abi, h.host, MGM_F_HOST_NAME) == NULL) {
		mgm_log_error(&m->log, "Eventhandler handler received NULL host object pointer.");
		return MGM_NEB_OK;
	}
	return hand_over(m, &h);
}
