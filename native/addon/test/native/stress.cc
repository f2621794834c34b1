/*
 * The engine without JavaScript, to be compiled with sanitizers: plugins of all kinds at once, aborts in between, engines
 * that end while plugins run. Prints counts; fails when a result is missing, a descriptor or a child is left.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "../../src/native/engine.h"

namespace {

constexpr double kTimeoutMs = 400;

struct Counts {
	int started = 0;
	int exited = 0;
	int signaled = 0;
	int failed = 0;
	int timed_out = 0;
	int aborted = 0;
};

int open_descriptors()
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while (folder != nullptr && readdir(folder) != nullptr)
		count++;
	closedir(folder);
	return count;
}

std::string request(uint32_t id, const std::vector<std::string> &argv)
{
	mgm::RequestHeader header = {};
	header.id = id;
	header.argc = static_cast<uint32_t>(argv.size());
	header.timeout_ms = kTimeoutMs;
	header.max_output_bytes = 100000;
	std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
	for (const std::string &word : argv)
		bytes.append(word.c_str(), word.size() + 1);
	return bytes;
}

/** Kinds of plugins, in turn. */
std::vector<std::string> plugin(uint32_t id)
{
	switch (id % 8) {
	case 0:
		return {"true"};
	case 1:
		return {"/not-there"};
	case 2:
		return {"/bin/sh", "-c", "head -c 300000 /dev/zero; echo e >&2; exit 2"};
	case 3:
		return {"/bin/sh", "-c", "kill -9 $$"};
	case 4:
		return {"/bin/sh", "-c", "trap '' TERM; sleep 5; sleep 5"};
	case 5:
		return {"/bin/sh", "-c", "exec >&- 2>&-; sleep 0.02; exit 1"};
	case 6:
		return {"/bin/sh", "-c", "sleep 0.5 & exit 3"};
	default:
		return {"/etc"};
	}
}

class Rig {
public:
	explicit Rig(unsigned lanes) : engine_({mgm::Environment::of_this_process(), lanes, 50}, [this] { wake(); }) {}

	void start(uint32_t id)
	{
		std::string bytes = request(id, plugin(id));
		if (!engine_.submit(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()))
			abort();
		counts.started++;
		waiting_.insert(id);
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
				std::vector<mgm::Result> results;
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
		if ((flags & mgm::kGone) != 0)
			return;
		if (waiting_.erase(static_cast<uint32_t>(result.record.id)) != 1)
			abort(); // twice
		counts.exited += (flags & mgm::kExited) != 0;
		counts.signaled += (flags & mgm::kSignaled) != 0;
		counts.failed += (flags & mgm::kFailed) != 0;
		counts.timed_out += (flags & mgm::kTimedOut) != 0;
		counts.aborted += (flags & mgm::kAborted) != 0;
	}

	std::mutex mutex_;
	std::condition_variable woken_;
	bool is_woken_ = false;
	std::set<uint32_t> waiting_;
	mgm::Engine engine_; // last: its threads end first
};

void run(unsigned lanes, uint32_t plugins, bool finish, Counts &total)
{
	Rig rig(lanes);
	for (uint32_t id = 0; id < plugins; id++) {
		rig.start(id);
		rig.take(40);
		if (id % 97 == 96)
			rig.abort_all(id % 2 == 0);
	}
	if (finish)
		rig.take(0);
	total.started += rig.counts.started;
	total.exited += rig.counts.exited;
	total.signaled += rig.counts.signaled;
	total.failed += rig.counts.failed;
	total.timed_out += rig.counts.timed_out;
	total.aborted += rig.counts.aborted;
}

} // namespace

int main()
{
	int before = open_descriptors();
	Counts total;
	for (unsigned lanes = 1; lanes <= 3; lanes++) {
		run(lanes, 300, true, total);
		run(lanes, 60, false, total);
	}
	int left = open_descriptors() - before;
	int child = waitpid(-1, nullptr, WNOHANG);
	printf("started %d exited %d signaled %d failed %d timedOut %d aborted %d descriptors %d children %s\n", total.started,
	       total.exited, total.signaled, total.failed, total.timed_out, total.aborted, left,
	       child < 0 && errno == ECHILD ? "none" : "left");
	return left == 0 && child < 0 ? 0 : 1;
}
