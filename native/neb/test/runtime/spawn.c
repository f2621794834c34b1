/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Starting a bridge, and the folder and socket it is found at. Real processes and sockets. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "endpoint.h"
#include "fake_core.h"
#include "tap.h"

static char folder[64];
static struct mgm_log log_lines;
static int copies;

/* Not called for vfork(). */
static void on_fork(void)
{
	copies++;
}

static void path_in(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", folder, name);
}

/* Wait until the child has reported all it will (its end of the pipe is closed). */
static void wait_report(struct mgm_spawn *spawn)
{
	while (spawn->report >= 0 || spawn->middle > 0) {
		struct pollfd p = {.fd = spawn->report, .events = POLLIN};

		poll(&p, 1, 10);
		mgm_spawn_tick(spawn);
	}
}

/* The program writes what it finds into a fifo, which tells us when it is done. */
static void test_child(void)
{
	char script[128], fifo[128], argument[160], text[1024] = "", expected[256];
	char *extra[] = {argument};
	struct mgm_spawn spawn;
	size_t size = 0;
	ssize_t got;
	int status, fd, inherited = open("/dev/null", O_RDONLY); /* on purpose without close-on-exec */
	FILE *file;

	path_in(script, sizeof(script), "bridge");
	path_in(fifo, sizeof(fifo), "fifo");
	snprintf(argument, sizeof(argument), "fifo=%s", fifo);
	mkfifo(fifo, 0600);
	file = fopen(script, "w");
	fprintf(file, "#!/bin/sh\nout=$(readlink /proc/$$/fd/1)\nexec 5>'%s'\n"
	              "{ echo \"args $2 $3\"; echo \"cwd $(pwd)\"; echo \"out $out\"\n"
	              "[ -e /proc/$$/fd/%d ] && echo leaked; kill -USR1 $$; } >&5\n", fifo, inherited);
	fclose(file);
	chmod(script, 0700);
	fd = open(fifo, O_RDWR);
	signal(SIGUSR1, SIG_IGN); /* the core ignores or handles signals; the bridge must not inherit that */
	CHECK(mgm_spawn_init(&spawn, &log_lines, &fake_clock, script, extra, 1, "/x/y.sock", 4711), "prepared");
	mgm_spawn_try(&spawn);
	wait_report(&spawn);
	CHECK(spawn.bridge > 0 && fake_logged("starting the bridge: ") == 1, "started");
	CHECK(copies == 0, "without copying the core, which takes long when it is large");
	CHECK(getsid(spawn.bridge) != getsid(0), "in a session of its own");
	while (strstr(text, "out ") == NULL || text[size - 1] != '\n') {
		got = read(fd, text + size, sizeof(text) - size - 1);
		size += (size_t)(got > 0 ? got : 0);
	}
	snprintf(expected, sizeof(expected), "args --bridge-socket=/x/y.sock --core-pid=4711\ncwd /\nout /dev/null\n");
	CHECK(strncmp(text, expected, strlen(expected)) == 0, "arguments, folder, standard output");
	CHECK(strstr(text, "leaked") == NULL, "no descriptor of the core");
	CHECK(waitpid(spawn.bridge, &status, 0) == spawn.bridge && WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1,
	      "signals are at their defaults: it died of one that is ignored here");
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "the intermediate child was reaped");
	signal(SIGUSR1, SIG_DFL);
	close(fd);
	close(inherited);
	mgm_spawn_free(&spawn);
	unlink(fifo);
	unlink(script);
}

static void test_backoff(void)
{
	static const int64_t waits[] = {2, 5, 10, 30, 30};
	struct mgm_spawn spawn;
	int expected = 1;

	fake_start(MGM_NAEMON);
	mgm_spawn_init(&spawn, &log_lines, &fake_clock, "/does/not/exist", NULL, 0, "/x", 1);
	mgm_spawn_try(&spawn);
	wait_report(&spawn);
	CHECK(fake_logged("ERROR - bridge command '/does/not/exist' cannot be run: No such file or directory") == 1,
	      "a program that cannot be run is named");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		fake.now_us += waits[i] * 1000000 - 1000;
		mgm_spawn_try(&spawn);
		CHECK(fake_logged("starting the bridge") == expected, "attempt %zu not before %d s", i + 2, (int)waits[i]);
		fake.now_us += 1000;
		mgm_spawn_try(&spawn);
		wait_report(&spawn);
		CHECK(fake_logged("starting the bridge") == ++expected, "attempt %zu then", i + 2);
	}
	mgm_spawn_succeeded(&spawn);
	fake.now_us += 30 * 1000000;
	mgm_spawn_try(&spawn);
	wait_report(&spawn);
	fake.now_us += 2 * 1000000;
	mgm_spawn_try(&spawn);
	wait_report(&spawn);
	CHECK(fake_logged("starting the bridge") == expected + 2, "after a success from the beginning");
	mgm_spawn_free(&spawn);
	fake_stop();
	fake_start(MGM_NAEMON);
	mgm_spawn_init(&spawn, &log_lines, &fake_clock, "no_such_program_of_this_name", NULL, 0, "/x", 1);
	mgm_spawn_try(&spawn);
	CHECK(fake_logged("ERROR - bridge command 'no_such_program_of_this_name' not found\n") == 1, "not in PATH");
	mgm_spawn_free(&spawn);
}

/* A bridge that is alive but not listening yet gets no brother. */
static void test_patience(void)
{
	struct mgm_spawn spawn;

	fake_start(MGM_NAEMON);
	mgm_spawn_init(&spawn, &log_lines, &fake_clock, "/bin/sh", NULL, 0, "/x", 1);
	free(spawn.argv[1]);
	free(spawn.argv[2]);
	spawn.argv[1] = strdup("-c");
	spawn.argv[2] = strdup("kill -STOP $$");
	mgm_spawn_try(&spawn);
	wait_report(&spawn);
	fake.now_us += 29 * 1000000;
	mgm_spawn_try(&spawn);
	CHECK(fake_logged("starting the bridge") == 1, "waits for one that is alive");
	kill(spawn.bridge, SIGKILL);
	waitpid(spawn.bridge, NULL, 0);
	mgm_spawn_try(&spawn);
	wait_report(&spawn);
	CHECK(fake_logged("starting the bridge") == 2, "not for a dead one");
	kill(spawn.bridge, SIGKILL);
	waitpid(spawn.bridge, NULL, 0);
	mgm_spawn_free(&spawn);
}

int main(void)
{
	/* Orphans become our children, so that their end can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pthread_atfork(on_fork, NULL, NULL);
	snprintf(folder, sizeof(folder), "/tmp/mgm-spawn.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	fake_start(MGM_NAEMON);
	mgm_log_init(&log_lines, &fake.core, &fake_clock);
	log_lines.own.limit = 1000;
	test_child();
	fake_stop();
	test_backoff();
	fake_stop();
	test_patience();
	fake_stop();
	rmdir(folder);
	return tap_done();
}
