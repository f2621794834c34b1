/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Starting a bridge, and what its end looks like in the core's log. Real processes. */
#include "emulated.h"
#include "spawn_rig.h"

/* The program writes what it finds into a fifo, whose end shows that it is done. */
static void test_child(void)
{
	char fifo[128], go[128], argument[160], text[1024] = "", expected[256], body[640];
	char *extra[] = { argument };
	size_t size = 0;
	int fd, go_fd, inherited = open("/dev/null", O_RDONLY); /* on purpose without close-on-exec */

	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	snprintf(argument, sizeof(argument), "fifo=%s", fifo);
	mkfifo(fifo, 0600);
	snprintf(go, sizeof(go), "%s/go", folder);
	mkfifo(go, 0600);
	snprintf(body, sizeof(body),
	         "fds=; for fd in 0 1 2 3 4 5 6 7 8 9 %d; do [ -e /proc/$$/fd/$fd ] && fds=\"$fds $fd\"; done\n"
	         "out=$(readlink /proc/$$/fd/1)\nexec 5>'%s'\n"
	         "{ echo \"args $1 $2 $3\"; echo \"cwd $(pwd)\"; echo \"out $out\"; echo \"fds$fds\"; } >&5\n"
	         "read line <'%s'; kill -USR1 $$",
	         inherited, fifo, go);
	write_script(body);
	fd = open(fifo, O_RDWR);
	go_fd = open(go, O_RDWR | O_CLOEXEC);
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
	CHECK(write(go_fd, "\n", 1) == 1, "the bridge goes on");
	wait_end();
	CHECK(fake_logged("ERROR - the bridge was ended by signal 10 (User defined signal 1)\n") == 1,
	      "signals are at their defaults: it died of one that is ignored here, which is logged");
	signal(SIGUSR1, SIG_DFL);
	close(fd);
	close(go_fd);
	close(inherited);
	unlink(fifo);
	unlink(go);
	end();
}

/* A Node that is too old, no Node at all: the reason is what the program itself says. */
static void test_reason(void)
{
	int fds = count_fds();

	begin(script, NULL, 0, 1);
	write_script(
		"echo 'mod_gearman_bridge: needs Node.js 22.13' >&2\nprintf '\\033[1mtwo\\n\\nlast words' >&2\nexit 2");
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
	static const int64_t waits[] = { 2, 5, 10, 30, 30 };
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

/* One that worked and has closed its connection: its end is waited for, the next one is not. */
static void test_lost(void)
{
	char go[128], body[256];
	int fd;

	snprintf(go, sizeof(go), "%s/go", folder);
	mkfifo(go, 0600);
	fd = open(go, O_RDWR | O_CLOEXEC);
	snprintf(body, sizeof(body), "read line <'%s'; echo last words >&2; exit 4", go);
	write_script(body);
	begin(script, NULL, 0, 1);
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	mgm_spawn_succeeded(&spawn);
	fake.now_us += 3 * 1000000;
	mgm_spawn_lost(&spawn);
	fake.now_us += 1999 * 1000;
	mgm_spawn_try(&spawn, SOCKET);
	CHECK(fake_logged("starting the bridge") == 1, "not while it is ending");
	CHECK(write(fd, "\n", 1) == 1, "it ends");
	wait_end();
	CHECK(fake_logged("bridge: last words\nmod_gearman: ERROR - the bridge ended with exit code 4\n") == 1,
	      "its last words are logged");
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	CHECK(fake_logged("starting the bridge") == 2, "then the next one starts at once");
	mgm_spawn_succeeded(&spawn);
	mgm_spawn_lost(&spawn);
	fake.now_us += 2 * 1000000;
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	CHECK(fake_logged("starting the bridge") == 3, "one that does not end is waited for two seconds");
	CHECK(write(fd, "\n\n", 2) == 2, "both end");
	wait_end();
	end();
	close(fd);
	unlink(go);
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
	if (emulated()) {
		CHECK(true, "not for a dead one # SKIP an emulator makes vfork() and CLONE_VM a fork()");
		kill(-getsid(spawn.watcher), SIGKILL);
		end();
		return;
	}
	kill(-getsid(spawn.watcher), SIGKILL);
	waitpid(spawn.watcher, NULL, 0);
	mgm_spawn_try(&spawn, SOCKET);
	wait_started();
	CHECK(fake_logged("starting the bridge") == 2, "not for a dead one");
	kill(-getsid(spawn.watcher), SIGKILL);
	end();
}

int main(void)
{
	rig_open();
	test_child();
	test_reason();
	test_flood();
	test_backoff();
	test_lost();
	test_patience();
	return rig_close();
}
