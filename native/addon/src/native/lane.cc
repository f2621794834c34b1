#include "lane.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "lane_parts.h"
#include "signal_mask.h"

namespace mgm
{
namespace
{

constexpr int kEventsAtOnce = 64;
constexpr int64_t kLongestWaitMillis = 3600000;
constexpr useconds_t kEndPollMicros = 200;

/** Rounded up, so that the timer has expired when epoll returns. */
int wait_millis(int64_t until)
{
	if (until == kNever)
		return -1;
	int64_t millis = (until - monotonic_now() + kNanosPerMilli - 1) / kNanosPerMilli;
	return static_cast<int>(std::clamp<int64_t>(millis, 0, kLongestWaitMillis));
}

} // namespace

Lane::Lane(std::shared_ptr<LaneWorld> world)
	: world_(std::move(world)), starter_(std::make_unique<ChildStarter>()), chunk_(new char[kChunkBytes])
{
	epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
	event_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event event = {};
	event.events = EPOLLIN;
	event.data.ptr = nullptr;
	if (epoll_fd_ < 0 || event_fd_ < 0 || epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, event_fd_, &event) != 0) {
		int error = errno;
		close(epoll_fd_);
		close(event_fd_);
		throw std::system_error(error, std::generic_category());
	}
}

std::shared_ptr<Lane> Lane::launch(std::shared_ptr<LaneWorld> world)
{
	std::shared_ptr<Lane> lane(new Lane(std::move(world)));
	const AllSignalsBlocked blocked;
	lane->thread_ = std::thread([lane] {
		lane->loop();
		lane->has_ended_ = true;
	});
	return lane;
}

Lane::~Lane()
{
	close(epoll_fd_);
	close(event_fd_);
}

void Lane::leave(int64_t until)
{
	while (!has_ended_ && monotonic_now() < until)
		usleep(kEndPollMicros);
	if (has_ended_) {
		thread_.join();
	} else {
		kill_all();
		thread_.detach();
	}
}

void Lane::submit(std::unique_ptr<Request> request)
{
	std::list<std::unique_ptr<Request>> one;
	one.push_back(std::move(request));
	load_.fetch_add(1, std::memory_order_relaxed);
	std::unique_lock<std::mutex> lock(commands_);
	queue_.splice(queue_.end(), one);
	wake_up(lock);
}

/** `lock` holds `commands_` and is released here. */
void Lane::wake_up(std::unique_lock<std::mutex> &lock)
{
	const bool sleeping = sleeping_.exchange(false);
	lock.unlock();
	if (!sleeping)
		return;
	seen_.store(monotonic_now(), std::memory_order_relaxed);
	wake();
}

bool Lane::hangs(int64_t now) const
{
	return !sleeping_ && now - seen_.load(std::memory_order_relaxed) > 2 * world_->ladder_step;
}

void Lane::hand_queue_to(Lane &other)
{
	std::list<std::unique_ptr<Request>> queue;
	{
		std::lock_guard<std::mutex> lock(commands_);
		queue.swap(queue_);
	}
	if (queue.empty())
		return;
	load_.fetch_sub(queue.size(), std::memory_order_relaxed);
	other.load_.fetch_add(queue.size(), std::memory_order_relaxed);
	std::unique_lock<std::mutex> lock(other.commands_);
	other.queue_.splice(other.queue_.end(), queue);
	other.wake_up(lock);
}

void Lane::abort_all(bool at_once)
{
	{
		std::lock_guard<std::mutex> lock(commands_);
		aborted_.splice(aborted_.end(), queue_);
		abort_ = std::max(abort_, at_once ? AbortLevel::kAtOnce : AbortLevel::kGraceful);
		sleeping_ = false;
	}
	wake();
	if (at_once)
		kill_all();
}

/** May be called on any thread. */
void Lane::kill_all()
{
	std::lock_guard<std::mutex> lock(runs_lock_);
	for (auto &run : runs_)
		if (run->pid > 0 && !run->forgotten)
			signal_group(*run, SIGKILL);
}

void Lane::ask_to_stop()
{
	{
		std::lock_guard<std::mutex> lock(commands_);
		stopping_ = true;
	}
	wake();
}

void Lane::wake()
{
	const uint64_t one = 1;
	ssize_t written = write(event_fd_, &one, sizeof(one)); // EAGAIN: the descriptor is readable already
	static_cast<void>(written);
}

void Lane::loop()
{
	bool stopping = false;
	prctl(PR_SET_NAME, "plugins");
	for (;;) {
		std::unique_ptr<Request> request = take_commands(stopping);
		if (stopping)
			break;
		bool started = request != nullptr;
		if (started)
			start(std::move(request));
		Run *ending = std::exchange(ending_, nullptr);
		poll(!started && ending == nullptr);
		int64_t now = monotonic_now();
		seen_.store(now, std::memory_order_relaxed);
		if (now >= wake_at_)
			run_timers(now);
		check_ending(ending);
		flush();
		free_finished_runs();
	}
	end();
}

/** Carries out aborts. @return the next request, or null */
std::unique_ptr<Request> Lane::take_commands(bool &stopping)
{
	std::unique_ptr<Request> request;
	std::list<std::unique_ptr<Request>> aborted;
	std::unique_lock<std::mutex> lock(commands_);
	stopping = stopping_;
	AbortLevel level = std::exchange(abort_, AbortLevel::kNone);
	aborted.swap(aborted_);
	if (!queue_.empty()) {
		request = std::move(queue_.front());
		queue_.pop_front();
	}
	lock.unlock();
	for (auto &one : aborted)
		report_aborted(*one);
	if (level != AbortLevel::kNone) {
		int64_t now = monotonic_now();
		for (auto &run : runs_)
			abort_run(*run, level, now);
	}
	return request;
}

/** Handles events; waits for one if `may_wait` and the lane is idle. */
void Lane::poll(bool may_wait)
{
	int millis = 0;
	if (may_wait && results_.empty() && !has_finished_runs_) {
		std::lock_guard<std::mutex> lock(commands_);
		sleeping_ = queue_.empty() && abort_ == AbortLevel::kNone && !stopping_;
		if (sleeping_)
			millis = wait_millis(wake_at_);
	}
	struct epoll_event events[kEventsAtOnce];
	int count = epoll_wait(epoll_fd_, events, kEventsAtOnce, millis);
	sleeping_ = false;
	for (int n = 0; n < count; n++) {
		auto [run, part] = unmark(events[n].data.u64);
		if (run == nullptr) {
			uint64_t ignored;
			ssize_t got = read(event_fd_, &ignored, sizeof(ignored));
			static_cast<void>(got);
		} else if (part == RunPart::kProcess) {
			if (!run->ended && has_ended(*run))
				leader_gone(*run);
		} else {
			read_stream(*run, part == RunPart::kOut ? run->out : run->err, events[n].events);
		}
	}
}

void Lane::run_timers(int64_t now)
{
	wake_at_ = kNever;
	for (auto &run : runs_) {
		if (!run->finished && now >= run->wake_at)
			check_timers(*run, now);
		if (!run->finished)
			wake_at_ = std::min(wake_at_, run->wake_at);
	}
}

void Lane::flush()
{
	if (!results_.empty())
		world_->results.deliver(results_);
}

/** Called after all fetched events have been handled, since an event may refer to a finished run. */
void Lane::free_finished_runs()
{
	if (!std::exchange(has_finished_runs_, false))
		return;
	for (Run **at = &ending_; *at != nullptr;) {
		if ((*at)->finished)
			*at = (*at)->next_ending;
		else
			at = &(*at)->next_ending;
	}
	std::lock_guard<std::mutex> lock(runs_lock_);
	auto is_finished = [](const std::unique_ptr<Run> &run) { return run->finished; };
	runs_.erase(std::remove_if(runs_.begin(), runs_.end(), is_finished), runs_.end());
}

/** The engine ends: kills and reaps the plugins, as their output would no longer be read. */
void Lane::end()
{
	const int64_t until = monotonic_now() + kReapLimit;
	for (auto &run : runs_)
		signal_group(*run, SIGKILL);
	for (auto &run : runs_) {
		std::unique_lock<std::mutex> lock(runs_lock_);
		// a process that may not be signalled is not waited for
		while (!run->reaped && !wait_for(*run, true) && signal_group(*run, 0) && monotonic_now() < until) {
			lock.unlock();
			usleep(1000);
			lock.lock();
		}
		lock.unlock();
		remove(*run);
	}
	std::lock_guard<std::mutex> lock(runs_lock_);
	runs_.clear();
}

} // namespace mgm
