#pragma once

#include <time.h>

#include <cstdint>

namespace mgm
{

constexpr int64_t kNanosPerMilli = 1000000;
constexpr int64_t kNever = INT64_MAX;

inline int64_t read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

/** Nanoseconds of CLOCK_MONOTONIC, used for all times inside the engine. */
inline int64_t monotonic_now()
{
	return read_clock(CLOCK_MONOTONIC);
}

/** Nanoseconds since 1970; read once per plugin, to which durations are added. */
inline int64_t wall_now()
{
	return read_clock(CLOCK_REALTIME);
}

} // namespace mgm
