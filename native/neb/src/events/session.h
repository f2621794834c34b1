/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The conversation with the bridge: connecting, settings, answers to events, loss of the connection. */
#ifndef MGM_SESSION_H
#define MGM_SESSION_H

#include "module.h"

/** Once, before everything else here. */
void mgm_session_prepare(struct mgm_module *m);
/** At EVENTLOOPSTART: first attempt to connect, the tick, the spawning. */
void mgm_session_start(struct mgm_module *m);
/**
 * At EVENTLOOPEND: apply what has arrived, acknowledge, stop the timers, send BYE. Idempotent.
 *
 * @param last_events more events follow: no BYE yet, the connection stays open for them, out of the core's iobroker
 */
void mgm_session_end(struct mgm_module *m, bool last_events);
/**
 * Before that: a core that ends right after its start has exports that nothing is known about. A bridge that is connected
 * names within milliseconds what it wants; waits at most 100 ms for it.
 */
void mgm_session_await_settings(struct mgm_module *m);
/** Send what is left, then BYE, where mgm_session_end() has left the connection open. Idempotent. */
void mgm_session_close(struct mgm_module *m);
/** Once a second. */
void mgm_session_tick(struct mgm_module *m);
/** Go on with what was cut into slices: checks of a lost connection given back, then waiting events sent. */
void mgm_session_slice(struct mgm_module *m);
/** Send waiting events as far as the bridge's window, the backlog and a slice of time allow. */
void mgm_session_pump(struct mgm_module *m);
/** As mgm_policy_phase(); away while checks of a lost connection are still to be given back. */
enum mgm_phase mgm_session_phase(const struct mgm_module *m);
/** Handlers for mgm_link_init(). */
extern const struct mgm_link_events mgm_session_events;

#endif
