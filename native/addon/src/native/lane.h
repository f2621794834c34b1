#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "child.h"
#include "lane_world.h"
#include "request.h"
#include "result.h"
#include "run.h"

namespace mgm {

/**
 * One thread that starts plugins, reads their output, watches their time and reaps them, all by itself, so that a
 * plugin costs no message between threads but its request and its result. Starting one stops the thread for as long
 * as the child needs to execute. It asks for memory when a plugin is submitted, when it starts and for its output;
 * without it the plugin is refused or its output cut, nothing else fails.
 */
class Lane {
public:
	/** @throws std::system_error without descriptors or threads */
	static std::shared_ptr<Lane> launch(std::shared_ptr<LaneWorld> world);
	/** Of the thread that lets go of it last: its own one when it was left behind. */
	~Lane();
	Lane(const Lane &) = delete;
	Lane &operator=(const Lane &) = delete;

	/** @throws std::bad_alloc nothing was submitted */
	void submit(std::unique_ptr<Request> request);
	/** Ends what was submitted so far. At once: the signals are sent when this returns. */
	void abort_all(bool at_once);
	/** Kills what runs and reaps it, for a second at most; nothing is delivered any more. The thread ends then. */
	void ask_to_stop();
	/** Waits for the end of the thread. A thread that has not ended by `until` is left behind; its plugins are killed. */
	void leave(int64_t until);
	/** Requests and runs. */
	size_t load() const { return load_.load(std::memory_order_relaxed); }
	/** For two ladder steps it has neither waited for something to do nor done anything: it hangs in a system call. */
	bool hangs(int64_t now) const;
	/** Gives what has not been started yet to another lane. */
	void hand_queue_to(Lane &other);

private:
	enum class AbortLevel { kNone, kGraceful, kAtOnce };

	explicit Lane(std::shared_ptr<LaneWorld> world);

	// lane.cc: the thread
	void loop();
	std::unique_ptr<Request> take_orders(bool &stopping);
	void poll(bool may_wait);
	void wake();
	void wake_up(std::unique_lock<std::mutex> &lock);
	void on_time(int64_t now);
	void flush();
	void bury();
	void end();
	void kill_all();

	// lane_start.cc: from a request to a process
	void start(std::unique_ptr<Request> request);
	bool open_streams(Run &run, int write_fds[2]);
	void close_stream(Stream &stream);
	Run &add_run();
	void drop_run();
	pid_t start_child(ChildPlan &plan, Run &run);
	void refuse(Request &request, int error, ChildStep step);
	void report_aborted(Request &request);

	// lane_end.cc: from a process to a result
	void read_stream(Run &run, Stream &stream, uint32_t events);
	void read_rest(Run &run);
	void streams_ended(Run &run);
	void retry_reaping(Run *ending);
	bool has_ended(Run &run);
	bool wait_for(Run &run, bool reaps);
	void watch(Run &run);
	void leader_gone(Run &run);
	void deliver(Run &run, bool lingers);
	void gone(Run &run);
	void forget(Run &run);
	void report_unkillable(Run &run);
	void remove(Run &run);
	void close_process(Run &run);

	// lane_kill.cc: timeouts and aborts
	void look(Run &run, int64_t now);
	void plan(Run &run);
	void begin_ladder(Run &run, const Rung *first, int64_t now);
	void climb(Run &run, int64_t now);
	bool signal_group(const Run &run, int signal);
	void hurry(Run &run);
	void ladder_ended(Run &run);
	void abort_run(Run &run, AbortLevel level, int64_t now);

	const std::shared_ptr<LaneWorld> world_;
	int epoll_fd_ = -1;
	int event_fd_ = -1;
	std::unique_ptr<ChildStarter> starter_;
	std::unique_ptr<char[]> chunk_;
	std::atomic<size_t> load_{0};
	/** When the thread was seen last, asleep or at work. */
	std::atomic<int64_t> seen_{monotonic_now()};

	/** Guards what other threads order. Nothing that waits is done under a lock: JavaScript's thread takes them too. */
	std::mutex orders_;
	std::list<std::unique_ptr<Request>> queue_;
	std::list<std::unique_ptr<Request>> aborted_;
	AbortLevel abort_ = AbortLevel::kNone;
	std::atomic<bool> sleeping_{false};
	bool stopping_ = false;

	/** Guards `runs_` and which of them are reaped or forgotten, so that no signal reaches a reused process id. */
	std::mutex table_;
	std::vector<std::unique_ptr<Run>> runs_;

	/** Streams at their end, process not reaped yet: it is about to end as a rule. */
	Run *ending_ = nullptr;
	Results results_;
	int64_t wake_at_ = kNever;
	bool has_dead_ = false;
	/** The thread is at its end. */
	std::atomic<bool> is_over_{false};
	std::thread thread_;
};

} // namespace mgm
