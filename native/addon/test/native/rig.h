#pragma once

/*
 * The engine without JavaScript, and plugins of all kinds for it.
 */
#include <dirent.h>
#include <errno.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../../src/native/engine.h"

namespace test
{

constexpr double kTimeoutMs = 400;
constexpr int kLadderStepMs = 50;
constexpr uint32_t kKinds = 8;

/** For tests that make allocations fail: not those of the test itself. */
inline thread_local bool memory_may_fail = true;

struct Counts {
	int started = 0;
	/** For want of memory, without a result. */
	int refused = 0;
	int exited = 0;
	int signaled = 0;
	int failed = 0;
	int timed_out = 0;
	int aborted = 0;
	/** Of those that failed. */
	int without_memory = 0;
	/** Ended, and nothing is known of how. */
	int lost = 0;
	/** Of output. */
	int bytes = 0;

	void add(const Counts &other)
	{
		started += other.started;
		refused += other.refused;
		exited += other.exited;
		signaled += other.signaled;
		failed += other.failed;
		timed_out += other.timed_out;
		aborted += other.aborted;
		without_memory += other.without_memory;
		lost += other.lost;
		bytes += other.bytes;
	}
};

inline int open_descriptors()
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (folder != nullptr && readdir(folder) != nullptr)
		count++;
	closedir(folder);
	return count;
}

inline std::string request(uint32_t id, const std::vector<std::string> &argv, double timeout_ms)
{
	mgm::RequestHeader header = {};
	header.id = id;
	header.argc = static_cast<uint32_t>(argv.size());
	header.timeout_ms = timeout_ms;
	header.max_output_bytes = 100000;
	std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
	for (const std::string &word : argv)
		bytes.append(word.c_str(), word.size() + 1);
	return bytes;
}

/** Kinds of plugins, in turn. */
inline std::vector<std::string> plugin(uint32_t id)
{
	switch (id % kKinds) {
	case 0: return { "true" };
	case 1: return { "/not-there" };
	case 2: return { "/bin/sh", "-c", "head -c 300000 /dev/zero; echo e >&2; exit 2" };
	case 3: return { "/bin/sh", "-c", "kill -9 $$" };
	case 4: return { "/bin/sh", "-c", "trap '' TERM; sleep 5; sleep 5" };
	case 5: return { "/bin/sh", "-c", "exec >&- 2>&-; sleep 0.02; exit 1" };
	case 6: return { "/bin/sh", "-c", "sleep 0.5 & exit 3" };
	default: return { "/etc" };
	}
}

class Rig
{
public:
	explicit Rig(unsigned lanes)
		: engine_({ mgm::Environment::of_this_process(), lanes, kLadderStepMs }, [this] { wake(); })
	{
	}

	/** Takes the plugin of its kind on, or counts it as refused. */
	void start(uint32_t id) { start(id, plugin(id)); }

	void start(uint32_t id, const std::vector<std::string> &argv, double timeout_ms = kTimeoutMs)
	{
		std::string bytes = request(id, argv, timeout_ms);
		waiting_.insert(id);
		const bool before = std::exchange(memory_may_fail, true);
		bool refused = false;
		try {
			if (!engine_.submit(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()))
				abort();
		} catch (const std::bad_alloc &) {
			refused = true;
		}
		memory_may_fail = before;
		if (refused)
			waiting_.erase(id);
		counts.started += !refused;
		counts.refused += refused;
	}

	/** Takes results until at most `left` plugins are without one. */
	void take(size_t left)
	{
		while (waiting_.size() > left) {
			std::unique_lock<std::mutex> lock(mutex_);
			woken_.wait(lock, [this] { return is_woken_; });
			is_woken_ = false;
			lock.unlock();
			for (bool more = true; more;) {
				mgm::Results results;
				more = engine_.take(results, 7);
				for (const mgm::Result &result : results)
					note(result);
			}
		}
	}

	void abort_all(bool at_once) { engine_.abort_all(at_once); }

	Counts counts;

private:
	void wake()
	{
		std::lock_guard<std::mutex> lock(mutex_);
		is_woken_ = true;
		woken_.notify_one();
	}

	void note(const mgm::Result &result)
	{
		uint32_t flags = static_cast<uint32_t>(result.record.flags);
		if ((flags & (mgm::kGone | mgm::kUnkillable)) != 0)
			return;
		if (waiting_.erase(static_cast<uint32_t>(result.record.id)) != 1)
			abort(); // twice
		counts.exited += (flags & mgm::kExited) != 0;
		counts.signaled += (flags & mgm::kSignaled) != 0;
		counts.failed += (flags & mgm::kFailed) != 0;
		counts.timed_out += (flags & mgm::kTimedOut) != 0;
		counts.aborted += (flags & mgm::kAborted) != 0;
		counts.lost += (flags & (mgm::kExited | mgm::kSignaled | mgm::kFailed)) == 0;
		counts.bytes += static_cast<int>(result.out.length() + result.err.length());
		counts.without_memory += (flags & mgm::kFailed) != 0 && result.record.code == ENOMEM;
	}

	std::mutex mutex_;
	std::condition_variable woken_;
	bool is_woken_ = false;
	std::set<uint32_t> waiting_;
	mgm::Engine engine_; // last: its threads end first
};

} // namespace test
