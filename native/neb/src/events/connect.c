/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connect.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* After a reload: time for the bridge of the load before to make its socket again; it looks every two seconds. */
#define KEPT_BRIDGE_MS 4000
/* The connection that worked, and the next one, on which no greeting came. */
#define MOST_SILENCES 2u

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
		m->bridge_pid = mgm_endpoint_peer(fd);
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

void mgm_connect_try(struct mgm_module *m)
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

void mgm_connect_start(struct mgm_module *m)
{
	/* A bridge of the load before makes its socket again if a cleaner has removed it, and gets no second one beside it. */
	if (m->args.socket == NULL)
		prepare_bridge(m, mgm_endpoint_is_kept(m->pid) ? KEPT_BRIDGE_MS : 0);
}

static void on_pulse(void *arg)
{
	struct mgm_module *m = arg;

	mgm_spawn_tick(&m->spawn);
	mgm_connect_try(m);
	if (m->link.state == MGM_LINK_UP)
		mgm_pulse_stop(&m->hurry);
}

void mgm_connect_prepare(struct mgm_module *m)
{
	mgm_pulse_init(&m->hurry, &m->core, on_pulse, m);
}

void mgm_connect_hurry(struct mgm_module *m)
{
	mgm_spawn_lost(&m->spawn);
	mgm_pulse_start(&m->hurry);
}

void mgm_connect_lost(struct mgm_module *m)
{
	if (!m->link.silent) {
		m->silences = 0;
		return;
	}
	/* One of a service is not ours to end. */
	if (++m->silences < MOST_SILENCES || m->args.socket != NULL || m->bridge_pid <= 1 || m->bridge_pid == m->pid)
		return;
	m->silences = 0;
	if (kill(m->bridge_pid, SIGKILL) == 0)
		mgm_log_error(&m->log, "the bridge (process %ld) hangs: it is killed, and another one is started",
		              (long)m->bridge_pid);
	else
		mgm_log_error(&m->log, "the bridge (process %ld) hangs, and cannot be killed: %s", (long)m->bridge_pid,
		              strerror(errno));
}
