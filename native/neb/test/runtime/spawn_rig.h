/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Real bridges made of shell scripts, for spawn.c and spawn_faults.c. */
#ifndef MGM_TEST_SPAWN_RIG_H
#define MGM_TEST_SPAWN_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_core.h"
#include "faults.h"
#include "link/spawn.h"
#include "tap.h"

#define SOCKET "/x/y.sock"

static char folder[64], script[128];
static struct mgm_log log_lines;
static struct mgm_spawn spawn;
static int copies;

/* Not called for vfork(). */
__attribute__((unused)) static void on_fork(void)
{
	copies++;
}

__attribute__((unused)) static void begin(const char *command, char **extra, size_t extra_count, pid_t core_pid)
{
	fake_start(MGM_NAEMON);
	mgm_log_init(&log_lines, &fake.core, &fake_clock);
	log_lines.own.limit = 1000;
	mgm_spawn_clear(&spawn);
	CHECK(mgm_spawn_init(&spawn, &log_lines, &fake_clock, command, extra, extra_count, core_pid, 0), "prepared");
}

__attribute__((unused)) static void end(void)
{
	mgm_spawn_free(&spawn);
	while (waitpid(-1, NULL, 0) > 0)
		;
	fake_stop();
}

__attribute__((unused)) static void write_script(const char *text)
{
	FILE *file = fopen(script, "we");

	fprintf(file, "#!/bin/sh\n%s\n", text);
	fclose(file);
	chmod(script, 0700);
}

/* Wait until bridge and watcher have ended, and all they wrote is logged. */
__attribute__((unused)) static void wait_end(void)
{
	while (spawn.report.fd >= 0 || spawn.errors.fd >= 0 || spawn.middle > 0) {
		struct pollfd p[] = { { .fd = spawn.report.fd, .events = POLLIN },
			                  { .fd = spawn.errors.fd, .events = POLLIN } };

		poll(p, 2, 10);
		mgm_spawn_tick(&spawn);
	}
}

__attribute__((unused)) static void wait_started(void)
{
	while (spawn.report.fd >= 0 && (spawn.watcher == 0 || spawn.middle > 0)) {
		struct pollfd p = { .fd = spawn.report.fd, .events = POLLIN };

		poll(&p, 1, 10);
		mgm_spawn_tick(&spawn);
	}
}

__attribute__((unused)) static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

__attribute__((unused)) static void rig_open(void)
{
	/* Orphans become our children, so that their end can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pthread_atfork(on_fork, NULL, NULL);
	snprintf(folder, sizeof(folder), "/tmp/mgm-spawn.XXXXXX");
	if (mkdtemp(folder) == NULL)
		CHECK(false, "mkdtemp");
	snprintf(script, sizeof(script), "%s/bridge", folder);
}

__attribute__((unused)) static int rig_close(void)
{
	unlink(script);
	CHECK(rmdir(folder) == 0, "nothing is left behind");
	return tap_done();
}

#endif
