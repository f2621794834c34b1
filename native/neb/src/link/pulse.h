/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Twenty calls a second for a short time: what the one second tick would do too late. A timerfd, as cores time in whole seconds. */
#ifndef MGM_PULSE_H
#define MGM_PULSE_H

#include "layout/core.h"

/** Between two calls, milliseconds. */
#define MGM_PULSE_MS 50
/** Calls at most. */
#define MGM_PULSES 100

struct mgm_pulse {
	const struct mgm_core *core; /* borrowed */
	int fd;                      /* -1 while stopped */
	int left;
	void (*fire)(void *arg);
	void *arg;
};

void mgm_pulse_init(struct mgm_pulse *pulse, const struct mgm_core *core, void (*fire)(void *arg), void *arg);
/** Begin again with all calls. Without a descriptor nothing happens. */
void mgm_pulse_start(struct mgm_pulse *pulse);
/** Idempotent, allowed inside `fire`. Must be called before the module is unloaded, while the core's iobroker exists. */
void mgm_pulse_stop(struct mgm_pulse *pulse);

#endif
