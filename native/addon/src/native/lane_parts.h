#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "run.h"

namespace mgm {

/** With processes that were killed to be reaped, all of a lane together. */
constexpr int64_t kPatienceWithProcesses = 1000 * kNanosPerMilli;
/** With lanes to end, all together. Longer than one waits for its processes. */
constexpr int64_t kPatienceWithLane = 1500 * kNanosPerMilli;

constexpr size_t kChunkBytes = 64 * 1024;

/** What of a run an event is about. */
enum class RunPart : uint64_t { kOut = 0, kErr = 1, kProcess = 2 };

constexpr uint64_t kPartBits = 3;
static_assert(alignof(Run) > kPartBits, "the address has room for the part");

/** Both in one number, as epoll keeps only one. */
inline uint64_t mark(Run &run, RunPart part)
{
	return reinterpret_cast<uint64_t>(&run) | static_cast<uint64_t>(part);
}

inline std::pair<Run *, RunPart> unmark(uint64_t data)
{
	return {reinterpret_cast<Run *>(data & ~kPartBits), static_cast<RunPart>(data & kPartBits)};
}

} // namespace mgm
