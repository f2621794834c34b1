#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "output.h"

namespace mgm {

/** Numbers of one report, in the order in which index.ts reads them. */
struct ResultRecord {
	double id;
	double flags;
	/** Exit code, signal or errno, as `flags` says. */
	double code;
	double step;
	/** Since 1970. */
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
/** The group is still being killed; a record with `kGone` and nothing else follows. */
constexpr uint32_t kLingers = 32;
constexpr uint32_t kGone = 64;
/** The usage is that of the reaped process. */
constexpr uint32_t kHasUsage = 128;
/** Long after its last signal the process is still there, `code` is its number; its result was told before. */
constexpr uint32_t kUnkillable = 256;

/** What JavaScript is told about one plugin. */
struct Result {
	ResultRecord record = {};
	Output out;
	Output err;
};

/** Moved from list to list, never copied: once a plugin is taken on, telling its end needs no memory. */
using Results = std::list<Result>;

} // namespace mgm
