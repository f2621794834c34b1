/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Starting the bridge: double fork, own session, nothing inherited. The core keeps no child, we keep the
 * bridge's pid only to not start a second one beside it.
 */
#ifndef MGM_SPAWN_H
#define MGM_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "log.h"

/** A bridge that is alive but does not listen after this time is not waited for any longer. */
#define MGM_SPAWN_PATIENCE_MS 30000

struct mgm_spawn {
	struct mgm_log *log;           /* borrowed */
	const struct mgm_clock *clock; /* borrowed */
	char **argv;                   /* owned, NULL ended; argv[0] as configured */
	pid_t middle;                  /* intermediate child not reaped yet, or 0 */
	pid_t bridge;                  /* last bridge started, or 0 */
	int report;                    /* pipe from the child: pid, then errno of a failed exec; or -1 */
	unsigned int starts;           /* since the last success, picks the back-off */
	int64_t started_ms;
	int64_t next_ms;               /* not before */
};

/** @return false without memory */
bool mgm_spawn_init(struct mgm_spawn *spawn, struct mgm_log *log, const struct mgm_clock *clock,
                    const char *command, char *const *extra, size_t extra_count, const char *socket_path,
                    pid_t core_pid);
/** Start one unless it is too early (back-off 2, 5, 10, 30 s) or the last one may still be coming up. */
void mgm_spawn_try(struct mgm_spawn *spawn);
/** Once a second: reap the intermediate child, hear about a failed exec. */
void mgm_spawn_tick(struct mgm_spawn *spawn);
/** The bridge works: the back-off starts from the beginning. */
void mgm_spawn_succeeded(struct mgm_spawn *spawn);
/** Does not touch a running bridge. */
void mgm_spawn_free(struct mgm_spawn *spawn);

#endif
