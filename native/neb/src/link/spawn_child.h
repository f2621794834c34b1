/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The other side of spawn.c's vfork(): runs in the core's memory, so only async-signal-safe calls. */
#ifndef MGM_SPAWN_CHILD_H
#define MGM_SPAWN_CHILD_H

/** Descriptor of the watcher on which it reports; the bridge itself does not get it. */
#define MGM_SPAWN_REPORT_FD 3

/** What a report line begins with; a decimal number and a line feed follow. */
enum mgm_spawn_report {
	MGM_SPAWN_PID = 'p',   /* pid of the watcher */
	MGM_SPAWN_CLONE = 'c', /* errno of a failed clone() */
	MGM_SPAWN_FDS = 'f',   /* errno: the descriptors could not be arranged */
	MGM_SPAWN_EXEC = 'e',  /* errno of a failed exec */
	MGM_SPAWN_STATUS = 'x' /* exit code of the bridge as a shell gives it: 128 + signal after a signal */
};

struct mgm_spawn_start {
	char *const *watcher; /* argv of the watcher, `/bin/sh` first */
	char *const *bridge;  /* argv of the bridge alone, absolute path first; used where there is no shell */
	int report;           /* write end of the pipe for report lines */
	int errors;           /* write end of the pipe that becomes standard error */
};

/**
 * Runs in the intermediate child with all signals blocked: new session, second fork, exec. Touches no descriptor of
 * the core: its own copies of them are closed before anything is written.
 */
_Noreturn void mgm_spawn_child(const struct mgm_spawn_start *start);

#endif
