/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "layout/fds.h"

/* For become_watcher(), which needs far less. */
#define STACK_BYTES 32768

static void report(int fd, enum mgm_spawn_report what, long number)
{
	char line[32];
	size_t at = sizeof(line);
	ssize_t ignored;

	line[--at] = '\n';
	do
		line[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	line[--at] = (char)what;
	ignored = write(fd, line + at, sizeof(line) - at);
	(void)ignored;
}

/* @return fd itself or a duplicate that none of the numbers 0 to 3 is; -1 with errno */
static int out_of_the_way(int fd)
{
	return fd > MGM_SPAWN_REPORT_FD ? fd : fcntl(fd, F_DUPFD, MGM_SPAWN_REPORT_FD + 1);
}

/*
 * Input and output to /dev/null, the pipes as 2 and 3, nothing else. Closing comes first, so that this works however few
 * descriptors the core has left.
 *
 * @param[in,out] report_fd where reports go to before and after, also after a failure
 * @return 0 or errno
 */
static int arrange_fds(int *report_fd, int errors)
{
	int moved, null;

	mgm_fds_close_others(*report_fd, errors);
	moved = out_of_the_way(*report_fd);
	errors = moved >= 0 ? out_of_the_way(errors) : -1;
	if (errors < 0)
		return errno;
	*report_fd = moved;
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0 ||
	    dup2(*report_fd, MGM_SPAWN_REPORT_FD) < 0)
		return errno;
	*report_fd = MGM_SPAWN_REPORT_FD;
	mgm_fds_close(MGM_SPAWN_REPORT_FD + 1, ~0u);
	return 0;
}

static void default_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become_watcher(void *arg)
{
	const struct mgm_spawn_start *start = arg;
	int report_fd = start->report;
	int error = arrange_fds(&report_fd, start->errors);

	if (error != 0) {
		report(report_fd, MGM_SPAWN_FDS, error);
		_exit(127);
	}
	/* Old C libraries keep the pid in memory, which is the core's here. */
	report(report_fd, MGM_SPAWN_PID, syscall(SYS_getpid));
	default_signals();
	if (chdir("/") == 0) {
		execv(start->watcher[0], start->watcher);
		/* No shell: without a watcher the end of the bridge is not logged, but it runs. */
		fcntl(report_fd, F_SETFD, FD_CLOEXEC);
		execv(start->bridge[0], start->bridge);
	}
	report(report_fd, MGM_SPAWN_EXEC, errno);
	_exit(127);
}

_Noreturn void mgm_spawn_child(const struct mgm_spawn_start *start)
{
	struct mgm_spawn_start copy = *start;
	_Alignas(16) char stack[STACK_BYTES];
	int failed;

	setsid();
	/* A second vfork(), on a stack of its own: the memory is the core's until exec, and nothing is copied. */
	failed = clone(become_watcher, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &copy) < 0;
	if (failed)
		report(start->report, MGM_SPAWN_CLONE, errno);
	_exit(failed);
}
