#pragma once

#include <functional>
#include <mutex>

#include "result.h"

namespace mgm
{

/** Results of all lanes until JavaScript fetches them. */
class ResultQueue
{
public:
	/** @param wake called on a lane's thread for the first result after each take() that emptied the queue */
	explicit ResultQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

	/** Empties `results`. Lane threads. */
	void deliver(Results &results);
	/** Appends up to `count` results, oldest first. @return true if more are queued */
	bool take(Results &results, size_t count);
	/** After this has returned `wake` is not called. */
	void close();

private:
	std::mutex mutex_;
	std::function<void()> wake_;
	Results ready_;
	bool woken_ = false;
};

} // namespace mgm
