#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "lane.h"
#include "lane_parts.h"

namespace mgm {
namespace {

/** Runs of this age are watched by a descriptor of their own; most have ended with their streams before. */
constexpr int64_t kWatchAfter = 500 * kNanosPerMilli;

Result result_for(const Request &request)
{
	Result result;
	result.record.id = request.header().id;
	result.record.started_micros = static_cast<double>(wall_now() / 1000);
	result.record.finished_micros = result.record.started_micros;
	return result;
}

} // namespace

void Lane::start(std::unique_ptr<Request> request)
{
	int write_fds[2] = {-1, -1};
	auto run = std::make_unique<Run>();
	ChildPlan plan = {request.get(), settings_.null_fd, -1, -1, &settings_.ignored, 0, ChildStep::kStart};
	try {
		request->prepare(*settings_.environment);
	} catch (const std::bad_alloc &) {
		return refuse(*request, ENOMEM, ChildStep::kStart);
	}
	if (!open_streams(*run, write_fds))
		return refuse(*request, errno, ChildStep::kStart);
	if (request->has(kRunAs)) // else the user could not open /dev/stdout
		for (int fd : write_fds)
			if (fchown(fd, request->header().uid, request->header().gid) != 0)
				plan.error = errno;
	plan.stdout_fd = write_fds[0];
	plan.stderr_fd = write_fds[1];
	run->started_wall = wall_now();
	run->started = monotonic_now();
	pid_t pid = -1;
	if (plan.error == 0) {
		pid = starter_->start(plan);
		if (pid < 0)
			plan.error = errno;
	} else {
		plan.step = ChildStep::kUser;
	}
	for (int fd : write_fds)
		close(fd);
	if (plan.error != 0) {
		close_stream(run->out);
		close_stream(run->err);
		while (pid > 0 && waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR)
			;
		return refuse(*request, plan.error, plan.step);
	}
	double timeout = request->header().timeout_ms * static_cast<double>(kNanosPerMilli);
	run->deadline = run->started + static_cast<int64_t>(std::min(timeout, 1e18));
	run->wake_at = std::min(run->deadline, run->started + kWatchAfter);
	wake_at_ = std::min(wake_at_, run->wake_at);
	run->request = std::move(request);
	std::lock_guard<std::mutex> lock(table_);
	run->pid = pid;
	runs_.push_back(std::move(run));
}

/** Real pipes, so that plugins can open /dev/stdout. False with errno, nothing is open then. */
bool Lane::open_streams(Run &run, int write_fds[2])
{
	Stream *streams[] = {&run.out, &run.err};
	for (int n = 0; n < 2; n++) {
		int fds[2];
		bool ready = pipe2(fds, O_CLOEXEC) == 0;
		if (ready) {
			streams[n]->fd = fds[0];
			write_fds[n] = fds[1];
			struct epoll_event event = {};
			event.events = EPOLLIN;
			event.data.u64 = mark(run, n == 0 ? RunPart::kOut : RunPart::kErr);
			ready = epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fds[0], &event) == 0;
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

/** Out of the set first: a child of another thread may hold a copy until it executes, and events would go on. */
void Lane::close_stream(Stream &stream)
{
	if (stream.fd < 0)
		return;
	epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, stream.fd, nullptr);
	close(stream.fd);
	stream.fd = -1;
}

void Lane::refuse(const Request &request, int error, ChildStep step)
{
	Result result = result_for(request);
	result.record.flags = kFailed;
	result.record.code = error;
	result.record.step = static_cast<double>(step);
	results_.push_back(std::move(result));
	load_.fetch_sub(1, std::memory_order_relaxed);
}

/** It had not been started yet. */
void Lane::report_aborted(const Request &request)
{
	Result result = result_for(request);
	result.record.flags = kAborted;
	results_.push_back(std::move(result));
	load_.fetch_sub(1, std::memory_order_relaxed);
}

} // namespace mgm
