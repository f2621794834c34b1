/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exports.h"
#include "layout.h"

struct stream {
	int fd; /* -1: closed */
	size_t used;
	char text[TC_RUNNER_OUTPUT_BYTES + 1];
};

struct job {
	pid_t pid;
	int pid_fd;
	struct stream out, err;
	void *timer;
	bool timed_out;
	struct timeval start;
	void (*done)(const struct tc_run_result *, void *);
	void (*drop)(void *);
	void *arg;
	struct job *next;
};

static struct {
	struct job *first;
	size_t count;
} jobs;

/* Everything the pipe holds; what does not fit is read and dropped, so that the child never blocks on it. */
static void drain(struct stream *stream)
{
	char waste[4096];

	while (stream->fd >= 0) {
		size_t left = TC_RUNNER_OUTPUT_BYTES - stream->used;
		ssize_t got =
			left > 0 ? read(stream->fd, stream->text + stream->used, left) : read(stream->fd, waste, sizeof(waste));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			iobroker_close(nagios_iobs, stream->fd);
			stream->fd = -1;
		} else if (left > 0) {
			stream->used += (size_t)got;
		}
	}
}

static int on_output(int fd, int events, void *arg)
{
	struct job *job = arg;

	(void)events;
	drain(fd == job->out.fd ? &job->out : &job->err);
	return 0;
}

static void take_out(const struct job *job)
{
	struct job **at = &jobs.first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	jobs.count--;
}

static void release(struct job *job)
{
	void *timer = job->timer;

	take_out(job);
	job->timer = NULL;
	if (timer != NULL)
		destroy_event(timer);
	if (job->out.fd >= 0)
		iobroker_close(nagios_iobs, job->out.fd);
	if (job->err.fd >= 0)
		iobroker_close(nagios_iobs, job->err.fd);
	if (job->pid_fd >= 0)
		iobroker_close(nagios_iobs, job->pid_fd);
	free(job);
}

/* The child has ended: collect the rest of its output, report, forget. */
static int on_exit_of_child(int fd, int events, void *arg)
{
	struct job *job = arg;
	struct tc_run_result result = { .start = job->start };
	char *text = NULL;
	int status = 0;

	(void)fd;
	(void)events;
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	drain(&job->out);
	drain(&job->err);
	gettimeofday(&result.finish, NULL);
	result.exited_ok = WIFEXITED(status);
	result.return_code = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
	result.early_timeout = job->timed_out;
	job->out.text[job->out.used] = '\0';
	job->err.text[job->err.used] = '\0';
	if (job->out.text[0] == '\0' && job->err.text[0] != '\0')
		text = tc_printf("(No output on stdout) stderr: %s", job->err.text);
	result.output = text != NULL ? text : job->out.text[0] != '\0' ? job->out.text : NULL;
	job->done(&result, job->arg);
	free(text);
	release(job);
	return 0;
}

static void on_timeout(void *properties)
{
	/* user_data is read without tc_timer_info(): after release() the event is aborted and the job gone. */
	struct job *job = tc_ptr(properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_USER_DATA);

	if (job->timer == NULL)
		return;
	job->timer = NULL;
	if (tc_i32(properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EXECUTION_TYPE) == tc_const(MGM_C_EVENT_EXEC_ABORTED))
		return;
	job->timed_out = true;
	kill(-job->pid, SIGKILL);
}

static void child(const char *command_line, const int *out, const int *err)
{
	int null_fd = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	dup2(null_fd, 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	/* A module may hold descriptors without close-on-exec; no plugin shall inherit them. */
	syscall(SYS_close_range, 3u, ~0u, 0u);
	execl("/bin/sh", "sh", "-c", command_line, (char *)NULL);
	_exit(127);
}

static bool watch(struct job *job, int out, int err, int timeout_seconds)
{
	fcntl(out, F_SETFL, O_NONBLOCK);
	fcntl(err, F_SETFL, O_NONBLOCK);
	job->out.fd = out;
	job->err.fd = err;
	job->pid_fd = (int)syscall(SYS_pidfd_open, job->pid, 0);
	if (job->pid_fd < 0)
		return false;
	fcntl(job->pid_fd, F_SETFD, FD_CLOEXEC);
	job->timer = schedule_event(timeout_seconds, on_timeout, job);
	return iobroker_register(nagios_iobs, out, job, on_output) == 0 &&
	       iobroker_register(nagios_iobs, err, job, on_output) == 0 &&
	       iobroker_register(nagios_iobs, job->pid_fd, job, on_exit_of_child) == 0 && job->timer != NULL;
}

static void kill_and_reap(const struct job *job)
{
	kill(-job->pid, SIGKILL);
	kill(job->pid, SIGKILL);
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static struct job *spawn(const char *command_line, int *out, int *err)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL || pipe2(out, O_CLOEXEC) < 0) {
		free(job);
		return NULL;
	}
	if (pipe2(err, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		free(job);
		return NULL;
	}
	gettimeofday(&job->start, NULL);
	job->pid = fork();
	if (job->pid == 0)
		child(command_line, out, err);
	close(out[1]);
	close(err[1]);
	if (job->pid < 0) {
		close(out[0]);
		close(err[0]);
		free(job);
		return NULL;
	}
	setpgid(job->pid, job->pid);
	return job;
}

bool tc_runner_start(const char *command_line, int timeout_seconds, void (*done)(const struct tc_run_result *, void *),
                     void (*drop)(void *), void *arg)
{
	int out[2], err[2];
	struct job *job;

	if (jobs.count >= TC_RUNNER_MAX)
		return false;
	job = spawn(command_line, out, err);
	if (job == NULL)
		return false;
	job->done = done;
	job->drop = drop;
	job->arg = arg;
	job->next = jobs.first;
	jobs.first = job;
	jobs.count++;
	if (watch(job, out[0], err[0], timeout_seconds))
		return true;
	kill_and_reap(job);
	release(job);
	return false;
}

size_t tc_runner_running(void)
{
	return jobs.count;
}

void tc_runner_stop(void)
{
	while (jobs.first != NULL) {
		struct job *job = jobs.first;

		kill_and_reap(job);
		if (job->drop != NULL)
			job->drop(job->arg);
		release(job);
	}
}
