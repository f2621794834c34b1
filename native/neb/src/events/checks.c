/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks.h"

#include "check_answers.h"
#include "first_event.h"
#include "release.h"
#include "replan.h"
#include "session.h"

/* Interval of an object that has none, as in Nagios. */
#define NO_INTERVAL_S 300
/* Larger values and NaN are treated as absent; they would not fit an integer. */
#define MAX_SECONDS 1e9
/* Most memory that is kept for the next message of a check. */
#define KEPT_FRAME_BYTES 65536u

/* What differs between service and host checks. */
struct check_kind {
	enum mgm_event_kind kind;
	enum mgm_msg_type message;
	const char *name;
	enum mgm_const precheck, initiate, statistics;
	enum mgm_field type, object, host_name, result, latency, timeout, command;
	enum mgm_field check_options, is_executing, is_being_freshened, check_interval;
};

static const struct check_kind service_kind = {
	MGM_EVENT_SERVICE_CHECK,
	MGM_MSG_SERVICE_CHECK,
	"service",
	MGM_C_NEBTYPE_SERVICECHECK_ASYNC_PRECHECK,
	MGM_C_NEBTYPE_SERVICECHECK_INITIATE,
	MGM_C_ACTIVE_SCHEDULED_SERVICE_CHECK_STATS,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TYPE,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_OBJECT_PTR,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_HOST_NAME,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_CHECK_RESULT_PTR,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_LATENCY,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TIMEOUT,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_COMMAND_LINE,
	MGM_F_SERVICE_CHECK_OPTIONS,
	MGM_F_SERVICE_IS_EXECUTING,
	MGM_F_SERVICE_IS_BEING_FRESHENED,
	MGM_F_SERVICE_CHECK_INTERVAL,
};

static const struct check_kind host_kind = {
	MGM_EVENT_HOST_CHECK,
	MGM_MSG_HOST_CHECK,
	"host",
	MGM_C_NEBTYPE_HOSTCHECK_ASYNC_PRECHECK,
	MGM_C_NEBTYPE_HOSTCHECK_INITIATE,
	MGM_C_ACTIVE_SCHEDULED_HOST_CHECK_STATS,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_TYPE,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_OBJECT_PTR,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_HOST_NAME,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_CHECK_RESULT_PTR,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_LATENCY,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_TIMEOUT,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_COMMAND_LINE,
	MGM_F_HOST_CHECK_OPTIONS,
	MGM_F_HOST_IS_EXECUTING,
	MGM_F_HOST_IS_BEING_FRESHENED,
	MGM_F_HOST_CHECK_INTERVAL,
};

/* One check event, looked at once. */
struct check {
	const struct check_kind *kind;
	void *event;
	void *object;
	void *host;
	void *service; /* NULL for a host check */
	const char *host_name;
	const char *description;
	const char *queue; /* NULL: local, or not known yet */
	int options;
};

static int cancel(const struct mgm_module *m)
{
	return mgm_constant(m->core.abi, MGM_C_NEBERROR_CALLBACKCANCEL, 207);
}

static int override(const struct mgm_module *m)
{
	return mgm_constant(m->core.abi, MGM_C_NEBERROR_CALLBACKOVERRIDE, 206);
}

/*
 * A core freshens no object that is marked, and only the result of that check takes the mark away: one that is held has none.
 * Without it the core asks again. @return whether it was marked
 */
static bool clear_mark(struct mgm_module *m, const struct check *c)
{
	bool marked = mgm_get_i32(m->core.abi, c->object, c->kind->is_being_freshened) != 0;

	mgm_set_i32(m->core.abi, c->object, c->kind->is_being_freshened, 0);
	return marked;
}

/* Postpone to the next interval. Nagios has no CANCEL at INITIATE, there we have to schedule it. */
static int hold_initiated(struct mgm_module *m, const struct check *c)
{
	const struct mgm_abi *abi = m->core.abi;
	double interval;
	int64_t when;

	clear_mark(m, c);
	if (m->core.family == MGM_NAEMON)
		return cancel(m);
	interval = mgm_get_f64(abi, c->object, c->kind->check_interval) * *m->core.interval_length;
	mgm_set_i32(abi, c->object, c->kind->is_executing, 0);
	when =
		mgm_wall_us(m->clock) / 1000000 + (interval >= 1 && interval < MAX_SECONDS ? (int64_t)interval : NO_INTERVAL_S);
	mgm_core_schedule(&m->core, c->service != NULL, c->object, when, c->options);
	return override(m);
}

static bool encode(struct mgm_module *m, const struct check *c, const char *command, struct mgm_frame *frame)
{
	const struct mgm_abi *abi = m->core.abi;
	double latency = mgm_get_f64(abi, c->event, c->kind->latency);
	int32_t timeout = mgm_get_i32(abi, c->event, c->kind->timeout);
	int64_t now = mgm_wall_us(m->clock);

	mgm_frame_begin(frame, c->kind->message);
	mgm_frame_i64(frame, MGM_ID_SEQ, 0);
	mgm_frame_text(frame, MGM_ID_HOST_NAME, c->host_name);
	mgm_frame_text(frame, MGM_ID_SERVICE_DESCRIPTION, c->description);
	mgm_frame_text(frame, MGM_ID_QUEUE, c->queue);
	mgm_frame_text(frame, MGM_ID_COMMAND_LINE, command);
	/* The planned start: by now next_check has moved on already. */
	mgm_frame_i64(frame, MGM_ID_CORE_TIME, now - (latency > 0 && latency < MAX_SECONDS ? (int64_t)(latency * 1e6) : 0));
	mgm_frame_u32(frame, MGM_ID_TIMEOUT, timeout > 0 ? (uint32_t)timeout : 0);
	mgm_frame_u32(frame, MGM_ID_CHECK_OPTIONS, (uint32_t)c->options);
	if (m->settings.explain_queues)
		mgm_frame_u32(frame, MGM_ID_QUEUE_RULE, m->queues.rule);
	if (m->settings.taken_times)
		mgm_frame_i64(frame, MGM_ID_TAKEN_TIME, now);
	return mgm_frame_end(frame);
}

static bool accept_event(struct mgm_module *m, const struct check *c, const char *command)
{
	struct mgm_event_info info = { c->kind->kind, c->options, c->object, c->host_name, c->description };
	struct mgm_frame *frame = &m->check_frame;
	bool accepted = encode(m, c, command, frame) && mgm_pending_add(&m->pending, &info, frame->data, frame->size);

	if (frame->capacity > KEPT_FRAME_BYTES)
		mgm_frame_free(frame);
	return accepted;
}

/* The check is not the core's any more. Only now: the options of one that could not be sent are needed again. */
static void taken(struct mgm_module *m, const struct check *c, bool executing)
{
	const struct mgm_abi *abi = m->core.abi;

	mgm_set_i32(abi, c->object, c->kind->check_options, 0);
	clear_mark(m, c);
	if (executing)
		mgm_set_i32(abi, c->object, c->kind->is_executing, 1);
	m->core.update_check_stats(mgm_constant(abi, c->kind->statistics, 0), mgm_wall_us(m->clock) / 1000000);
}

static int take_over(struct mgm_module *m, const struct check *c)
{
	const struct mgm_abi *abi = m->core.abi;
	const char *command = mgm_get_cstr(abi, c->event, c->kind->command);
	const void *entry = mgm_owned_entry(c->object, c->service != NULL);
	bool owned = mgm_owned_has(&m->owned, entry);

	if (command == NULL) {
		clear_mark(m, c);
		if (c->service != NULL)
			mgm_log_event(&m->log, true, "Processed check command for service '%s' on host '%s' was NULL - aborting.",
			              c->description, c->host_name);
		else
			mgm_log_event(&m->log, true, "Processed check command for host '%s' was NULL - aborting.", c->host_name);
		return cancel(m);
	}
	if (mgm_check_answers_dummy(m, c->host_name, c->description, command)) {
		taken(m, c, false);
		return override(m);
	}
	/* First the note: without it the check could not be given back. */
	if (!mgm_owned_add(&m->owned, entry) || !accept_event(m, c, command)) {
		if (!owned)
			mgm_owned_remove(&m->owned, entry);
		mgm_log_event(&m->log, true, "failed to send %s check to gearmand", c->kind->name);
		mgm_policy_count_check(&m->policy, MGM_PHASE_AWAY, MGM_HOLD);
		/* A check that is too large, or no memory: the next second would not help. */
		if (!mgm_replan_has_room(m))
			mgm_replan_note(m, c->object, c->service != NULL, c->options);
		return hold_initiated(m, c);
	}
	taken(m, c, true);
	mgm_check_answers_orphan(m, c->host_name, c->description, c->queue, c->options);
	mgm_session_pump(m);
	return override(m);
}

/* Queue, if the settings are known, and what to do. */
static enum mgm_decision decide(struct mgm_module *m, struct check *c, enum mgm_phase phase)
{
	bool local = false;

	if (phase == MGM_PHASE_READY || phase == MGM_PHASE_AWAY) {
		if (c->service != NULL || m->settings.do_hostchecks)
			c->queue = mgm_queues_choose(&m->queues, c->host, c->service);
		local = c->queue == NULL;
	}
	return mgm_policy_check(phase, local, m->settings.checks_local_when_away);
}

static void log_local(struct mgm_module *m, const struct check *c, enum mgm_phase phase)
{
	bool chosen = phase == MGM_PHASE_READY || phase == MGM_PHASE_AWAY;

	if (!m->settings.debug || !chosen || c->queue != NULL || (c->service == NULL && !m->settings.do_hostchecks))
		return;
	if (c->service != NULL)
		mgm_log_debug(&m->log, "passing by local servicecheck: %s - %s", c->host_name, c->description);
	else
		mgm_log_debug(&m->log, "passing by local hostcheck: %s", c->host_name);
}

static int on_initiate(struct mgm_module *m, struct check *c)
{
	const struct mgm_abi *abi = m->core.abi;
	enum mgm_phase phase = mgm_session_phase(m);
	void *cr = mgm_get_ptr(abi, c->event, c->kind->result);
	enum mgm_decision decision;

	if (!mgm_first_event_fits(m, c->kind->kind, c->object, mgm_get_cstr(abi, c->event, c->kind->host_name),
	                          c->description, cr != NULL ? mgm_get_cstr(abi, cr, MGM_F_CHECK_RESULT_HOST_NAME) : NULL))
		return MGM_NEB_OK;
	/* The core has moved the real options into the result by now. */
	c->options = mgm_get_i32(abi, c->object, c->kind->check_options);
	if (cr != NULL)
		c->options |= mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_CHECK_OPTIONS);
	decision = decide(m, c, phase);
	if (decision == MGM_SEND)
		return take_over(m, c);
	mgm_policy_count_check(&m->policy, phase, decision);
	if (decision == MGM_HOLD) {
		mgm_replan_note(m, c->object, c->service != NULL, c->options);
		return hold_initiated(m, c);
	}
	mgm_release_disown(m, c->object, c->service != NULL);
	log_local(m, c, phase);
	return MGM_NEB_OK;
}

static int on_precheck(struct mgm_module *m, struct check *c)
{
	enum mgm_phase phase = mgm_session_phase(m);

	if (decide(m, c, phase) != MGM_HOLD)
		return MGM_NEB_OK;
	mgm_policy_count_check(&m->policy, phase, MGM_HOLD);
	c->options = mgm_get_i32(m->core.abi, c->object, c->kind->check_options);
	/* Naemon has cleared the options by now; a check for freshness is forced, also where active checks are off. */
	if (clear_mark(m, c))
		c->options |= mgm_replan_forced(m);
	mgm_replan_note(m, c->object, c->service != NULL, c->options);
	return cancel(m);
}

static int on_check(struct mgm_module *m, const struct check_kind *kind, void *event)
{
	const struct mgm_abi *abi = m->core.abi;
	struct check c = { .kind = kind, .event = event };
	int32_t type = mgm_get_i32(abi, event, kind->type);
	bool precheck = type == mgm_constant(abi, kind->precheck, -1);

	if (!precheck && type != mgm_constant(abi, kind->initiate, -1))
		return MGM_NEB_OK;
	c.object = mgm_get_ptr(abi, event, kind->object);
	if (kind == &service_kind) {
		c.service = c.object;
		if (c.service == NULL) {
			mgm_log_error(&m->log, "Service handler received NULL service object pointer.");
			return cancel(m);
		}
		c.host = mgm_get_ptr(abi, c.service, MGM_F_SERVICE_HOST_PTR);
		c.description = mgm_get_cstr(abi, c.service, MGM_F_SERVICE_DESCRIPTION);
	} else {
		c.host = c.object;
	}
	if (c.host == NULL) {
		mgm_log_error(&m->log, "%s handler received NULL host object pointer.", c.service != NULL ? "Service" : "Host");
		return cancel(m);
	}
	c.host_name = mgm_get_cstr(abi, c.host, MGM_F_HOST_NAME);
	if (c.host_name == NULL || (c.service != NULL && c.description == NULL)) {
		mgm_log_error(&m->log, "%s handler received an object without a name.", c.service != NULL ? "Service" : "Host");
		return MGM_NEB_OK;
	}
	return precheck ? on_precheck(m, &c) : on_initiate(m, &c);
}

int mgm_checks_service(struct mgm_module *m, void *event)
{
	return on_check(m, &service_kind, event);
}

int mgm_checks_host(struct mgm_module *m, void *event)
{
	return on_check(m, &host_kind, event);
}
