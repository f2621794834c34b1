/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn_child.h"

static const int64_t backoff_ms[] = {2000, 5000, 10000, 30000};
#define BACKOFFS (sizeof(backoff_ms) / sizeof(backoff_ms[0]))

static char *join(const char *option, const char *value)
{
	size_t size = strlen(option) + strlen(value) + 1;
	char *text = malloc(size);

	if (text != NULL)
		snprintf(text, size, "%s%s", option, value);
	return text;
}

bool mgm_spawn_init(struct mgm_spawn *spawn, struct mgm_log *log, const struct mgm_clock *clock,
                    const char *command, char *const *extra, size_t extra_count, const char *socket_path,
                    pid_t core_pid)
{
	char pid[24];
	size_t n = 0;
	bool ok = true;

	memset(spawn, 0, sizeof(*spawn));
	spawn->log = log;
	spawn->clock = clock;
	spawn->report = -1;
	spawn->next_ms = mgm_steady_ms(clock);
	spawn->argv = calloc(extra_count + 4, sizeof(*spawn->argv));
	if (spawn->argv == NULL)
		return false;
	ok = (spawn->argv[n++] = strdup(command)) != NULL;
	for (size_t i = 0; ok && i < extra_count; i++)
		ok = (spawn->argv[n++] = strdup(extra[i])) != NULL;
	ok = ok && (spawn->argv[n++] = join("--bridge-socket=", socket_path)) != NULL;
	snprintf(pid, sizeof(pid), "%ld", (long)core_pid);
	ok = ok && (spawn->argv[n++] = join("--core-pid=", pid)) != NULL;
	if (!ok)
		mgm_spawn_free(spawn);
	return ok;
}

/* PATH is searched here and not in the child, so that a missing program is a readable line in the log. */
static bool find_program(const char *command, char path[PATH_MAX])
{
	const char *at = getenv("PATH");

	if (strchr(command, '/') != NULL)
		return snprintf(path, PATH_MAX, "%s", command) < PATH_MAX;
	if (at == NULL || *at == '\0')
		at = "/usr/local/bin:/usr/bin:/bin";
	while (*at != '\0') {
		int length = (int)strcspn(at, ":");

		/* An empty or relative entry would mean whatever folder the core happens to be in. */
		if (*at == '/' && snprintf(path, PATH_MAX, "%.*s/%s", length, at, command) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		at += length;
		at += *at == ':';
	}
	return false;
}

static void close_report(struct mgm_spawn *spawn)
{
	if (spawn->report >= 0)
		close(spawn->report);
	spawn->report = -1;
}

static void fork_off(struct mgm_spawn *spawn, const char *path)
{
	sigset_t all, before;
	int ends[2];

	close_report(spawn);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		mgm_log_error(spawn->log, "cannot start the bridge: %s", strerror(errno));
		return;
	}
	/* The core's handlers must not run in the child. (sigprocmask: its thread variant is glibc 2.32.) */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* Copying the page tables of a core with a million services would stop it for tens of milliseconds. */
	spawn->middle = vfork();
	if (spawn->middle == 0)
		mgm_spawn_child(path, spawn->argv, ends[1]);
	if (spawn->middle < 0)
		mgm_log_error(spawn->log, "cannot start the bridge: %s", strerror(errno));
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (spawn->middle < 0) {
		spawn->middle = 0;
		close(ends[0]);
		return;
	}
	spawn->report = ends[0];
	spawn->bridge = 0;
	mgm_log_info(spawn->log, "starting the bridge: %s", path);
}

void mgm_spawn_try(struct mgm_spawn *spawn)
{
	int64_t now = mgm_steady_ms(spawn->clock);
	char path[PATH_MAX];

	mgm_spawn_tick(spawn);
	if (spawn->argv == NULL || now < spawn->next_ms || spawn->middle > 0)
		return;
	if (spawn->bridge > 0 && now - spawn->started_ms < MGM_SPAWN_PATIENCE_MS && kill(spawn->bridge, 0) == 0)
		return;
	spawn->next_ms = now + backoff_ms[spawn->starts < BACKOFFS ? spawn->starts : BACKOFFS - 1];
	spawn->started_ms = now;
	spawn->starts++;
	if (find_program(spawn->argv[0], path))
		fork_off(spawn, path);
	else
		mgm_log_error(spawn->log, "bridge command '%s' not found", spawn->argv[0]);
}

void mgm_spawn_tick(struct mgm_spawn *spawn)
{
	int32_t number;

	/* Nagios waits for any child now and then and may have been faster: ECHILD is fine. */
	if (spawn->middle > 0 && waitpid(spawn->middle, NULL, WNOHANG) != 0)
		spawn->middle = 0;
	while (spawn->report >= 0) {
		ssize_t got = read(spawn->report, &number, sizeof(number));

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got != (ssize_t)sizeof(number)) {
			close_report(spawn); /* end of file: it runs the program */
		} else if (spawn->bridge == 0) {
			spawn->bridge = number;
		} else {
			spawn->bridge = 0;
			mgm_log_error(spawn->log, "bridge command '%s' cannot be run: %s", spawn->argv[0],
			              strerror(number));
			close_report(spawn);
		}
	}
}

void mgm_spawn_succeeded(struct mgm_spawn *spawn)
{
	/* `next_ms` stays: a bridge that comes up and dies again is not started more than every two seconds. */
	spawn->starts = 0;
	spawn->bridge = 0;
}

void mgm_spawn_free(struct mgm_spawn *spawn)
{
	if (spawn->argv == NULL)
		return;
	mgm_spawn_tick(spawn);
	close_report(spawn);
	for (char **at = spawn->argv; *at != NULL; at++)
		free(*at);
	free(spawn->argv);
	spawn->argv = NULL;
}
