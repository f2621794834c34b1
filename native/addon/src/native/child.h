#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>

#include "request.h"

namespace mgm {

/** What was done when a child could not become the plugin; numbers as in index.ts. */
enum class ChildStep : int { kStart = 0, kGroup = 1, kLimits = 2, kCgroup = 3, kUser = 4 };

/** What a child reads, and where it says why it failed: it shares the memory of its parent until it executes. */
struct ChildPlan {
	Request *request;
	int null_fd;
	int stdout_fd;
	int stderr_fd;
	/** Signals whose "ignore" would be inherited. */
	const sigset_t *ignored;
	volatile int error;
	volatile ChildStep step;
	/** Set by the starter: the process that the child must not outlive. */
	pid_t parent = 0;
};

/**
 * Starts children as vfork() does: nothing is copied, the calling thread stands still until the child has executed or
 * failed, all others go on. One per thread. All signals must be blocked in that thread.
 */
class ChildStarter {
public:
	/** @throws std::bad_alloc */
	ChildStarter();
	~ChildStarter();
	ChildStarter(const ChildStarter &) = delete;
	ChildStarter &operator=(const ChildStarter &) = delete;

	/** @return the process, also when `plan.error` is set, to be waited for; or -1 with errno */
	pid_t start(ChildPlan &plan);

private:
	char *stack_;
	const pid_t process_;
	bool has_clone3_ = true;
};

} // namespace mgm
