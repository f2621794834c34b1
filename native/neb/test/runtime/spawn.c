/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Starting a bridge, what its end looks like in the core's log, and what happens without descriptors. Real processes. */
#include "spawn.h"

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
#include "tap.h"

#define SOCKET "/x/y.sock"
#define FEW 64

static char folder[64], script[128];
static struct mgm_log log_lines;
static struct mgm_spawn spawn;
static int copies;

/* Not called for vfork(). */
static void on_fork(void)
{
	copies++;
}

static void begin(const char *command, char **extra, size_t extra_count, pid_t core_pid)
{
	fake_start(MGM_NAEMON);
	mgm_log_init(&log_lines, &fake.core, &fake_clock);
	log_lines.own.limit = 1000;
	mgm_spawn_clear(&spawn);
	CHECK(mgm_spawn_init(&spawn, &log_lines, &fake_clock, command, extra, extra_count, core_pid, 0), "prepared");
}

static void end(void)
{
	mgm_spawn_free(&spawn);
	while (waitpid(-1, NULL, 0) > 0)
		;
	fake_stop();
}

static void write_script(const char *text)
{
	FILE *file = fopen(script, "we");

	fprintf(file, "#!/bin/sh\n%s\n", text);
	fclose(file);
	chmod(script, 0700);
}

/* Wait until bridge and watcher have ended, and all they said is logged. */
static void wait_end(void)
{
	while (spawn.report.fd >= 0 || spawn.errors.fd >= 0 || spawn.middle > 0) {
		struct pollfd p[] = {{.fd = spawn.report.fd, .events = POLLIN}, {.fd = spawn.errors.fd, .events = POLLIN}};

		poll(p, 2, 10);
		mgm_spawn_tick(&spawn);
	}
}

static void wait_started(void)
{
	while (spawn.report.fd >= 0 && (spawn.watcher == 0 || spawn.middle > 0)) {
		struct pollfd p = {.fd = spawn.report.fd, .events = POLLIN};

		poll(&p, 1, 10);
		mgm_spawn_tick(&spawn);
	}
}

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* The program writes what it finds into a fifo, which tells us when it is done. */
static void test_child(void)
{
	char fifo[128], argument[160], text[1024] = "", expected[256], body[512];
	char *extra[] = {argument};
	size_t size = 0;
	int fd, inherited = open("/dev/null", O_RDONLY); /* on purpose without close-on-exec */

	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	snprintf(argument, sizeof(argument), "fifo=%s", fifo);
	mkfifo(fifo, 0600);
	snprintf(body, sizeof(body),
	         "fds=; for fd in 0 1 2 3 4 5 6 7 8 9 %d; do [ -e /proc/$$/fd/$fd ] && fds=\"$fds $fd\"; done\n"
	         "out=$(readlink /proc/$$/fd/1)\nexec 5>'%s'\n"
	         "{ echo \"args $1 $2 $3\"; echo \"cwd $(pwd)\"; echo \"out $out\"; echo \"fds$fds\"; } >&5\n"
	         "kill -STOP $$; kill -USR1 $$",
	         inherited, fifo);
	write_script(body);
	fd = open(fifo, O_RDWR);
	signal(SIGUSR1, SIG_IGN); /* the core ignores or handles signals; the bridge must not inherit that */
	begin(script, extra, 1, 4711);
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	CHECK(spawn.watcher > 0 && fake_logged("starting the bridge: ") == 1 && fake_logged(", socket " SOCKET "\n") == 1,
	      "started");
	CHECK(copies == 0, "without copying the core, which takes long when it is large");
	CHECK(getsid(spawn.watcher) != getsid(0), "in a session of its own");
	while (strstr(text, "fds") == NULL || text[size - 1] != '\n') {
		ssize_t got = read(fd, text + size, sizeof(text) - size - 1);

		size += (size_t)(got > 0 ? got : 0);
	}
	snprintf(expected, sizeof(expected),
	         "args fifo=%s --bridge-socket=" SOCKET " --core-pid=4711\ncwd /\nout /dev/null\nfds 0 1 2\n", fifo);
	CHECK(strcmp(text, expected) == 0, "arguments, folder, standard output, no descriptor of the core or the watcher");
	kill(-getsid(spawn.watcher), SIGCONT);
	wait_end();
	CHECK(fake_logged("ERROR - the bridge was ended by signal 10 (User defined signal 1)\n") == 1,
	      "signals are at their defaults: it died of one that is ignored here, and the log says so");
	signal(SIGUSR1, SIG_DFL);
	close(fd);
	close(inherited);
	unlink(fifo);
	end();
}

/* A Node that is too old, no Node at all: the reason is what the program itself says. */
static void test_reason(void)
{
	int fds = count_fds();

	begin(script, NULL, 0, 1);
	write_script("echo 'mod_gearman_bridge: needs Node.js 22.13' >&2\nprintf '\\033[1mtwo\\n\\nlast words' >&2\nexit 2");
	mgm_spawn_try(&spawn, SOCKET);
	wait_end();
	CHECK(fake_logged("mod_gearman: bridge: mod_gearman_bridge: needs Node.js 22.13\n"
	                  "mod_gearman: bridge:  [1mtwo\nmod_gearman: bridge: last words\n"
	                  "mod_gearman: ERROR - the bridge ended with exit code 2\n") == 1,
	      "no-node: the bridge's own words, then its exit code");
	fake.now_us += 2000000;
	write_script("exit 0");
	mgm_spawn_try(&spawn, SOCKET);
	wait_end();
	CHECK(fake_logged("mod_gearman: the bridge has ended\n") == 1, "an orderly end is no error");
	fake.now_us += 5000000;
	write_script("exec /does/not/exist/node");
	mgm_spawn_try(&spawn, SOCKET);
	wait_end();
	CHECK(fake_logged("/does/not/exist/node") == 1 && fake_logged("the bridge ended with exit code 127\n") == 1,
	      "no-node: an interpreter that is not there");
	CHECK(count_fds() == fds, "no descriptor is left");
	end();
}

static void test_flood(void)
{
	begin(script, NULL, 0, 1);
	write_script("i=0; while [ $i -lt 400 ]; do echo \"line $i\"; i=$((i+1)); done >&2\n"
	             "head -c 100000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2; exit 3");
	mgm_spawn_try(&spawn, SOCKET);
	wait_end();
	CHECK(fake_logged("bridge: line ") == (int)MGM_LOG_OUTPUT_PER_PERIOD, "a talkative bridge gets so many lines");
	CHECK(fake_logged("the bridge ended with exit code 3\n") == 1, "its end is logged all the same");
	fake.now_us += 600 * INT64_C(1000000);
	mgm_spawn_try(&spawn, SOCKET);
	wait_end();
	CHECK(fake_logged("342 more lines were not logged\n") == 1, "what was left out is counted");
	end();
}

static void test_backoff(void)
{
	static const int64_t waits[] = {2, 5, 10, 30, 30};
	int expected = 1;

	begin("/does/not/exist", NULL, 0, 1);
	mgm_spawn_try(&spawn, SOCKET);
	CHECK(fake_logged("ERROR - bridge command '/does/not/exist' cannot be run: No such file or directory\n") == 1,
	      "a program that cannot be run is named");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		fake.now_us += waits[i] * 1000000 - 1000;
		mgm_spawn_try(&spawn, SOCKET);
		CHECK(fake_logged("cannot be run") == expected, "attempt %zu not before %d s", i + 2, (int)waits[i]);
		fake.now_us += 1000;
		mgm_spawn_try(&spawn, SOCKET);
		CHECK(fake_logged("cannot be run") == ++expected, "attempt %zu then", i + 2);
	}
	mgm_spawn_succeeded(&spawn);
	fake.now_us += 30 * 1000000;
	mgm_spawn_try(&spawn, SOCKET);
	fake.now_us += 2 * 1000000;
	mgm_spawn_try(&spawn, SOCKET);
	CHECK(fake_logged("cannot be run") == expected + 2, "after a success from the beginning");
	end();
	begin("no_such_program_of_this_name", NULL, 0, 1);
	mgm_spawn_try(&spawn, SOCKET);
	CHECK(fake_logged("ERROR - bridge command 'no_such_program_of_this_name' not found\n") == 1, "not in PATH");
	end();
}

/* A bridge that is alive but not listening yet gets no brother. */
static void test_patience(void)
{
	begin(script, NULL, 0, 1);
	write_script("kill -STOP $$");
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	fake.now_us += 29 * 1000000;
	mgm_spawn_try(&spawn, SOCKET);
	CHECK(fake_logged("starting the bridge") == 1, "waits for one that is alive");
	kill(-getsid(spawn.watcher), SIGKILL);
	waitpid(spawn.watcher, NULL, 0);
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	CHECK(fake_logged("starting the bridge") == 2, "not for a dead one");
	kill(-getsid(spawn.watcher), SIGKILL);
	end();
}

/* The next load of the module hears how the bridge of this one ends. */
static void test_reload(void)
{
	char fifo[128], body[256];
	int fds = count_fds(), fd;

	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	mkfifo(fifo, 0600);
	fd = open(fifo, O_RDWR | O_CLOEXEC);
	snprintf(body, sizeof(body), "read line <'%s'; echo \"late $line\" >&2; exit 7", fifo);
	write_script(body);
	begin(script, NULL, 0, 1);
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	for (int i = 0; i < 50; i++) {
		mgm_spawn_keep(&spawn);
		mgm_spawn_free(&spawn);
		mgm_spawn_clear(&spawn);
		mgm_spawn_init(&spawn, &log_lines, &fake_clock, script, NULL, 0, 1, 0);
	}
	CHECK(count_fds() == fds + 3, "50 reloads: the two pipes are all that is open");
	CHECK(write(fd, "words\n", 6) == 6, "the bridge ends");
	wait_end();
	CHECK(fake_logged("bridge: late words\n") == 1 && fake_logged("the bridge ended with exit code 7\n") == 1,
	      "after them the log still says why it ended");
	mgm_spawn_free(&spawn);
	mgm_spawn_clear(&spawn);
	mgm_spawn_init(&spawn, &log_lines, &fake_clock, script, NULL, 0, 1, 0);
	CHECK(spawn.report.fd < 0 && spawn.errors.fd < 0, "what has ended is not taken over");
	close(fd);
	CHECK(count_fds() == fds, "no descriptor is left");
	unlink(fifo);
	end();
}

static int filler[FEW], fillers;

/* A core that has opened all it may, but `left`. */
static void leave_free(int left, struct rlimit *before)
{
	struct rlimit few;

	getrlimit(RLIMIT_NOFILE, before);
	few = *before;
	few.rlim_cur = FEW;
	setrlimit(RLIMIT_NOFILE, &few);
	fillers = 0;
	while ((filler[fillers] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		fillers++;
	while (left-- > 0)
		close(filler[--fillers]);
}

static void free_all(const struct rlimit *before)
{
	while (fillers > 0)
		close(filler[--fillers]);
	setrlimit(RLIMIT_NOFILE, before);
}

/* The core's own descriptor 3 and its neighbours: whatever fails, nothing may be written there. */
static void test_few_descriptors(void)
{
	struct rlimit before;
	int core[2] = {-1, -1}, numbers[2];
	char byte;

	if (pipe2(numbers, O_NONBLOCK) != 0 || (core[0] = fcntl(numbers[0], F_DUPFD, 10)) < 0 || dup2(numbers[1], 3) != 3)
		CHECK(false, "the test has no pipe at 3");
	core[1] = numbers[1];
	write_script("exit 5");
	for (int left = 0; left <= 4; left++) {
		begin(script, NULL, 0, 1);
		leave_free(left, &before);
		mgm_spawn_try(&spawn, SOCKET);
		free_all(&before);
		wait_end();
		CHECK(fake_logged(left < 4 ? "ERROR - cannot start the bridge: Too many open files\n"
		                           : "the bridge ended with exit code 5\n") == 1,
		      "%d descriptors free: %s", left, left < 4 ? "said so" : "enough");
		CHECK(read(core[0], &byte, 1) < 0 && errno == EAGAIN, "%d descriptors free: the core's are untouched", left);
		end();
	}
	close(core[0]);
	close(core[1]);
	close(3);
}

static void test_faults(void)
{
	begin(script, NULL, 0, 1);
	fake_clone_fails = true;
	mgm_spawn_try(&spawn, SOCKET);
	fake_clone_fails = false;
	wait_end();
	CHECK(fake_logged("ERROR - the bridge cannot be started: no process: Resource temporarily unavailable\n") == 1,
	      "a failed clone() is logged");
	fake.now_us += 2000000;
	fake_dup2_fails = true;
	mgm_spawn_try(&spawn, SOCKET);
	fake_dup2_fails = false;
	wait_end();
	CHECK(fake_logged("ERROR - the bridge cannot be started: no descriptors: Device or resource busy\n") == 1,
	      "so is a failed dup2()");
	fake.now_us += 5000000;
	write_script("exit 6");
	mgm_spawn_try(&spawn, SOCKET);
	wait_end();
	CHECK(fake_logged("the bridge ended with exit code 6\n") == 1, "the next attempt works");
	end();
}

static void test_memory(void)
{
	char *extra[] = {(char[]){"a"}, (char[]){"b"}};
	bool ready = false;

	fake_start(MGM_NAEMON);
	mgm_log_init(&log_lines, &fake.core, &fake_clock);
	mgm_spawn_clear(&spawn);
	fake_allocations_left = 0;
	ready = mgm_spawn_init(&spawn, &log_lines, &fake_clock, "x", extra, 2, 1, 0);
	fake_allocations_left = -1;
	CHECK(!ready && spawn.argv == NULL, "without memory it says so");
	mgm_spawn_try(&spawn, SOCKET);
	mgm_spawn_free(&spawn);
	CHECK(fake_logged("starting") == 0, "and starts nothing");
	fake_stop();
}

int main(void)
{
	/* Orphans become our children, so that their end can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pthread_atfork(on_fork, NULL, NULL);
	snprintf(folder, sizeof(folder), "/tmp/mgm-spawn.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(script, sizeof(script), "%s/bridge", folder);
	test_child();
	test_reason();
	test_flood();
	test_backoff();
	test_patience();
	test_reload();
	test_few_descriptors();
	test_faults();
	test_memory();
	unlink(script);
	CHECK(rmdir(folder) == 0, "nothing is left behind");
	return tap_done();
}
