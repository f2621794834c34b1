/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The forked child of the proof: nothing a core does in it changes the parent. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout/proof.h"
#include "tap.h"

/* The names the proof wants to see exported; the tests end in its first check, so nothing is ever called. */
/* clang-format off */
#define NAME(name) \
	long name(void); \
	long name(void) { return 0; }
NAME(process_check_result) NAME(fcache_host) NAME(fcache_service) NAME(add_custom_variable_to_object)
NAME(prepend_object_to_objectlist) NAME(grab_host_macros_r) NAME(grab_service_macros_r)
NAME(grab_contact_macros_r) NAME(get_raw_command_line_r) NAME(process_macros_r)
NAME(handle_async_service_check_result) NAME(handle_async_host_check_result) NAME(broker_service_check)
NAME(broker_host_check) NAME(broker_event_handler) NAME(broker_contact_notification_method_data)
NAME(broker_program_status) NAME(broker_program_state) NAME(broker_log_data) NAME(find_contact) NAME(find_command)
#define VARIABLE(name) \
	extern long name; \
	long name;
VARIABLE(hostgroup_list) VARIABLE(servicegroup_list) VARIABLE(command_list) VARIABLE(host_ary) VARIABLE(service_ary)
VARIABLE(num_objects) VARIABLE(program_start) VARIABLE(event_start) VARIABLE(nagios_pid) VARIABLE(daemon_mode)
VARIABLE(enable_notifications) VARIABLE(enable_event_handlers) VARIABLE(enable_flap_detection)
VARIABLE(obsess_over_services) VARIABLE(obsess_over_hosts)
	/* clang-format on */

	/* Survives the fork: what children did. */
	static struct shared {
	int calls;
	int open_fds, rlimits, parent_memory_written;
	bool can_open, signals_blocked;
} * shared;

static int private_value = 1, process_performance_data = 1;
static unsigned long event_broker_options = 5;

static int hang(void *result)
{
	(void)result;
	shared->calls++;
	while (shared->calls > 0)
		pause();
	return 0;
}

static int hang_once(void *result)
{
	return shared->calls == 0 ? hang(result) : ++shared->calls;
}

static int crash(void *result)
{
	(void)result;
	shared->calls++;
	raise(SIGSEGV);
	return 0;
}

static int end_silently(void *result)
{
	(void)result;
	shared->calls++;
	_exit(0);
}

static int stop(void *result)
{
	(void)result;
	shared->calls++;
	raise(SIGSTOP);
	return 0;
}

/* Notes what the child can still reach, then behaves wrongly enough to be refused. */
static int look_around(void *result)
{
	struct rlimit core, file, files;
	sigset_t mask;

	(void)result;
	shared->calls++;
	for (int fd = 3; fd < 64; fd++)
		shared->open_fds += fcntl(fd, F_GETFD) >= 0;
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_FSIZE, &file);
	getrlimit(RLIMIT_NOFILE, &files);
	shared->rlimits = core.rlim_max == 0 && file.rlim_max == 0 && files.rlim_max == 3;
	shared->can_open = open("/dev/null", O_RDONLY) >= 0;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	shared->signals_blocked = sigismember(&mask, SIGALRM) != 0;
	shared->parent_memory_written = ++private_value;
	printf("not ok - the child writes to the standard output of the core\n");
	fflush(stdout);
	return 0;
}

static bool prove(int (*init_check_result)(void *), int tries, char *why, size_t why_size)
{
	struct mgm_core core = {
		.family = MGM_NAEMON,
		.init_check_result = init_check_result,
		.process_performance_data = &process_performance_data,
		.event_broker_options = &event_broker_options,
	};
	const struct mgm_abi *abi = mgm_abi_classes;

	while (abi->core != MGM_NAEMON)
		abi++;
	memset(shared, 0, sizeof(*shared));
	return mgm_prove(&core, abi, MGM_PROOF_LAYOUT, tries, why, why_size);
}

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static bool same_mask(const sigset_t *one, const sigset_t *two)
{
	for (int number = 1; number < SIGRTMAX; number++) {
		if (sigismember(one, number) != sigismember(two, number))
			return false;
	}
	return true;
}

static void test_refusals(void)
{
	char why[MGM_PROOF_REASON_BYTES];

	CHECK(!prove(crash, MGM_PROOF_TRIES, why, sizeof(why)) && shared->calls == 1, "a crash refuses at once");
	CHECK(strcmp(why, "4.1: crashed") == 0, "and names the check: %s", why);
	CHECK(!prove(end_silently, MGM_PROOF_TRIES, why, sizeof(why)) && shared->calls == 1,
	      "a child without a report refuses at once");
	CHECK(strstr(why, "without a report") != NULL, "and the reason names it: %s", why);
	CHECK(!prove(hang, 2, why, sizeof(why)) && shared->calls == 2, "a hanging child is tried again");
	CHECK(strcmp(why, "4.1: ran out of time") == 0, "then given up: %s", why);
	CHECK(!prove(hang_once, MGM_PROOF_TRIES, why, sizeof(why)) && shared->calls >= 2, "the next try may go through");
	CHECK(strstr(why, "init_check_result") != NULL, "to a verdict: %s", why);
	CHECK(!prove(stop, 1, why, sizeof(why)) && shared->calls == 1, "a child that cannot report is given up");
	CHECK(strstr(why, "hung") != NULL, "and the reason names it: %s", why);
}

static void test_fences(void)
{
	int fds = count_fds();
	int spare = open("/dev/null", O_RDONLY);
	char why[8];
	sigset_t before, after;

	sigprocmask(SIG_SETMASK, NULL, &before);
	CHECK(!prove(look_around, 1, why, sizeof(why)) && shared->calls == 2, "the child ran");
	sigprocmask(SIG_SETMASK, NULL, &after);
	CHECK(spare >= 3 && shared->open_fds == 0, "descriptors of the core are closed in the child");
	CHECK(shared->rlimits && !shared->can_open, "it cannot open, write or dump files");
	CHECK(!shared->signals_blocked, "its own time limit is not blocked");
	CHECK(shared->parent_memory_written == 3 && private_value == 1, "what it writes stays in the child");
	CHECK(process_performance_data == 1 && event_broker_options == 5, "also what it switches off");
	CHECK(same_mask(&before, &after), "the core's signal mask is as before");
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child is left behind");
	close(spare);
	CHECK(count_fds() == fds, "no descriptor is left behind");
	CHECK(strlen(why) == sizeof(why) - 1, "a short buffer gets a cut reason");
}

/* The pipe to the child takes the last two. */
static void test_few_descriptors(void)
{
	struct rlimit before, few;
	int filler[64], fillers = 0;
	char why[MGM_PROOF_REASON_BYTES];

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &few);
	while ((filler[fillers] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		fillers++;
	for (int i = 0; i < 2; i++)
		close(filler[--fillers]);
	CHECK(!prove(look_around, 1, why, sizeof(why)) && shared->calls == 2, "works with two descriptors left: %s", why);
	while (fillers > 0)
		close(filler[--fillers]);
	setrlimit(RLIMIT_NOFILE, &before);
}

/* Some cores ignore SIGCHLD, then there is nothing to wait for. */
static void test_ignored_sigchld(void)
{
	char why[MGM_PROOF_REASON_BYTES];

	signal(SIGCHLD, SIG_IGN);
	CHECK(!prove(crash, 1, why, sizeof(why)) && strcmp(why, "4.1: crashed") == 0, "works with SIGCHLD ignored");
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(shared != MAP_FAILED, "shared memory"))
		return tap_done();
	test_refusals();
	test_fences();
	test_ignored_sigchld();
	test_few_descriptors();
	return tap_done();
}
