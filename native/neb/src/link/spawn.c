/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spawn_child.h"

/* argv of the watcher: shell, -c, script, its $0, then argv of the bridge. */
#define BRIDGE_AT 4
#define SCRIPT "\"$@\" 3>&-; echo \"x$?\" >&3"
_Static_assert(MGM_SPAWN_REPORT_FD == 3 && MGM_SPAWN_STATUS == 'x', "as in the script");

static const int64_t backoff_ms[] = { 2000, 5000, 10000, 30000 };
/* How long the end of a bridge is waited for that has closed its connection. */
#define GOING_MS 2000
#define BACKOFFS (sizeof(backoff_ms) / sizeof(backoff_ms[0]))

static bool set(char **slot, const char *option, const char *value)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s", option, value) < 0)
		return false;
	free(*slot);
	*slot = text;
	return true;
}

void mgm_spawn_clear(struct mgm_spawn *spawn)
{
	memset(spawn, 0, sizeof(*spawn));
	spawn->report.fd = -1;
	spawn->errors.fd = -1;
	spawn->status = -1;
}

bool mgm_spawn_init(struct mgm_spawn *spawn, struct mgm_log *log, const struct mgm_clock *clock, const char *command,
                    char *const *extra, size_t extra_count, pid_t core_pid, int64_t delay_ms)
{
	static const char *const watcher[BRIDGE_AT] = { "/bin/sh", "-c", SCRIPT, "mod_gearman_bridge_watcher" };
	char pid[24];
	size_t n = 0;
	bool ok = true;

	spawn->log = log;
	spawn->clock = clock;
	spawn->command = command;
	spawn->core_pid = core_pid;
	spawn->next_ms = mgm_steady_ms(clock) + delay_ms;
	spawn->socket_at = BRIDGE_AT + 1 + extra_count;
	spawn->argv = calloc(BRIDGE_AT + extra_count + 4, sizeof(*spawn->argv));
	if (spawn->argv == NULL)
		return false;
	for (; ok && n < BRIDGE_AT; n++)
		ok = set(&spawn->argv[n], "", watcher[n]);
	ok = ok && set(&spawn->argv[n++], "", command);
	for (size_t i = 0; ok && i < extra_count; i++)
		ok = set(&spawn->argv[n++], "", extra[i]);
	snprintf(pid, sizeof(pid), "%ld", (long)core_pid);
	ok = ok && set(&spawn->argv[spawn->socket_at], "--bridge-socket=", "") &&
	     set(&spawn->argv[spawn->socket_at + 1], "--core-pid=", pid);
	if (ok)
		mgm_spawn_adopt(spawn);
	else
		mgm_spawn_free(spawn);
	return ok;
}

/* PATH is searched here and not in the child, so that a missing program is a readable line in the log. */
static bool find_program(const char *command, char path[PATH_MAX])
{
	const char *at = getenv("PATH");

	if (at == NULL || *at == '\0')
		at = "/usr/local/bin:/usr/bin:/bin";
	while (*at != '\0') {
		int length = (int)strcspn(at, ":");

		/* An empty or relative entry would mean the current folder of the core. */
		if (*at == '/' && snprintf(path, PATH_MAX, "%.*s/%s", length, at, command) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		at += length;
		at += *at == ':';
	}
	return false;
}

/* The command with its path into argv. @return false with a line in the log */
static bool choose_program(struct mgm_spawn *spawn)
{
	char path[PATH_MAX];
	const char *program = spawn->command;

	if (strchr(program, '/') == NULL) {
		if (!find_program(program, path)) {
			mgm_log_error(spawn->log, "bridge command '%s' not found", spawn->command);
			return false;
		}
		program = path;
	} else if (access(program, X_OK) != 0) {
		mgm_log_error(spawn->log, "bridge command '%s' cannot be run: %s", spawn->command, strerror(errno));
		return false;
	}
	if (set(&spawn->argv[BRIDGE_AT], "", program))
		return true;
	mgm_log_error(spawn->log, "no memory to start the bridge");
	return false;
}

/* Only our end must not block: the other one is standard error of programs that do not expect that. */
static bool make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return true;
	close(ends[0]);
	close(ends[1]);
	return false;
}

static pid_t fork_off(const struct mgm_spawn_start *start)
{
	sigset_t all, before;
	pid_t middle;
	int error;

	/* The core's handlers must not run in the child. (sigprocmask: its thread variant is glibc 2.32.) */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* Copying the page tables of a core with a million services would stop it for tens of milliseconds. */
	middle = vfork();
	if (middle == 0)
		mgm_spawn_child(start);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return middle;
}

static bool start_watcher(struct mgm_spawn *spawn)
{
	int report[2], errors[2], error;
	struct mgm_spawn_start start = { .watcher = spawn->argv, .bridge = spawn->argv + BRIDGE_AT };

	if (!make_pipe(report))
		return false;
	if (!make_pipe(errors)) {
		error = errno;
		close(report[0]);
		close(report[1]);
		errno = error;
		return false;
	}
	start.report = report[1];
	start.errors = errors[1];
	spawn->middle = fork_off(&start);
	error = errno;
	close(report[1]);
	close(errors[1]);
	mgm_lines_open(&spawn->report, report[0]);
	mgm_lines_open(&spawn->errors, errors[0]);
	spawn->watcher = 0;
	spawn->status = -1;
	if (spawn->middle > 0)
		return true;
	spawn->middle = 0;
	mgm_spawn_forget(spawn);
	errno = error;
	return false;
}

void mgm_spawn_try(struct mgm_spawn *spawn, const char *socket_path)
{
	int64_t now;

	if (spawn->argv == NULL)
		return;
	mgm_spawn_tick(spawn);
	now = mgm_steady_ms(spawn->clock);
	if (now < spawn->next_ms || spawn->middle > 0)
		return;
	if (spawn->watcher > 0 && now - spawn->started_ms < MGM_SPAWN_PATIENCE_MS && kill(spawn->watcher, 0) == 0)
		return;
	/* Its last words are in pipes that the next one replaces, and it removes its socket at its end. */
	if (spawn->report.fd >= 0 && now < spawn->going_ms)
		return;
	spawn->going_ms = 0;
	spawn->next_ms = now + backoff_ms[spawn->starts < BACKOFFS ? spawn->starts : BACKOFFS - 1];
	spawn->started_ms = now;
	spawn->starts++;
	if (!choose_program(spawn))
		return;
	if (set(&spawn->argv[spawn->socket_at], "--bridge-socket=", socket_path) && start_watcher(spawn))
		mgm_log_info(spawn->log, "starting the bridge: %s, socket %s", spawn->argv[BRIDGE_AT], socket_path);
	else
		mgm_log_error(spawn->log, "cannot start the bridge: %s", strerror(errno));
}

void mgm_spawn_succeeded(struct mgm_spawn *spawn)
{
	/* `next_ms` stays: a bridge that comes up and dies again is not started more than every two seconds. */
	spawn->starts = 0;
	spawn->watcher = 0;
}

void mgm_spawn_lost(struct mgm_spawn *spawn)
{
	if (spawn->argv != NULL) /* else a bridge of a service */
		spawn->going_ms = mgm_steady_ms(spawn->clock) + GOING_MS;
}

void mgm_spawn_forget(struct mgm_spawn *spawn)
{
	mgm_lines_close(&spawn->report);
	mgm_lines_close(&spawn->errors);
}

void mgm_spawn_free(struct mgm_spawn *spawn)
{
	if (spawn->argv != NULL) {
		mgm_spawn_tick(spawn);
		/* It may have gaps where there was no memory to fill it. */
		for (size_t i = 0; i <= spawn->socket_at + 1; i++)
			free(spawn->argv[i]);
	}
	mgm_spawn_forget(spawn);
	free(spawn->argv);
	spawn->argv = NULL;
}
