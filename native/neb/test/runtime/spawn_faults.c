/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A bridge over reloads of the module, and starting one without descriptors, processes or memory. */
#include "spawn_rig.h"

/* Descriptors of a core that has few. */
#define FEW 64

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

/* The core's own descriptor 3 and its neighbours: if something fails, nothing may be written there. */
static void test_few_descriptors(void)
{
	struct rlimit before;
	int core[2] = { -1, -1 }, numbers[2];
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
		      "%d descriptors free: %s", left, left < 4 ? "too few, logged" : "enough");
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
	char *extra[] = { (char[]){ "a" }, (char[]){ "b" } };
	bool ready = false;

	fake_start(MGM_NAEMON);
	mgm_log_init(&log_lines, &fake.core, &fake_clock);
	mgm_spawn_clear(&spawn);
	fake_allocations_left = 0;
	ready = mgm_spawn_init(&spawn, &log_lines, &fake_clock, "x", extra, 2, 1, 0);
	fake_allocations_left = -1;
	CHECK(!ready && spawn.argv == NULL, "without memory it fails");
	mgm_spawn_try(&spawn, SOCKET);
	mgm_spawn_free(&spawn);
	CHECK(fake_logged("starting") == 0, "and starts nothing");
	fake_stop();
}

int main(void)
{
	rig_open();
	test_reload();
	test_few_descriptors();
	test_faults();
	test_memory();
	return rig_close();
}
