/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A started bridge and its watcher: what comes back from them, and where its pipes are during a reload. */
#ifndef MGM_SPAWN_REPORT_H
#define MGM_SPAWN_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "lines.h"
#include "log.h"

struct mgm_spawn {
	struct mgm_log *log;           /* borrowed */
	const struct mgm_clock *clock; /* borrowed */
	char **argv;                   /* owned, NULL ended: that of the watcher; see spawn.c */
	size_t socket_at;              /* index of --bridge-socket= in argv */
	const char *command;           /* as configured, borrowed */
	pid_t core_pid;
	pid_t middle;            /* intermediate child not reaped yet, or 0 */
	pid_t watcher;           /* of the last bridge started, alive as long as that is, or 0 */
	struct mgm_lines report; /* of the watcher, lines of enum mgm_spawn_report */
	struct mgm_lines errors; /* standard error of bridge and watcher */
	int status;              /* exit code of the bridge, to be logged after its last words; -1: none */
	unsigned int starts;     /* since the last success, picks the back-off */
	int64_t started_ms;
	int64_t next_ms;  /* not before */
	int64_t going_ms; /* until then the end of the last bridge is waited for; 0: it is not */
};

/** Once a second: reap the intermediate child, log what bridge and watcher have written. */
void mgm_spawn_tick(struct mgm_spawn *spawn);
/** Take over the pipes that an earlier load kept with mgm_spawn_keep(), if they are still there. */
void mgm_spawn_adopt(struct mgm_spawn *spawn);
/** At a reload: leave the pipes of a running bridge to the next load of this module, which has the same descriptors. */
void mgm_spawn_keep(struct mgm_spawn *spawn);

#endif
