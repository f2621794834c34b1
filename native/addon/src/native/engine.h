#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lane.h"

namespace mgm {

/** Spreads requests over lanes and keeps their results until they are fetched. */
class Engine {
public:
	struct Options {
		/** "NAME=value" strings, each with its NUL. */
		std::string environment;
		unsigned lanes;
		double ladder_step_ms;
	};

	/**
	 * @param wake see ResultQueue
	 * @throws std::system_error without descriptors or threads
	 */
	Engine(Options options, std::function<void()> wake);
	/** Ends the lanes. One that does not end in time is left behind, its plugins are killed; `wake` is not called any more. */
	~Engine();
	Engine(const Engine &) = delete;
	Engine &operator=(const Engine &) = delete;

	/**
	 * @return false when `bytes` are no request or hold a NUL byte within a string
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
