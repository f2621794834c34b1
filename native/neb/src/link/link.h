/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * One connection to the bridge, driven by the core's iobroker and a one second tick. Never blocks. Knows frames,
 * handshake, heartbeat, back-pressure and fairness; the session interprets the messages.
 *
 * Re-entrancy: a handler may call mgm_link_send() at any time, also from within `message`. A failure there only
 * marks the connection dead; it is taken down at the end of the outermost call.
 */
#ifndef MGM_LINK_H
#define MGM_LINK_H

#include "link_io.h"

/** Own heartbeat, milliseconds; the smaller of both sides' counts. */
#define MGM_LINK_HEARTBEAT_MS 5000u
/** Unsent bytes at most: events wait in the outbox above MGM_LINK_BACKLOG, so more is a fault. */
#define MGM_LINK_MAX_UNSENT (MGM_LINK_BACKLOG + 2 * MGM_FRAME_MAX_BODY)
/**
 * What one go at incoming messages may take: messages, microseconds (neb-module.md 6.1). Sending at its end comes on top: together
 * they stay below a millisecond.
 */
#define MGM_LINK_BUDGET_MESSAGES 200u
#define MGM_LINK_BUDGET_US 700

/** After BYE: how long to wait at most for the bridge to have read it, milliseconds. */
#define MGM_LINK_LINGER_MS 100

void mgm_link_init(struct mgm_link *link, const struct mgm_core *core, const struct mgm_clock *clock,
                   const struct mgm_link_events *events, void *arg);
/**
 * Take over a connected non-blocking socket and send `hello`.
 *
 * @return false when the core's iobroker refuses it; fd is closed then, `down` is not called
 */
bool mgm_link_attach(struct mgm_link *link, int fd, const struct mgm_frame *hello);
/** Once a second: heartbeat, silence, closing dead connections. */
void mgm_link_tick(struct mgm_link *link);
/** Process everything that has arrived, without a budget. For EVENTLOOPEND. */
void mgm_link_drain(struct mgm_link *link);
/** Take it out of the core's iobroker and stop its timers. Only sending is possible from now on. For EVENTLOOPEND only. */
void mgm_link_detach(struct mgm_link *link);
/**
 * Send BYE and close; calls `down`. Idempotent. For EVENTLOOPEND only.
 *
 * @param may_wait an acknowledgement may be among what the bridge has not read yet. If there is anything, wait up to
 *                 `linger_ms` for it to be read: a bridge that is just writing would otherwise see a broken pipe before
 *                 it has read that, and the next load of this module does not know which results were applied
 * @return whether the bridge has read all that was sent before, as far as it was looked at
 */
bool mgm_link_bye(struct mgm_link *link, enum mgm_bye reason, bool may_wait);

#endif
