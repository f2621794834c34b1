/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Where the bridge listens, and getting a connection to it. Nothing here blocks. */
#ifndef MGM_ENDPOINT_H
#define MGM_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Longest socket path, terminator included (sockaddr_un). */
#define MGM_ENDPOINT_BYTES 108
/** Name of the own folder of a core; the six X are random. The bridge removes such a folder at its end. */
#define MGM_ENDPOINT_FOLDER "mod_gearman-bridge-XXXXXX"

enum mgm_connect_rc {
	MGM_CONNECT_OK,
	MGM_CONNECT_ABSENT, /* no socket, or no process listens on it */
	MGM_CONNECT_LATER,  /* the listener's queue is full */
	MGM_CONNECT_REFUSED /* cannot be used: see `why` */
};

/**
 * The socket of a core's own bridge, in a folder that is the core's alone (0700, its own, no link):
 * 1. `path` as it is, if its folder is still such a one or can be made again,
 * 2. the one that an earlier load of this module in this process has kept,
 * 3. a new one with a random name below the first of `parents` that can be written and in which no other user can
 *    rename it. Files or folders that another user has put there cannot be in its way.
 *
 * @param parents NULL ended; NULL: $TMPDIR, $RUNTIME_DIRECTORY, folders below /run, /tmp
 * @param[in,out] path empty at first; unchanged after a failure
 * @return false with `why`; worth another try later
 */
bool mgm_endpoint_own(const char *const *parents, pid_t core_pid, char path[MGM_ENDPOINT_BYTES], char *why,
                      size_t why_size);
/** @return whether an earlier load of this module in this process had a socket of its own */
bool mgm_endpoint_is_kept(pid_t core_pid);
/** The core ends: removes socket and folder. A reload must not. */
void mgm_endpoint_remove(const char *path);
/** Use a configured path. @return false when it is too long or not absolute */
bool mgm_endpoint_given(const char *given, char path[MGM_ENDPOINT_BYTES], char *why, size_t why_size);
/** @param[out] fd non-blocking, close-on-exec stream to a peer of our own uid or root; only for MGM_CONNECT_OK */
enum mgm_connect_rc mgm_endpoint_connect(const char *path, int *fd, char *why, size_t why_size);
/** @return process id of who listens at the other end; 0 if it cannot be known */
pid_t mgm_endpoint_peer(int fd);

#endif
