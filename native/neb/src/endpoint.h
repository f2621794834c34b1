/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Where the bridge listens, and getting a connection to it. Nothing here blocks. */
#ifndef MGM_ENDPOINT_H
#define MGM_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Longest socket path, terminator included (sockaddr_un). */
#define MGM_ENDPOINT_BYTES 108

enum mgm_connect_rc {
	MGM_CONNECT_OK,
	MGM_CONNECT_NOBODY,  /* no socket, or nobody listens on it */
	MGM_CONNECT_LATER,   /* the listener's queue is full */
	MGM_CONNECT_REFUSED  /* cannot be used: see `why` */
};

/**
 * Path of a core's own bridge: `$TMPDIR/mod_gearman-<uid>/bridge-<core pid>.sock`. Makes the folder, and refuses
 * one that is a link, belongs to somebody else or is open to others.
 *
 * @param folder parent, NULL for $TMPDIR or /tmp
 */
bool mgm_endpoint_default(const char *folder, pid_t core_pid, char path[MGM_ENDPOINT_BYTES], char *why,
                          size_t why_size);
/** Use a configured path. @return false when it is too long or not absolute */
bool mgm_endpoint_given(const char *given, char path[MGM_ENDPOINT_BYTES], char *why, size_t why_size);
/** @param[out] fd non-blocking, close-on-exec stream to a peer of our own uid or root; only for MGM_CONNECT_OK */
enum mgm_connect_rc mgm_endpoint_connect(const char *path, int *fd, char *why, size_t why_size);

#endif
