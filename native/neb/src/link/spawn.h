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

#include "spawn_report.h"

/** A bridge that is alive but does not listen after this time is not waited for any longer. */
#define MGM_SPAWN_PATIENCE_MS 30000

/** Makes a zeroed struct safe for every call but mgm_spawn_try(). */
void mgm_spawn_clear(struct mgm_spawn *spawn);
/**
 * After mgm_spawn_clear(). What an earlier load of this module kept of its bridge (mgm_spawn_keep()) is taken over.
 *
 * @param command borrowed
 * @param delay_ms the first bridge is not started before
 * @return false without memory
 */
bool mgm_spawn_init(struct mgm_spawn *spawn, struct mgm_log *log, const struct mgm_clock *clock, const char *command,
                    char *const *extra, size_t extra_count, pid_t core_pid, int64_t delay_ms);
/**
 * Start one unless it is too early or the last one may still be coming up, or going down. After one that worked for two seconds it is never
 * too early, else the back-off is 2, 5, 10, 30 s.
 */
void mgm_spawn_try(struct mgm_spawn *spawn, const char *socket_path);
/** The bridge works: the back-off starts from the beginning. */
void mgm_spawn_succeeded(struct mgm_spawn *spawn);
/** The connection to a bridge that worked has gone: the next one is not started before its end is known, for two seconds. */
void mgm_spawn_lost(struct mgm_spawn *spawn);
/** In a forked child: close our descriptors there, nothing else. Async-signal-safe. */
void mgm_spawn_forget(struct mgm_spawn *spawn);
/** Does not touch a running bridge. */
void mgm_spawn_free(struct mgm_spawn *spawn);

#endif
