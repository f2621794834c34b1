#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>

#include "clock.h"
#include "output.h"
#include "request.h"

namespace mgm
{

/** One signal of a kill ladder, sent `steps` ladder steps after the previous one. */
struct Rung {
	int signal;
	int steps;
};

/** The reading side of one stream of a plugin. */
struct Stream {
	int fd = -1;
	Output output;
};

/** A plugin from its start until it is reaped. Belongs to one lane. */
struct Run {
	std::unique_ptr<Request> request;
	Stream out;
	Stream err;
	pid_t pid = 0;
	/** pidfd, opened only for runs that outlive their streams or kWatchAfter. */
	int pid_fd = -1;
	/** `si_code` of waitid(); 0 while the process runs and if its status is lost. */
	int end_code = 0;
	/** Exit code or signal. */
	int end_status = 0;
	struct rusage usage = {};
	int64_t started_wall = 0;
	int64_t started = 0;
	int64_t deadline = kNever;
	/** Next call of check_timers(). */
	int64_t wake_at = kNever;
	/** Next rung of the ladder; null while the run is not being killed. The last rung has signal 0. */
	const Rung *rung = nullptr;
	int64_t rung_at = kNever;
	/** pidfd_open() failed: the process is polled. */
	bool polled = false;
	/** The process has ended. */
	bool ended = false;
	/** The process id, also that of the group, may have been reused. */
	bool reaped = false;
	bool timed_out = false;
	bool aborted = false;
	/** JavaScript has its result. */
	bool delivered = false;
	/** JavaScript expects no further report; the process only has to be reaped. */
	bool forgotten = false;
	/** Time at which the process is reported as unkillable. */
	int64_t unkillable_at = kNever;
	/** To be freed by free_finished_runs(). */
	bool finished = false;
	/** Link in Lane::ending_. */
	Run *next_ending = nullptr;

	bool streams_ended() const { return out.fd < 0 && err.fd < 0; }
	bool is_killed() const { return rung != nullptr; }
};

} // namespace mgm
