/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The way to a bridge: its socket, starting one of our own, the greeting. */
#ifndef MGM_CONNECT_H
#define MGM_CONNECT_H

#include "module.h"

/** Once, before everything else here. */
void mgm_connect_prepare(struct mgm_module *m);
/** At EVENTLOOPSTART. */
void mgm_connect_start(struct mgm_module *m);
/** One attempt, if there is no connection; without a bridge one of our own is started, as its back-off allows. For the tick. */
void mgm_connect_try(struct mgm_module *m);
/** A bridge that worked has gone: do not wait for the tick, neither with starting another nor with connecting to it. */
void mgm_connect_hurry(struct mgm_module *m);
/**
 * A connection has ended. A bridge of our own that hangs still has its socket, so no other one would be started: after two
 * silent connections in a row (30 s) it is killed.
 */
void mgm_connect_lost(struct mgm_module *m);

#endif
