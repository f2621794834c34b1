/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Runs command lines in child processes, watched through the core's own broker set and timers. */
#ifndef TC_RUNNER_H
#define TC_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>

/** Commands that may run at once, and bytes kept of each output stream. */
#define TC_RUNNER_MAX 256
#define TC_RUNNER_OUTPUT_BYTES 65536

struct tc_run_result {
	struct timeval start, finish;
	int return_code;    /* exit code, 3 after a signal */
	bool exited_ok;     /* ended by itself */
	bool early_timeout; /* killed by us */
	const char *output; /* what it printed, or `(No output on stdout) stderr: …`, or NULL */
};

/**
 * Start `/bin/sh -c command_line` in a process group of its own.
 *
 * @param done called once from the loop, unless the runner is stopped before
 * @return false when TC_RUNNER_MAX run already or the system refuses
 */
bool tc_runner_start(const char *command_line, int timeout_seconds, void (*done)(const struct tc_run_result *, void *),
                     void (*drop)(void *), void *arg);

/** @return commands running now */
size_t tc_runner_running(void);

/** Kill everything that still runs and call `drop` instead of `done` for each. */
void tc_runner_stop(void);

#endif
