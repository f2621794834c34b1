#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>

#include "clock.h"
#include "output.h"
#include "request.h"

namespace mgm {

/** One signal of a kill ladder, `steps` ladder steps after the one before. */
struct Rung {
	int signal;
	int steps;
};

/** The reading side of one stream of a plugin. */
struct Stream {
	int fd = -1;
	Output output;
};

/** A plugin from its start until nothing is left to do for it. Belongs to one lane. */
struct Run {
	std::unique_ptr<Request> request;
	Stream out;
	Stream err;
	pid_t pid = 0;
	/** Tells of the end of the process; only for runs that do not end with their streams. */
	int pid_fd = -1;
	/** How the process ended, as `si_code` says; 0 while it runs and when that is lost. */
	int end_code = 0;
	/** Exit code or signal. */
	int end_status = 0;
	struct rusage usage = {};
	int64_t started_wall = 0;
	int64_t started = 0;
	int64_t deadline = kNever;
	/** When to look at it again. */
	int64_t wake_at = kNever;
	/** Next rung of the ladder, null while it is not being killed. At the top its signal is 0. */
	const Rung *rung = nullptr;
	int64_t rung_at = kNever;
	/** There was no descriptor for `pid_fd`: the process is looked at again and again. */
	bool polled = false;
	/** The process has ended. */
	bool ended = false;
	/** Its number, which is that of its group too, may be another one's by now. */
	bool reaped = false;
	bool timed_out = false;
	bool aborted = false;
	/** JavaScript has its result. */
	bool delivered = false;
	/** JavaScript does not wait for it any more: only the process table does. */
	bool forgotten = false;
	/** Killed in vain so far; when to say so. */
	int64_t unkillable_at = kNever;
	bool dead = false;
	/** In the list of those whose streams have ended. */
	Run *next_ending = nullptr;

	bool streams_ended() const { return out.fd < 0 && err.fd < 0; }
	bool is_killed() const { return rung != nullptr; }
};

} // namespace mgm
