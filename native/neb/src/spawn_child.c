/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REPORT_FD 3
/* Without close_range() and with an unlimited number of descriptors. */
#define MANY_FDS 65536u
/* For become_bridge(), which needs far less. */
#define STACK_BYTES 32768

static void report_number(int32_t number)
{
	ssize_t ignored = write(REPORT_FD, &number, sizeof(number));

	(void)ignored;
}

static void close_from(unsigned int first)
{
	struct rlimit limit;
	unsigned int end = MANY_FDS;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < end)
		end = (unsigned int)limit.rlim_cur;
	for (; first < end; first++)
		close((int)first);
}

/* Standard descriptors to /dev/null, the report pipe as 3 (gone at exec), nothing else. */
static void arrange_fds(int report)
{
	int null;

	/* First out of the way of what follows, wherever it is. */
	report = fcntl(report, F_DUPFD, 10);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	dup2(report, REPORT_FD);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	close_from(REPORT_FD + 1);
}

static void default_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

struct start {
	const char *path;
	char *const *argv;
	int report;
};

static int become_bridge(void *arg)
{
	const struct start *start = arg;

	arrange_fds(start->report);
	/* Old C libraries keep the pid in memory, which is the core's here. */
	report_number((int32_t)syscall(SYS_getpid));
	default_signals();
	if (chdir("/") == 0)
		execv(start->path, start->argv);
	report_number((int32_t)errno);
	_exit(127);
}

_Noreturn void mgm_spawn_child(const char *path, char *const *argv, int report)
{
	struct start start = {path, argv, report};
	_Alignas(16) char stack[STACK_BYTES];

	setsid();
	/* A second vfork(), on a stack of its own: the memory is the core's until exec, and nothing is copied. */
	_exit(clone(become_bridge, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &start) < 0);
}
