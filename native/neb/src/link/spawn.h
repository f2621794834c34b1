/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Starting the bridge: double fork, own session, nothing inherited. The core keeps no child. Between core and bridge
 * stands a shell that waits for the bridge (the watcher): its report and the bridge's standard error come through
 * pipes that are read once a second, so the core's log says why a bridge ended.
 */
#ifndef MGM_SPAWN_H
#define MGM_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "lines.h"
#include "log.h"

/** A bridge that is alive but does not listen after this time is not waited for any longer. */
#define MGM_SPAWN_PATIENCE_MS 30000

struct mgm_spawn {
	struct mgm_log *log;           /* borrowed */
	const struct mgm_clock *clock; /* borrowed */
	char **argv;                   /* owned, NULL ended: that of the watcher; see spawn.c */
	size_t socket_at;              /* index of --bridge-socket= in argv */
	const char *command;           /* as configured, borrowed */
	pid_t core_pid;
	pid_t middle;                  /* intermediate child not reaped yet, or 0 */
	pid_t watcher;                 /* of the last bridge started, alive as long as that is, or 0 */
	struct mgm_lines report;       /* of the watcher, lines of enum mgm_spawn_report */
	struct mgm_lines errors;       /* standard error of bridge and watcher */
	int status;                    /* exit code of the bridge, to be logged after its last words; -1: none */
	unsigned int starts;           /* since the last success, picks the back-off */
	int64_t started_ms;
	int64_t next_ms;               /* not before */
};

/** Makes a zeroed struct safe for every call but mgm_spawn_try(). */
void mgm_spawn_clear(struct mgm_spawn *spawn);
/**
 * After mgm_spawn_clear(). What an earlier load of this module kept of its bridge (mgm_spawn_keep()) is taken over.
 *
 * @param command borrowed
 * @param delay_ms the first bridge is not started before
 * @return false without memory
 */
bool mgm_spawn_init(struct mgm_spawn *spawn, struct mgm_log *log, const struct mgm_clock *clock,
                    const char *command, char *const *extra, size_t extra_count, pid_t core_pid, int64_t delay_ms);
/** Start one unless it is too early (back-off 2, 5, 10, 30 s) or the last one may still be coming up. */
void mgm_spawn_try(struct mgm_spawn *spawn, const char *socket_path);
/** Once a second: reap the intermediate child, log what bridge and watcher have said. */
void mgm_spawn_tick(struct mgm_spawn *spawn);
/** The bridge works: the back-off starts from the beginning. */
void mgm_spawn_succeeded(struct mgm_spawn *spawn);
/** At a reload: leave the pipes of a running bridge to the next load of this module, which has the same descriptors. */
void mgm_spawn_keep(struct mgm_spawn *spawn);
/** In a forked child: close our descriptors there, nothing else. Async-signal-safe. */
void mgm_spawn_forget(struct mgm_spawn *spawn);
/** Does not touch a running bridge. */
void mgm_spawn_free(struct mgm_spawn *spawn);

#endif
