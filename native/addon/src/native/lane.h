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

namespace mgm
{

/**
 * One thread that starts plugins, reads their output, watches their timeouts and reaps them, so that a plugin costs no
 * message between threads except its request and its result. Starting a plugin suspends the thread until the child has
 * called execve(). Memory is allocated when a plugin is submitted, when it starts and for its output; if memory is
 * short the plugin is refused or its output truncated, and nothing else fails.
 */
class Lane
{
public:
	/** @throws std::system_error if descriptors or threads are exhausted */
	static std::shared_ptr<Lane> launch(std::shared_ptr<LaneWorld> world);
	/** Runs on the thread that releases the lane last: its own thread if it was detached. */
	~Lane();
	Lane(const Lane &) = delete;
	Lane &operator=(const Lane &) = delete;

	/** @throws std::bad_alloc nothing was submitted */
	void submit(std::unique_ptr<Request> request);
	/** Aborts everything submitted so far. With `at_once` the signals have been sent when this returns. */
	void abort_all(bool at_once);
	/** Requests the end of the thread: it kills and reaps its plugins for at most a second and delivers no further results. */
	void ask_to_stop();
	/** Waits for the end of the thread. A thread that has not ended by `until` is detached and its plugins are killed. */
	void leave(int64_t until);
	/** Number of queued requests and runs. */
	size_t load() const { return load_.load(std::memory_order_relaxed); }
	/** True if the thread has neither slept nor completed a turn for two ladder steps: it hangs in a system call. */
	bool hangs(int64_t now) const;
	/** Moves requests that have not been started to another lane. */
	void hand_queue_to(Lane &other);

private:
	enum class AbortLevel { kNone, kGraceful, kAtOnce };

	explicit Lane(std::shared_ptr<LaneWorld> world);

	// lane.cc: the thread
	void loop();
	std::unique_ptr<Request> take_commands(bool &stopping);
	void poll(bool may_wait);
	void wake();
	void wake_up(std::unique_lock<std::mutex> &lock);
	void run_timers(int64_t now);
	void flush();
	void free_finished_runs();
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
	void check_ending(Run *ending);
	bool has_ended(Run &run);
	bool wait_for(Run &run, bool reaps);
	void watch(Run &run);
	void leader_gone(Run &run);
	void deliver(Run &run, bool lingers);
	void report_gone(Run &run);
	void forget(Run &run);
	void report_unkillable(Run &run);
	void remove(Run &run);
	void close_process(Run &run);

	// lane_kill.cc: timeouts and aborts
	void check_timers(Run &run, int64_t now);
	void schedule(Run &run);
	void begin_ladder(Run &run, const Rung *first, int64_t now);
	void send_due_signals(Run &run, int64_t now);
	bool signal_group(const Run &run, int signal);
	void kill_now(Run &run);
	void ladder_ended(Run &run);
	void abort_run(Run &run, AbortLevel level, int64_t now);

	const std::shared_ptr<LaneWorld> world_;
	int epoll_fd_ = -1;
	int event_fd_ = -1;
	std::unique_ptr<ChildStarter> starter_;
	std::unique_ptr<char[]> chunk_;
	std::atomic<size_t> load_{ 0 };
	/** Time at which the thread last slept or completed a turn. */
	std::atomic<int64_t> seen_{ monotonic_now() };

	/** Guards the members below, set by other threads. Never held during a blocking call: JavaScript's thread takes it too. */
	std::mutex commands_;
	std::list<std::unique_ptr<Request>> queue_;
	std::list<std::unique_ptr<Request>> aborted_;
	AbortLevel abort_ = AbortLevel::kNone;
	std::atomic<bool> sleeping_{ false };
	bool stopping_ = false;

	/** Guards `runs_` and their `reaped` and `forgotten`, so that no signal reaches a reused process id. */
	std::mutex runs_lock_;
	std::vector<std::unique_ptr<Run>> runs_;

	/** Runs whose streams have ended but whose process has not; it usually ends within microseconds. */
	Run *ending_ = nullptr;
	Results results_;
	int64_t wake_at_ = kNever;
	bool has_finished_runs_ = false;
	/** The thread has left its loop. */
	std::atomic<bool> has_ended_{ false };
	std::thread thread_;
};

} // namespace mgm
