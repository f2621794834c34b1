#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>

#include "request.h"

namespace mgm
{

/** Step at which a child failed to become the plugin; same numbers as in index.ts. */
enum class ChildStep : int { kStart = 0, kGroup = 1, kLimits = 2, kCgroup = 3, kUser = 4 };

/** Input of a child, and its error: until execve() the child shares the memory of its parent. */
struct ChildPlan {
	Request *request;
	int null_fd;
	int stdout_fd;
	int stderr_fd;
	/** Signals whose disposition SIG_IGN would be inherited. */
	const sigset_t *ignored;
	volatile int error;
	volatile ChildStep step;
	/** Process that the child must not outlive; set by ChildStarter. */
	pid_t parent = 0;
};

/**
 * Starts children like vfork(): no memory is copied, and only the calling thread is suspended until the child has called
 * execve() or failed. One instance per thread. All signals must be blocked in that thread.
 */
class ChildStarter
{
public:
	/** @throws std::bad_alloc */
	ChildStarter();
	~ChildStarter();
	ChildStarter(const ChildStarter &) = delete;
	ChildStarter &operator=(const ChildStarter &) = delete;

	/** @return the process id, which the caller must reap even if `plan.error` is set; -1 with errno if there is no process */
	pid_t start(ChildPlan &plan);

private:
	char *stack_;
	const pid_t process_;
	bool has_clone3_ = true;
};

} // namespace mgm
