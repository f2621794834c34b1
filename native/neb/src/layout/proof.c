/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The forked child of the layout proof: how it is started, fenced in and listened to. */
#include "proof.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fds.h"

/* First byte of a report; the text after it ends with a newline. */
#define REPORT_PASSED '+'
#define REPORT_REFUSED '-'
#define REPORT_TIMEOUT 'T'

/* The child's report may come this much after its own time limit. */
#define PARENT_GRACE_MS 200
#define REPORT_FD 0
#define SIGNAL_STACK_BYTES 65536

/* Only the child writes this: a signal handler has no user pointer. */
static struct mgm_proof *running;

static void send_report(char kind, const char *check, const char *text)
{
	char line[MGM_PROOF_REASON_BYTES + 16];
	size_t used = 0;

	/* No printf: also called from the signal handler. */
	line[used++] = kind;
	for (const char *at = check; *at != '\0' && used < 16; at++)
		line[used++] = *at;
	line[used++] = ':';
	line[used++] = ' ';
	for (const char *at = text; *at != '\0' && used < sizeof(line) - 1; at++)
		line[used++] = *at == '\n' ? ' ' : *at;
	line[used++] = '\n';
	while (write(REPORT_FD, line, used) < 0 && errno == EINTR)
		;
}

static void on_signal(int number)
{
	send_report(number == SIGALRM ? REPORT_TIMEOUT : REPORT_REFUSED, running->check,
	            number == SIGALRM ? "ran out of time" : "crashed");
	_exit(1);
}

static void limit(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit both = { value, value };

	setrlimit(resource, &both);
}

/* Worker sockets, log files and the epoll set are shared with the parent: cut them off before anything else. */
static bool fence_in(int report_fd)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM };
	struct itimerval clock = { { 0, 0 }, { MGM_PROOF_LIMIT_MS / 1000, (MGM_PROOF_LIMIT_MS % 1000) * 1000 } };
	stack_t stack = { .ss_sp = malloc(SIGNAL_STACK_BYTES), .ss_size = SIGNAL_STACK_BYTES };
	struct sigaction action;
	sigset_t none;

	/* Closing first: the core may have no descriptor left. The next one is 1 then. */
	if (dup2(report_fd, REPORT_FD) < 0)
		return false;
	mgm_fds_close(REPORT_FD + 1, ~0u);
	if (open("/dev/null", O_RDWR | O_CLOEXEC) != 1 || dup2(1, 2) < 0)
		return false;
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, 3);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int number = 1; number < SIGRTMIN; number++)
		signal(number, number == SIGXFSZ || number == SIGPIPE || number == SIGCHLD ? SIG_IGN : SIG_DFL);
	if (stack.ss_sp != NULL)
		sigaltstack(&stack, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	action.sa_flags = SA_ONSTACK;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
	setitimer(ITIMER_REAL, &clock, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return true;
}

__attribute__((noreturn)) static void child(const struct mgm_core *core, const struct mgm_abi *abi,
                                            enum mgm_proof_part part, int report_fd)
{
	static struct mgm_proof proof;

	proof.core = core;
	proof.abi = abi;
	proof.check = "4";
	running = &proof;
	if (!fence_in(report_fd))
		_exit(1);
	if (mgm_proof_run(&proof, part)) {
		snprintf(proof.reason, sizeof(proof.reason), "%d", (int)proof.slots);
		send_report(REPORT_PASSED, proof.check, proof.reason);
	} else
		send_report(REPORT_REFUSED, proof.check, proof.reason);
	_exit(0);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Read up to the newline; waiting for the end of file is not enough, another thread may have forked with our
 * write end. @return the kind of the report; a child that died without one refuses the table
 */
static char read_report(int fd, char *line, size_t size)
{
	int64_t deadline = now_ms() + MGM_PROOF_LIMIT_MS + PARENT_GRACE_MS;
	size_t used = 0;

	while (used + 1 < size) {
		struct pollfd ready = { fd, POLLIN, 0 };
		int64_t left = deadline - now_ms();
		ssize_t got;

		if (left <= 0 || (poll(&ready, 1, (int)left) < 0 && errno != EINTR)) {
			snprintf(line, size, "T4: child hung");
			return REPORT_TIMEOUT;
		}
		got = ready.revents != 0 ? read(fd, line + used, size - 1 - used) : -1;
		if (got == 0)
			break;
		if (got < 0)
			continue;
		used += (size_t)got;
		if (line[used - 1] == '\n') {
			line[used - 1] = '\0';
			return line[0];
		}
	}
	snprintf(line, size, "-4: child ended without a report");
	return REPORT_REFUSED;
}

/* Asking first, so that no other process is killed: with SIGCHLD ignored the number may be free already. */
static void end_child(pid_t pid)
{
	if (waitpid(pid, NULL, WNOHANG) != 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static char one_try(const struct mgm_core *core, const struct mgm_abi *abi, enum mgm_proof_part part, char *why,
                    size_t why_size)
{
	char line[MGM_PROOF_REASON_BYTES + 32];
	sigset_t all, before;
	int pipe_fds[2];
	char kind;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
		snprintf(why, why_size, "4: cannot start: %s", strerror(errno));
		return REPORT_REFUSED;
	}
	/* No handler of the core may run in the child before ours are set. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child(core, abi, part, pipe_fds[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(pipe_fds[1]);
	if (pid < 0) {
		snprintf(why, why_size, "4: cannot start: %s", strerror(errno));
		close(pipe_fds[0]);
		return REPORT_REFUSED;
	}
	kind = read_report(pipe_fds[0], line, sizeof(line));
	close(pipe_fds[0]);
	end_child(pid);
	snprintf(why, why_size, "%s", line + 1);
	return kind;
}

static char some_tries(const struct mgm_core *core, const struct mgm_abi *abi, enum mgm_proof_part part, int tries,
                       char *why, size_t why_size)
{
	char kind = REPORT_TIMEOUT;

	for (int i = 0; i < tries && i < MGM_PROOF_TRIES && kind == REPORT_TIMEOUT; i++)
		kind = one_try(core, abi, part, why, why_size);
	return kind;
}

int32_t mgm_measure_slots(const struct mgm_core *core)
{
	char text[MGM_PROOF_REASON_BYTES];
	int slots;

	if (some_tries(core, NULL, MGM_PROOF_SLOTS, MGM_PROOF_TRIES, text, sizeof(text)) != REPORT_PASSED ||
	    sscanf(text, "4.5: %d", &slots) != 1)
		return -1;
	return slots;
}

bool mgm_prove(const struct mgm_core *core, const struct mgm_abi *abi, enum mgm_proof_part part, int tries, char *why,
               size_t why_size)
{
	char kind = some_tries(core, abi, part, tries, why, why_size);

	if (kind == REPORT_PASSED && why_size > 0)
		why[0] = '\0';
	return kind == REPORT_PASSED;
}
