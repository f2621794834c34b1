#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "run.h"

namespace mgm
{

/** Time limit for reaping all killed processes of a lane. */
constexpr int64_t kReapLimit = 1000 * kNanosPerMilli;
/** Time limit for stopping all lanes; longer than kReapLimit. */
constexpr int64_t kLaneStopLimit = 1500 * kNanosPerMilli;

constexpr size_t kChunkBytes = 64 * 1024;

/** Part of a run that an epoll event refers to. */
enum class RunPart : uint64_t { kOut = 0, kErr = 1, kProcess = 2 };

constexpr uint64_t kPartBits = 3;
static_assert(alignof(Run) > kPartBits, "the low bits of the address must be free for the part");

/** Address and part in one number, since epoll stores a single one. */
inline uint64_t mark(Run &run, RunPart part)
{
	return reinterpret_cast<uint64_t>(&run) | static_cast<uint64_t>(part);
}

inline std::pair<Run *, RunPart> unmark(uint64_t data)
{
	return { reinterpret_cast<Run *>(data & ~kPartBits), static_cast<RunPart>(data & kPartBits) };
}

} // namespace mgm
