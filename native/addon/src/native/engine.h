#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lane.h"

namespace mgm
{

/** Distributes requests over lanes and keeps results until they are fetched. */
class Engine
{
public:
	struct Options {
		/** "NAME=value" strings, each with its NUL. */
		std::string environment;
		unsigned lanes;
		double ladder_step_ms;
	};

	/**
	 * @param wake see ResultQueue
	 * @throws std::system_error if descriptors or threads are exhausted
	 */
	Engine(Options options, std::function<void()> wake);
	/** Stops the lanes; one that does not stop in time is detached and its plugins are killed. Then `wake` is not called. */
	~Engine();
	Engine(const Engine &) = delete;
	Engine &operator=(const Engine &) = delete;

	/**
	 * @return false if `bytes` is not a valid request or a string holds a NUL byte
	 * @throws std::bad_alloc nothing was submitted
	 */
	bool submit(const uint8_t *bytes, size_t length);
	void abort_all(bool at_once);
	bool take(Results &results, size_t count) { return world_->results.take(results, count); }

private:
	Lane *pass_over_hanging(Lane *best, int64_t now);
	void end();

	std::shared_ptr<LaneWorld> world_;
	std::vector<std::shared_ptr<Lane>> lanes_;
};

} // namespace mgm
