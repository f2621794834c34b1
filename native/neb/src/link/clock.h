/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Time, replaceable in tests. */
#ifndef MGM_CLOCK_H
#define MGM_CLOCK_H

#include <stdint.h>

struct mgm_clock {
	int64_t (*steady_us)(void *arg); /* monotonic, microseconds */
	int64_t (*wall_us)(void *arg);   /* microseconds since 1970 */
	void *arg;
};

/** The clocks of the system. */
extern const struct mgm_clock mgm_system_clock;

static inline int64_t mgm_steady_us(const struct mgm_clock *clock)
{
	return clock->steady_us(clock->arg);
}

static inline int64_t mgm_steady_ms(const struct mgm_clock *clock)
{
	return clock->steady_us(clock->arg) / 1000;
}

static inline int64_t mgm_wall_us(const struct mgm_clock *clock)
{
	return clock->wall_us(clock->arg);
}

#endif
