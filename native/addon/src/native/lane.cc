#include "lane.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "lane_parts.h"

namespace mgm {
namespace {

constexpr int kEventsAtOnce = 64;
constexpr int64_t kLongestWaitMillis = 3600000;
/** With processes that were killed to be reaped, all together. */
constexpr int64_t kPatience = 1000 * kNanosPerMilli;

/** Rounded up: looking too early would mean looking twice. */
int wait_millis(int64_t until)
{
	if (until == kNever)
		return -1;
	int64_t millis = (until - monotonic_now() + kNanosPerMilli - 1) / kNanosPerMilli;
	return static_cast<int>(std::clamp<int64_t>(millis, 0, kLongestWaitMillis));
}

/** Of the calling thread. A system call: pthread_sigmask() would need a newer C library. @return the one before */
uint64_t set_signal_mask(uint64_t mask)
{
	uint64_t before = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof(mask));
	return before;
}

} // namespace

Lane::Lane(const LaneSettings &settings)
	: settings_(settings), starter_(std::make_unique<ChildStarter>()), chunk_(new char[kChunkBytes])
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
	const uint64_t before = set_signal_mask(UINT64_MAX); // inherited by the thread: signals are for the others
	try {
		thread_ = std::thread([this] { loop(); });
	} catch (...) {
		set_signal_mask(before);
		close(epoll_fd_);
		close(event_fd_);
		throw;
	}
	set_signal_mask(before);
}

Lane::~Lane()
{
	ask_to_stop();
	thread_.join();
	close(epoll_fd_);
	close(event_fd_);
}

void Lane::submit(std::unique_ptr<Request> request)
{
	std::list<std::unique_ptr<Request>> one;
	one.push_back(std::move(request));
	load_.fetch_add(1, std::memory_order_relaxed);
	std::unique_lock<std::mutex> lock(orders_);
	queue_.splice(queue_.end(), one);
	bool sleeping = sleeping_.exchange(false);
	lock.unlock();
	if (sleeping)
		wake();
}

void Lane::abort_all(bool at_once)
{
	{
		std::lock_guard<std::mutex> lock(orders_);
		aborted_.splice(aborted_.end(), queue_);
		abort_ = std::max(abort_, at_once ? AbortLevel::kAtOnce : AbortLevel::kGraceful);
		sleeping_ = false;
	}
	wake();
	if (!at_once)
		return;
	std::lock_guard<std::mutex> lock(table_);
	for (auto &run : runs_)
		if (run->pid > 0 && !run->forgotten)
			kill(-run->pid, SIGKILL);
}

void Lane::ask_to_stop()
{
	{
		std::lock_guard<std::mutex> lock(orders_);
		stopping_ = true;
	}
	wake();
}

void Lane::wake()
{
	const uint64_t one = 1;
	ssize_t written = write(event_fd_, &one, sizeof(one)); // full: it is readable already
	static_cast<void>(written);
}

void Lane::loop()
{
	bool stopping = false;
	prctl(PR_SET_NAME, "plugins");
	for (;;) {
		std::unique_ptr<Request> request = take_orders(stopping);
		if (stopping)
			break;
		bool started = request != nullptr;
		if (started)
			start(std::move(request));
		Run *ending = std::exchange(ending_, nullptr);
		poll(!started && ending == nullptr);
		int64_t now = monotonic_now();
		if (now >= wake_at_)
			on_time(now);
		retry_reaping(ending);
		flush();
		bury();
	}
	end();
}

/** Carries out aborts. @return the next request, if there is one */
std::unique_ptr<Request> Lane::take_orders(bool &stopping)
{
	std::unique_ptr<Request> request;
	std::list<std::unique_ptr<Request>> aborted;
	std::unique_lock<std::mutex> lock(orders_);
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

/** Waits for events, unless there is something to do, and handles them. */
void Lane::poll(bool may_wait)
{
	int millis = 0;
	if (may_wait && results_.empty() && !has_dead_) {
		std::lock_guard<std::mutex> lock(orders_);
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
			if (!run->reaped && reap(*run))
				leader_gone(*run);
		} else {
			read_stream(*run, part == RunPart::kOut ? run->out : run->err, events[n].events);
		}
	}
}

void Lane::on_time(int64_t now)
{
	wake_at_ = kNever;
	for (auto &run : runs_) {
		if (!run->dead && now >= run->wake_at)
			look(*run, now);
		if (!run->dead)
			wake_at_ = std::min(wake_at_, run->wake_at);
	}
}

void Lane::flush()
{
	if (!results_.empty())
		settings_.sink->deliver(results_);
}

/** Frees finished runs, once no event that was fetched can name them. */
void Lane::bury()
{
	if (!std::exchange(has_dead_, false))
		return;
	for (Run **at = &ending_; *at != nullptr;) {
		if ((*at)->dead)
			*at = (*at)->next_ending;
		else
			at = &(*at)->next_ending;
	}
	std::lock_guard<std::mutex> lock(table_);
	auto is_dead = [](const std::unique_ptr<Run> &run) { return run->dead; };
	runs_.erase(std::remove_if(runs_.begin(), runs_.end(), is_dead), runs_.end());
}

/** The engine is going away: nobody would reap these processes, nor read what they write. */
void Lane::end()
{
	const int64_t until = monotonic_now() + kPatience;
	for (auto &run : runs_)
		if (!run->reaped)
			kill(-run->pid, SIGKILL);
	for (auto &run : runs_) {
		// one that may not be signalled is not waited for
		while (!run->reaped && !reap(*run) && kill(-run->pid, 0) == 0 && monotonic_now() < until)
			usleep(1000);
		remove(*run);
	}
	std::lock_guard<std::mutex> lock(table_);
	runs_.clear();
}

} // namespace mgm
