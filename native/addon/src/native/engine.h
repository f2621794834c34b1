#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lane.h"

namespace mgm {

/** Spreads requests over lanes and collects their results until JavaScript fetches them. */
class Engine : public ResultSink {
public:
	struct Options {
		/** "NAME=value" strings, each with its NUL. */
		std::string environment;
		unsigned lanes;
		double ladder_step_ms;
	};

	/**
	 * @param wake called on any thread when there are results and `take` has not been called since the last time
	 * @throws std::system_error without descriptors or threads
	 */
	Engine(Options options, std::function<void()> wake);
	~Engine() override;

	/**
	 * @return false when `bytes` are no request or hold a NUL byte within a string
	 * @throws std::bad_alloc nothing was submitted
	 */
	bool submit(const uint8_t *bytes, size_t length);
	void abort_all(bool at_once);
	/** Up to `count` results, oldest first, appended to `results`. @return whether there are more */
	bool take(Results &results, size_t count);

	void deliver(Results &results) override;

private:
	Environment environment_;
	LaneSettings settings_ = {};
	std::function<void()> wake_;
	std::mutex mutex_;
	Results ready_;
	bool woken_ = false;
	/** Last, so that their threads end before the rest goes. */
	std::vector<std::unique_ptr<Lane>> lanes_;
};

} // namespace mgm
