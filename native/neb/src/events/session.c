/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "connect.h"
#include "left_behind.h"
#include "own_results.h"
#include "presence.h"
#include "release.h"
#include "replan.h"
#include "results.h"
#include "under_way.h"

/* Looks for settings at the end of a loop, and the wait between two of them. */
#define AWAIT_STEPS 10
#define AWAIT_STEP_MS 10

static void on_tick(void *arg)
{
	mgm_session_tick(arg);
}

static void on_later(void *arg)
{
	mgm_session_slice(arg);
}

void mgm_session_prepare(struct mgm_module *m)
{
	mgm_later_init(&m->later, &m->core, on_later, m);
	mgm_connect_prepare(m);
}

void mgm_session_start(struct mgm_module *m)
{
	mgm_policy_start(&m->policy, mgm_steady_ms(m->clock));
	mgm_own_results_start(m);
	mgm_connect_start(m);
	if (!mgm_timer_start(&m->tick, &m->core, 1, on_tick, m))
		mgm_log_error(&m->log, "the core gives no timer; a lost bridge will not be found again");
	mgm_connect_try(m);
}

void mgm_session_tick(struct mgm_module *m)
{
	if (!m->looping || getpid() != m->pid)
		return;
	mgm_link_tick(&m->link);
	mgm_spawn_tick(&m->spawn);
	mgm_connect_try(m);
	mgm_results_report(m);
	mgm_session_slice(m);
	mgm_presence_tick(m);
}

enum mgm_phase mgm_session_phase(const struct mgm_module *m)
{
	enum mgm_phase phase = mgm_policy_phase(&m->policy, mgm_steady_ms(m->clock));

	/* A check that was given to the new connection could be taken for the old one, which is about to be released. */
	return phase == MGM_PHASE_READY && m->pending.returned != NULL ? MGM_PHASE_AWAY : phase;
}

/* What waits for the bridge's window. Records use half of it at most, so that a check never waits for them. */
static struct mgm_event *next_event(struct mgm_module *m)
{
	struct mgm_event *event = mgm_pending_next(&m->pending);

	if (event != NULL || m->pending.returned != NULL || m->pending.sent >= (m->link.peer_window + 1) / 2 ||
	    m->pending.bytes > m->pending.max_bytes / 2)
		return event;
	event = mgm_records_next(&m->records);
	if (event == NULL)
		return NULL;
	mgm_pending_adopt(&m->pending, event);
	return mgm_pending_next(&m->pending);
}

static void count_sent(struct mgm_module *m, enum mgm_event_kind kind)
{
	if (mgm_records_hold(kind))
		m->totals.records_sent++;
	else if (kind == MGM_EVENT_HANDLER)
		m->totals.handlers_sent++;
	else if (kind == MGM_EVENT_NOTIFICATION)
		m->totals.notifications_sent++;
	else
		m->totals.checks_sent++;
}

void mgm_session_pump(struct mgm_module *m)
{
	bool watched = m->link.out.size > 0; /* then the link sends as soon as the bridge reads */
	struct mgm_event *event = NULL;
	int64_t end = 0;

	while (m->policy.linked && m->policy.ready && mgm_link_writable(&m->link) &&
	       m->pending.sent < m->link.peer_window && (event = next_event(m)) != NULL) {
		mgm_link_queue(&m->link, event->frame, event->frame_bytes);
		count_sent(m, event->kind);
		if ((m->pending.unsent == NULL && m->records.count == 0) || !m->looping)
			continue;
		/* There are many: a window has opened. */
		if (end == 0)
			end = mgm_steady_us(m->clock) + MGM_SLICE_US;
		else if (mgm_steady_us(m->clock) >= end && mgm_later_request(&m->later))
			break;
	}
	if (!watched)
		mgm_link_flush(&m->link);
	/* The backlog is gone at once: nothing else comes back for the rest. */
	if (event != NULL && m->looping && m->link.out.size == 0 && m->pending.sent < m->link.peer_window)
		mgm_later_request(&m->later);
}

/* Checks of a lost connection go back to the core. @return whether none is left */
static bool give_back(struct mgm_module *m)
{
	int64_t end = mgm_steady_us(m->clock) + MGM_SLICE_US;
	struct mgm_event *check;

	while (mgm_pending_reclaim(&m->pending, &check)) {
		if (check != NULL && mgm_records_hold(check->kind)) {
			mgm_records_put_back(&m->records, check);
			continue;
		}
		if (check != NULL && mgm_release_check(m, check->host, check->service, check->check_options))
			m->given_back++;
		mgm_event_free(check);
		if (mgm_steady_us(m->clock) >= end)
			break;
	}
	if (m->pending.returned != NULL)
		return false;
	m->records.back = NULL;
	if (m->given_back > 0)
		mgm_log_info(&m->log, "%zu unanswered checks were given back to the core", m->given_back);
	m->given_back = 0;
	return true;
}

static void pump_all(struct mgm_module *m)
{
	mgm_session_pump(m);
	mgm_under_way_go_on(m);
}

void mgm_session_slice(struct mgm_module *m)
{
	if (!m->looping || m->passive)
		return;
	if (!mgm_answers_finish_settings(m) || (m->pending.returned != NULL && !give_back(m))) {
		mgm_later_request(&m->later);
		return;
	}
	pump_all(m);
	if (!m->naming && !mgm_replan_slice(m, mgm_session_phase(m) == MGM_PHASE_READY))
		mgm_later_request(&m->later);
}

static void on_up(void *arg)
{
	struct mgm_module *m = arg;

	/* Until a STATE message. `linked` is set with the settings. */
	m->policy.ready = true;
	m->silences = 0;
	mgm_results_reset(m);
	mgm_under_way_start(m);
}

static void on_writable(void *arg)
{
	pump_all(arg);
}

static void on_batch_end(void *arg)
{
	struct mgm_module *m = arg;

	mgm_results_report(m);
	mgm_session_pump(m);
}

static void on_message(void *arg, const struct mgm_message *message)
{
	mgm_answers_handle(arg, message);
}

static void on_down(void *arg, const char *why)
{
	struct mgm_module *m = arg;
	bool worked = m->policy.linked;

	m->policy.linked = false;
	m->settings_unfinished = false;
	m->naming = false;
	m->results_unread = false;
	mgm_results_doubt(m);
	mgm_pending_disconnect(&m->pending);
	/* Reload or shutdown: the core schedules all checks again. Passive: its objects are not to be touched. */
	if (!m->looping || m->passive)
		return;
	if (!m->policy.settings_known && strcmp(why, m->connect_why) != 0) {
		snprintf(m->connect_why, sizeof(m->connect_why), "%s", why);
		mgm_log_error(&m->log, "the connection to the bridge ended before it was ready: %s", why);
	}
	mgm_presence_update(m, why);
	mgm_connect_lost(m);
	if (worked)
		mgm_connect_hurry(m);
	/* Few are given back at once, many at the next turns too. */
	mgm_session_slice(m);
}

const struct mgm_link_events mgm_session_events = {
	.up = on_up,
	.message = on_message,
	.batch_end = on_batch_end,
	.writable = on_writable,
	.down = on_down,
};

/* The core schedules them again itself. */
static void drop_checks(struct mgm_module *m)
{
	struct mgm_event *check;

	mgm_pending_disconnect(&m->pending);
	while (mgm_pending_reclaim(&m->pending, &check))
		mgm_event_free(check);
}

/*
 * What a lost connection had taken and what goes out again: otherwise nothing would, until the last check was given back.
 * Checks are dropped.
 */
static void reclaim_rest(struct mgm_module *m)
{
	struct mgm_event *event;

	while (mgm_pending_reclaim(&m->pending, &event)) {
		if (event != NULL && mgm_records_hold(event->kind))
			mgm_records_put_back(&m->records, event);
		else
			mgm_event_free(event);
	}
	m->records.back = NULL;
}

/* @return whether the connection is up and stays open, with nothing of the core's around it */
static bool leave_open(struct mgm_module *m)
{
	struct mgm_frame frame = { 0 };

	if (!m->policy.linked || m->link.state != MGM_LINK_UP || m->link.dead)
		return false;
	/* No more results: the core would not take them. */
	mgm_frame_begin(&frame, MGM_MSG_WINDOW);
	mgm_frame_u32(&frame, MGM_ID_WINDOW, 0);
	if (mgm_frame_end(&frame))
		mgm_link_send(&m->link, frame.data, frame.size);
	mgm_frame_free(&frame);
	mgm_link_detach(&m->link);
	return !m->link.dead;
}

static void say_bye(struct mgm_module *m)
{
	bool reload = *m->core.sigrestart != 0;
	struct mgm_left_behind unsent = { 0 }, all = { 0 };
	const struct mgm_left_behind *lost;
	size_t left;

	mgm_session_pump(m);
	mgm_left_behind_add(&unsent, m->pending.returned);
	mgm_left_behind_add(&unsent, m->pending.unsent);
	mgm_left_behind_add(&all, m->pending.returned);
	mgm_left_behind_add(&all, m->pending.first);
	/* What was sent is the bridge's from now on. Without settings nothing of it was wanted yet. */
	left = m->policy.settings_known ? m->records.count : 0;
	lost = mgm_link_bye(&m->link, reload ? MGM_BYE_RELOAD : MGM_BYE_SHUTDOWN,
	                    m->results_unread || m->totals.records_sent > 0 || mgm_left_behind_count(&all) > 0)
	           ? &unsent
	           : &all;
	drop_checks(m);
	if (!reload && m->args.socket == NULL)
		mgm_endpoint_remove(m->socket_path);
	if (mgm_left_behind_count(lost) > 0)
		mgm_log_error(&m->log,
		              "%zu event handlers and %zu notifications are lost: the bridge did not take them in time: %s",
		              lost->handlers, lost->notifications, lost->names);
	if (left > 0)
		mgm_log_error(&m->log,
		              "%zu records of performance data and exports are lost: the bridge did not take them in time",
		              left);
}

void mgm_session_await_settings(struct mgm_module *m)
{
	struct pollfd readable = { .fd = m->link.fd, .events = POLLIN };

	for (int step = 0; step < AWAIT_STEPS && m->records.count > 0; step++) {
		mgm_link_drain(&m->link);
		while (!mgm_answers_finish_settings(m))
			;
		if (m->policy.settings_known || m->link.state == MGM_LINK_DOWN || m->link.dead)
			return;
		poll(&readable, 1, AWAIT_STEP_MS);
	}
}

void mgm_session_end(struct mgm_module *m, bool last_events)
{
	/* First everything that has arrived: the objects are still alive and nothing has been saved. */
	mgm_link_drain(&m->link);
	mgm_own_results_end(m);
	reclaim_rest(m);
	/* Without a job server the bridge keeps what is left better than we can. */
	m->policy.ready = true;
	mgm_session_pump(m);
	m->looping = false;
	mgm_timer_stop(&m->tick);
	mgm_later_stop(&m->later);
	mgm_pulse_stop(&m->hurry);
	mgm_spawn_tick(&m->spawn);
	m->ending = last_events && leave_open(m);
	if (!m->ending)
		say_bye(m);
}

void mgm_session_close(struct mgm_module *m)
{
	if (!m->ending)
		return;
	m->ending = false;
	say_bye(m);
}
