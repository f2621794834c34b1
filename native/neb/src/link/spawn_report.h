/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What comes back from a started bridge and its watcher, for spawn.c only. */
#ifndef MGM_SPAWN_REPORT_H
#define MGM_SPAWN_REPORT_H

#include "spawn.h"

/** Read what both pipes have, a bounded amount; the end of the bridge is logged after its last words. */
void mgm_spawn_listen(struct mgm_spawn *spawn);
/** Take over the pipes that an earlier load kept with mgm_spawn_keep(), if they are still there. */
void mgm_spawn_adopt(struct mgm_spawn *spawn);

#endif
