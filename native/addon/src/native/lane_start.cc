#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "lane.h"
#include "lane_parts.h"

namespace mgm
{
namespace
{

/** Age at which a run gets a pidfd; most runs end with their streams before that. */
constexpr int64_t kWatchAfter = 500 * kNanosPerMilli;

/** A record for a request that was not started. */
ResultRecord &record_for(Request &request, Results &results)
{
	ResultRecord &record = request.report(results).record;
	record.started_micros = static_cast<double>(wall_now() / 1000);
	record.finished_micros = record.started_micros;
	return record;
}

} // namespace

void Lane::start(std::unique_ptr<Request> request)
{
	ChildPlan plan = { request.get(), world_->null_fd, -1, -1, &world_->ignored, 0, ChildStep::kStart };
	Run *run = nullptr;
	try {
		request->prepare(world_->environment);
		run = &add_run();
	} catch (const std::bad_alloc &) {
		return refuse(*request, ENOMEM, ChildStep::kStart);
	}
	pid_t pid = start_child(plan, *run);
	if (plan.error != 0) {
		close_stream(run->out);
		close_stream(run->err);
		while (pid > 0 && waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR)
			;
		drop_run();
		return refuse(*request, plan.error, plan.step);
	}
	double timeout = request->header().timeout_ms * static_cast<double>(kNanosPerMilli);
	run->deadline = run->started + static_cast<int64_t>(std::min(timeout, 1e18));
	run->wake_at = std::min(run->deadline, run->started + kWatchAfter);
	wake_at_ = std::min(wake_at_, run->wake_at);
	run->request = std::move(request);
	std::lock_guard<std::mutex> lock(runs_lock_);
	run->pid = pid;
}

/** Added before the process exists, because growing the list may fail. */
Run &Lane::add_run()
{
	auto run = std::make_unique<Run>();
	std::lock_guard<std::mutex> lock(runs_lock_);
	runs_.push_back(std::move(run));
	return *runs_.back();
}

/** Removes the run that add_run() appended. */
void Lane::drop_run()
{
	std::lock_guard<std::mutex> lock(runs_lock_);
	runs_.pop_back();
}

/** @return the process id, or -1; the reason of a failure is in `plan.error` */
pid_t Lane::start_child(ChildPlan &plan, Run &run)
{
	const Request &request = *plan.request;
	int write_fds[2] = { -1, -1 };
	if (!open_streams(run, write_fds)) {
		plan.error = errno;
		return -1;
	}
	if (request.has(kRunAs)) // otherwise the user could not open /dev/stdout
		for (int fd : write_fds)
			if (fchown(fd, request.header().uid, request.header().gid) != 0)
				plan.error = errno;
	plan.stdout_fd = write_fds[0];
	plan.stderr_fd = write_fds[1];
	run.started_wall = wall_now();
	run.started = monotonic_now();
	pid_t pid = -1;
	if (plan.error != 0) {
		plan.step = ChildStep::kUser;
	} else {
		pid = starter_->start(plan);
		if (pid < 0)
			plan.error = errno;
	}
	for (int fd : write_fds)
		close(fd);
	return pid;
}

/**
 * Opens pipes (not sockets), so that plugins can open /dev/stdout. A plugin can read its own pipe that way, so data that
 * epoll announced may be gone when this thread reads: the lane's ends are non-blocking. The plugin's ends block, as
 * programs expect.
 *
 * @return false with errno; all descriptors are closed then
 */
bool Lane::open_streams(Run &run, int write_fds[2])
{
	Stream *streams[] = { &run.out, &run.err };
	for (int n = 0; n < 2; n++) {
		int fds[2];
		bool ready = pipe2(fds, O_CLOEXEC) == 0;
		if (ready) {
			streams[n]->fd = fds[0];
			write_fds[n] = fds[1];
			struct epoll_event event = {};
			event.events = EPOLLIN;
			event.data.u64 = mark(run, n == 0 ? RunPart::kOut : RunPart::kErr);
			ready = fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0 && epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fds[0], &event) == 0;
		}
		if (!ready) {
			int error = errno;
			for (int other = 0; other < 2; other++) {
				close_stream(*streams[other]);
				if (write_fds[other] >= 0)
					close(write_fds[other]);
			}
			errno = error;
			return false;
		}
	}
	return true;
}

/** Removed from epoll first: a child of another thread may hold a copy until execve(), and events would continue. */
void Lane::close_stream(Stream &stream)
{
	if (stream.fd < 0)
		return;
	epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, stream.fd, nullptr);
	close(stream.fd);
	stream.fd = -1;
}

void Lane::refuse(Request &request, int error, ChildStep step)
{
	ResultRecord &record = record_for(request, results_);
	record.flags = kFailed;
	record.code = error;
	record.step = static_cast<double>(step);
	load_.fetch_sub(1, std::memory_order_relaxed);
}

/** Result of a request that was aborted before it was started. */
void Lane::report_aborted(Request &request)
{
	record_for(request, results_).flags = kAborted;
	load_.fetch_sub(1, std::memory_order_relaxed);
}

} // namespace mgm
