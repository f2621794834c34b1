/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Bytes of a link: between link.c and the socket. */
#ifndef MGM_LINK_IO_H
#define MGM_LINK_IO_H

#include "link.h"

/** Read once, at most `chunk` bytes. @return false when there was nothing, or the link died */
bool mgm_link_receive(struct mgm_link *link, size_t chunk);
/** Write what the socket takes of the backlog, ask for writability while some is left. */
void mgm_link_flush(struct mgm_link *link);
/** Wait, bounded, until the peer has closed its end; what it still sends is thrown away, unacknowledged. */
void mgm_link_linger(struct mgm_link *link);
/** Unregister, shut down and close everything; keeps state and reason. Safe when the core has no iobroker any more. */
void mgm_link_close_fds(struct mgm_link *link);
/** Take down a dead link, then tell `down`. */
void mgm_link_bury(struct mgm_link *link);

#endif
