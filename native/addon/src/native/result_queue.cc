#include "result_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mgm
{

void ResultQueue::deliver(Results &results)
{
	std::lock_guard<std::mutex> lock(mutex_);
	ready_.splice(ready_.end(), results);
	// under the lock: `wake` may be invalid once close() has returned
	if (!std::exchange(woken_, true) && wake_)
		wake_();
}

bool ResultQueue::take(Results &results, size_t count)
{
	std::lock_guard<std::mutex> lock(mutex_);
	auto taken = std::next(ready_.begin(), static_cast<ptrdiff_t>(std::min(count, ready_.size())));
	results.splice(results.end(), ready_, ready_.begin(), taken);
	woken_ = !ready_.empty();
	return woken_;
}

void ResultQueue::close()
{
	std::lock_guard<std::mutex> lock(mutex_);
	wake_ = nullptr;
}

} // namespace mgm
