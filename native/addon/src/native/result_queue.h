#pragma once

#include <functional>
#include <mutex>

#include "result.h"

namespace mgm {

/** Results of all lanes, until JavaScript fetches them. */
class ResultQueue {
public:
	/** @param wake called on a lane's thread when there are results and `take` has not been called since the last time */
	explicit ResultQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

	/** Empties `results`. Lane threads. */
	void deliver(Results &results);
	/** Up to `count` results, oldest first, appended to `results`. @return whether there are more */
	bool take(Results &results, size_t count);
	/** `wake` is not called any more once this has returned. */
	void close();

private:
	std::mutex mutex_;
	std::function<void()> wake_;
	Results ready_;
	bool woken_ = false;
};

} // namespace mgm
