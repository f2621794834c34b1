/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "own_results.h"
#include "presence.h"
#include "release.h"
#include "results.h"

/* After a reload: time for the bridge of the load before to make its socket again; it looks every two seconds. */
#define KEPT_BRIDGE_MS 4000
/* Looks for settings at the end of a loop, and the wait between two of them. */
#define AWAIT_STEPS 10
#define AWAIT_STEP_MS 10

static bool make_hello(const struct mgm_module *m, struct mgm_frame *hello)
{
	char folder[4096];

	mgm_frame_begin(hello, MGM_MSG_HELLO);
	mgm_frame_u32(hello, MGM_ID_VERSION, MGM_PROTOCOL_VERSION);
	mgm_frame_text(hello, MGM_ID_CORE_NAME, m->core.family == MGM_NAEMON ? "naemon" : "nagios");
	mgm_frame_text(hello, MGM_ID_CORE_VERSION, m->core.version);
	mgm_frame_text(hello, MGM_ID_SHIM_VERSION, MGM_VERSION);
	mgm_frame_text(hello, MGM_ID_ABI_CLASS, m->core.abi->id);
	mgm_frame_u32(hello, MGM_ID_PID, (uint32_t)m->pid);
	mgm_frame_text(hello, MGM_ID_INSTANCE, m->args.instance);
	mgm_frame_text(hello, MGM_ID_MODULE_ARGS, m->args.text);
	/* A relative `config=` has always meant the core's working folder. */
	mgm_frame_text(hello, MGM_ID_CONFIG_BASE, getcwd(folder, sizeof(folder)));
	mgm_frame_i64(hello, MGM_ID_BROKER_OPTIONS, (int64_t)*m->core.event_broker_options);
	mgm_frame_u32(hello, MGM_ID_WINDOW, MGM_RESULT_WINDOW);
	mgm_frame_u32(hello, MGM_ID_HEARTBEAT_MS, MGM_LINK_HEARTBEAT_MS);
	return mgm_frame_end(hello);
}

/* The same reason is logged once, not at every attempt. */
static void log_once(struct mgm_module *m, const char *why)
{
	if (strncmp(why, m->connect_why, sizeof(m->connect_why) - 1) == 0)
		return;
	snprintf(m->connect_why, sizeof(m->connect_why), "%s", why);
	mgm_log_error(&m->log, "no way to the bridge: %s", why);
}

static void attach(struct mgm_module *m, int fd)
{
	struct mgm_frame hello = { 0 };

	if (!make_hello(m, &hello)) {
		close(fd);
		log_once(m, "no memory for a greeting");
	} else if (mgm_link_attach(&m->link, fd, &hello)) {
		m->connect_why[0] = '\0';
	} else {
		log_once(m, "the core does not watch the bridge's socket");
	}
	mgm_frame_free(&hello);
}

/* Looked for again at every attempt: a folder that is refused now may be repaired, an existing one removed. */
static bool find_socket(struct mgm_module *m)
{
	char why[sizeof(m->connect_why)] = "";
	bool found = m->args.socket != NULL ? mgm_endpoint_given(m->args.socket, m->socket_path, why, sizeof(why))
	                                    : mgm_endpoint_own(NULL, m->pid, m->socket_path, why, sizeof(why));

	if (!found)
		log_once(m, why);
	return found;
}

static bool prepare_bridge(struct mgm_module *m, int64_t delay_ms)
{
	const char *command = m->args.command != NULL ? m->args.command : MGM_BRIDGE_COMMAND;

	return m->spawn.argv != NULL ||
	       mgm_spawn_init(&m->spawn, &m->log, m->clock, command, m->args.extra, m->args.extra_count, m->pid, delay_ms);
}

static void start_bridge(struct mgm_module *m)
{
	if (prepare_bridge(m, 0))
		mgm_spawn_try(&m->spawn, m->socket_path);
	else
		log_once(m, "no memory to start a bridge");
}

static void try_connect(struct mgm_module *m)
{
	char why[sizeof(m->connect_why)] = "";
	enum mgm_connect_rc rc;
	int fd = -1;

	if (m->passive || m->link.state != MGM_LINK_DOWN || !find_socket(m))
		return;
	rc = mgm_endpoint_connect(m->socket_path, &fd, why, sizeof(why));
	if (rc == MGM_CONNECT_OK)
		attach(m, fd);
	else if (rc == MGM_CONNECT_ABSENT && m->args.socket == NULL)
		start_bridge(m); /* not logged: expected while a bridge of our own is starting */
	else
		log_once(m, why);
}

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
}

void mgm_session_start(struct mgm_module *m)
{
	mgm_policy_start(&m->policy, mgm_steady_ms(m->clock));
	mgm_own_results_start(m);
	/* A bridge of the load before makes its socket again if a cleaner has removed it, and gets no second one beside it. */
	if (m->args.socket == NULL)
		prepare_bridge(m, mgm_endpoint_is_kept(m->pid) ? KEPT_BRIDGE_MS : 0);
	if (!mgm_timer_start(&m->tick, &m->core, 1, on_tick, m))
		mgm_log_error(&m->log, "the core gives no timer; a lost bridge will not be found again");
	try_connect(m);
}

void mgm_session_tick(struct mgm_module *m)
{
	if (!m->looping || getpid() != m->pid)
		return;
	mgm_link_tick(&m->link);
	mgm_spawn_tick(&m->spawn);
	try_connect(m);
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

void mgm_session_slice(struct mgm_module *m)
{
	if (!m->looping || m->passive)
		return;
	if (!mgm_answers_finish_settings(m) || (m->pending.returned != NULL && !give_back(m)))
		mgm_later_request(&m->later);
	else
		mgm_session_pump(m);
}

static void on_up(void *arg)
{
	struct mgm_module *m = arg;

	/* Until a STATE message. `linked` is set with the settings. */
	m->policy.ready = true;
	mgm_results_reset(m);
}

static void on_writable(void *arg)
{
	mgm_session_pump(arg);
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

	m->policy.linked = false;
	m->settings_unfinished = false;
	m->results_unread = false;
	mgm_pending_disconnect(&m->pending);
	/* Reload or shutdown: the core schedules all checks again. Passive: its objects are not to be touched. */
	if (!m->looping || m->passive)
		return;
	if (!m->policy.settings_known && strcmp(why, m->connect_why) != 0) {
		snprintf(m->connect_why, sizeof(m->connect_why), "%s", why);
		mgm_log_error(&m->log, "the connection to the bridge ended before it was ready: %s", why);
	}
	mgm_presence_update(m, why);
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
	size_t left;

	mgm_session_pump(m);
	/* What was sent is the bridge's from now on. Without settings nothing of it was wanted yet. */
	left = m->policy.settings_known ? m->records.count : 0;
	mgm_link_bye(&m->link, reload ? MGM_BYE_RELOAD : MGM_BYE_SHUTDOWN, m->results_unread || m->totals.records_sent > 0);
	drop_checks(m);
	if (!reload && m->args.socket == NULL)
		mgm_endpoint_remove(m->socket_path);
	if (m->pending.count > 0)
		mgm_log_error(&m->log, "%zu event handlers and notifications were not confirmed by the bridge",
		              m->pending.count);
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
	/* Without a job server the bridge keeps records better than we can. */
	if (m->records.count > 0 || last_events)
		m->policy.ready = true;
	mgm_session_pump(m);
	m->looping = false;
	mgm_timer_stop(&m->tick);
	mgm_later_stop(&m->later);
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
