/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The other side of spawn.c's vfork(): runs in the core's memory, so only async-signal-safe calls. */
#ifndef MGM_SPAWN_CHILD_H
#define MGM_SPAWN_CHILD_H

/**
 * Runs in the intermediate child with all signals blocked: new session, second fork, exec.
 *
 * @param path program, absolute
 * @param report write end of the pipe: the pid, and errno if exec fails
 */
_Noreturn void mgm_spawn_child(const char *path, char *const *argv, int report);

#endif
