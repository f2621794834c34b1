#pragma once

#include <signal.h>

#include <cstdint>
#include <functional>
#include <string>

#include "request.h"
#include "result_queue.h"

namespace mgm
{

/** State shared by all lanes of an engine. A detached lane may keep it alive longer than the engine. */
struct LaneWorld {
	/**
	 * @param environment_block "NAME=value" strings, each with its NUL
	 * @throws std::system_error if descriptors are exhausted
	 */
	LaneWorld(std::string environment_block, double ladder_step_ms, std::function<void()> wake);
	~LaneWorld();
	LaneWorld(const LaneWorld &) = delete;
	LaneWorld &operator=(const LaneWorld &) = delete;

	const Environment environment;
	/** Signals that this process ignores and plugins must not. */
	const sigset_t ignored;
	/** Nanoseconds between two rungs of a ladder. */
	const int64_t ladder_step;
	int null_fd;
	ResultQueue results;
};

} // namespace mgm
