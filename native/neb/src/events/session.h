/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The conversation with the bridge: connecting, settings, answers to events, loss of the connection. */
#ifndef MGM_SESSION_H
#define MGM_SESSION_H

#include "module.h"

/** At EVENTLOOPSTART: first attempt to connect, the tick, the spawning. */
void mgm_session_start(struct mgm_module *m);
/** At EVENTLOOPEND: apply what has arrived, acknowledge, send BYE, stop the timers. Idempotent. */
void mgm_session_end(struct mgm_module *m);
/** Once a second. */
void mgm_session_tick(struct mgm_module *m);
/** Send waiting events as far as the bridge's window and the backlog allow. */
void mgm_session_pump(struct mgm_module *m);
enum mgm_phase mgm_session_phase(const struct mgm_module *m);
/** Handlers for mgm_link_init(). */
extern const struct mgm_link_events mgm_session_events;

#endif
