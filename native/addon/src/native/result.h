#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "output.h"

namespace mgm
{

/** One report, in the order in which index.ts reads the numbers. */
struct ResultRecord {
	double id;
	double flags;
	/** Exit code, signal or errno, depending on `flags`. */
	double code;
	double step;
	/** Microseconds since 1970. */
	double started_micros;
	double finished_micros;
	double user_micros;
	double system_micros;
	double max_rss_bytes;
	double stdout_bytes;
	double stderr_bytes;
	double truncated_bytes;
};
constexpr size_t kRecordNumbers = sizeof(ResultRecord) / sizeof(double);

/** Bits of `ResultRecord::flags`. */
constexpr uint32_t kExited = 1;
constexpr uint32_t kSignaled = 2;
constexpr uint32_t kFailed = 4;
constexpr uint32_t kTimedOut = 8;
constexpr uint32_t kAborted = 16;
/** The group is still being killed; a record with only `kGone` follows. */
constexpr uint32_t kLingers = 32;
constexpr uint32_t kGone = 64;
/** The usage fields are valid. */
constexpr uint32_t kHasUsage = 128;
/** Process survived the last signal; `code` is its pid. Its result has already been delivered. */
constexpr uint32_t kUnkillable = 256;

/** One report to JavaScript. */
struct Result {
	ResultRecord record = {};
	Output out;
	Output err;
};

/** Nodes are moved between lists, never copied: reporting the end of an accepted plugin allocates nothing. */
using Results = std::list<Result>;

} // namespace mgm
