/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pulse.h"

#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

void mgm_pulse_init(struct mgm_pulse *pulse, const struct mgm_core *core, void (*fire)(void *arg), void *arg)
{
	memset(pulse, 0, sizeof(*pulse));
	pulse->core = core;
	pulse->fd = -1;
	pulse->fire = fire;
	pulse->arg = arg;
}

static int on_readable(int fd, int events, void *arg)
{
	struct mgm_pulse *pulse = arg;
	uint64_t missed;

	(void)events;
	if (read(fd, &missed, sizeof(missed)) != (ssize_t)sizeof(missed))
		return 0;
	pulse->left--;
	pulse->fire(pulse->arg);
	if (pulse->left <= 0)
		mgm_pulse_stop(pulse);
	return 0;
}

void mgm_pulse_start(struct mgm_pulse *pulse)
{
	const struct timespec period = { 0, MGM_PULSE_MS * 1000000L };
	const struct itimerspec times = { period, period };
	void *iobs = *pulse->core->nagios_iobs;

	pulse->left = MGM_PULSES;
	if (pulse->fd >= 0 || iobs == NULL)
		return;
	pulse->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (pulse->fd < 0)
		return;
	if (timerfd_settime(pulse->fd, 0, &times, NULL) == 0 &&
	    pulse->core->iobroker_register(iobs, pulse->fd, pulse, on_readable) == 0)
		return;
	close(pulse->fd);
	pulse->fd = -1;
}

void mgm_pulse_stop(struct mgm_pulse *pulse)
{
	if (pulse->fd < 0)
		return;
	if (*pulse->core->nagios_iobs != NULL)
		pulse->core->iobroker_unregister(*pulse->core->nagios_iobs, pulse->fd);
	close(pulse->fd);
	pulse->fd = -1;
}
