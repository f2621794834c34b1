#include <errno.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "lane.h"
#include "lane_parts.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace mgm
{
namespace
{

double micros(const struct timeval &time)
{
	return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

size_t output_limit(const Run &run)
{
	return static_cast<size_t>(run.request->header().max_output_bytes);
}

} // namespace

/** One read per event, so that a plugin that writes without end does not delay the others. */
void Lane::read_stream(Run &run, Stream &stream, uint32_t events)
{
	if (stream.fd < 0)
		return;
	bool ended = (events & EPOLLIN) == 0;
	if (!ended) {
		ssize_t count = read(stream.fd, chunk_.get(), kChunkBytes);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		if (count > 0)
			stream.output.append(chunk_.get(), static_cast<size_t>(count), output_limit(run));
		// no writer was left before the read and the buffer was not filled: the pipe is empty
		bool drained = (events & EPOLLHUP) != 0 && count < static_cast<ssize_t>(kChunkBytes);
		ended = count <= 0 || drained;
	}
	if (!ended)
		return;
	close_stream(stream);
	if (run.streams_ended() && !run.delivered)
		streams_ended(run);
}

/** Reads what is in the pipes now; they may still have writers. */
void Lane::read_rest(Run &run)
{
	for (Stream *stream : { &run.out, &run.err }) {
		int bytes = 0;
		if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &bytes) == 0 && bytes > 0)
			read_stream(run, *stream, EPOLLIN);
	}
}

void Lane::streams_ended(Run &run)
{
	if (has_ended(run)) {
		leader_gone(run);
	} else {
		run.next_ending = ending_;
		ending_ = &run;
	}
}

/** A process closes its files shortly before it can be reaped. One that takes longer is watched. */
void Lane::check_ending(Run *ending)
{
	for (Run *run = ending; run != nullptr; run = run->next_ending) {
		if (run->finished || run->ended)
			continue;
		if (has_ended(*run))
			leader_gone(*run);
		else
			watch(*run);
	}
}

/**
 * Checks whether the process has ended. It is reaped only if no further signal will be sent to its group; until then the
 * zombie keeps the process id, or a signal could reach another group that was given the same id.
 */
bool Lane::has_ended(Run &run)
{
	if (run.ended)
		return true;
	const bool is_last = run.forgotten || (!run.is_killed() && run.streams_ended());
	std::lock_guard<std::mutex> lock(runs_lock_);
	return wait_for(run, is_last);
}

/** `runs_lock_` must be held. @return true if the process has ended; its status is lost if other code waited for it */
bool Lane::wait_for(Run &run, bool reaps)
{
	siginfo_t info = {};
	long failed;
	do // the library's waitid() does not return the usage
		failed =
			syscall(SYS_waitid, P_PID, run.pid, &info, WEXITED | WNOHANG | __WALL | (reaps ? 0 : WNOWAIT), &run.usage);
	while (failed != 0 && errno == EINTR);
	if (failed == 0 && info.si_pid == 0)
		return false;
	if (failed == 0) {
		run.end_code = info.si_code;
		run.end_status = info.si_status;
	}
	run.ended = true;
	run.reaped = reaps || failed != 0;
	return true;
}

/** Opens a pidfd for the end of the process; if that fails the process is polled. */
void Lane::watch(Run &run)
{
	if (run.pid_fd >= 0 || run.ended)
		return;
	int fd = static_cast<int>(syscall(SYS_pidfd_open, run.pid, 0));
	struct epoll_event event = {};
	event.events = EPOLLIN;
	event.data.u64 = mark(run, RunPart::kProcess);
	if (fd >= 0 && epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(fd);
		fd = -1;
	}
	run.pid_fd = fd;
	run.polled = fd < 0;
	schedule(run);
}

/** Ends the run, unless descendants hold the streams or the group is being killed. */
void Lane::leader_gone(Run &run)
{
	close_process(run);
	if (run.forgotten) {
		remove(run);
	} else if (run.is_killed()) {
		if (run.reaped)
			ladder_ended(run);
		else if (!run.delivered) // other members of the group cannot be seen while its leader is a zombie
			deliver(run, true);
	} else if (run.streams_ended()) {
		deliver(run, false);
	}
}

/** Reports the result. If it lingers, its group is still being killed and report_gone() follows. */
void Lane::deliver(Run &run, bool lingers)
{
	Result &result = run.request->report(results_);
	ResultRecord &record = result.record;
	uint32_t flags = (run.timed_out ? kTimedOut : 0U) | (run.aborted ? kAborted : 0U) | (lingers ? kLingers : 0U);
	if (run.end_code != 0) {
		flags |= kHasUsage | (run.end_code == CLD_EXITED ? kExited : kSignaled);
		record.code = run.end_status;
		record.user_micros = micros(run.usage.ru_utime);
		record.system_micros = micros(run.usage.ru_stime);
		record.max_rss_bytes = static_cast<double>(run.usage.ru_maxrss) * 1024;
	}
	record.flags = flags;
	record.started_micros = static_cast<double>(run.started_wall / 1000);
	record.finished_micros = static_cast<double>((run.started_wall + monotonic_now() - run.started) / 1000);
	close_stream(run.out);
	close_stream(run.err);
	record.truncated_bytes = static_cast<double>(run.out.output.dropped() + run.err.output.dropped());
	record.stdout_bytes = static_cast<double>(run.out.output.length());
	record.stderr_bytes = static_cast<double>(run.err.output.length());
	result.out = std::move(run.out.output);
	result.err = std::move(run.err.output);
	run.delivered = true;
	if (!lingers)
		forget(run);
}

/** The group of a run that lingered has been killed. */
void Lane::report_gone(Run &run)
{
	run.request->report(results_).record.flags = kGone;
	forget(run);
}

/** JavaScript expects no further report; the run stays until its process is reaped. */
void Lane::forget(Run &run)
{
	{
		std::lock_guard<std::mutex> lock(runs_lock_);
		run.forgotten = true;
		if (run.ended && !run.reaped)
			wait_for(run, true);
	}
	load_.fetch_sub(1, std::memory_order_relaxed);
	if (run.reaped) {
		remove(run);
		return;
	}
	run.unkillable_at = monotonic_now() + world_->ladder_step;
	watch(run);
	schedule(run);
}

/** The process has become another user or hangs in the kernel. It is still reaped when it ends. */
void Lane::report_unkillable(Run &run)
{
	ResultRecord &record = run.request->report(results_).record;
	record.flags = kUnkillable;
	record.code = run.pid;
	run.unkillable_at = kNever;
}

void Lane::remove(Run &run)
{
	close_stream(run.out);
	close_stream(run.err);
	close_process(run);
	run.finished = true;
	has_finished_runs_ = true;
}

void Lane::close_process(Run &run)
{
	if (run.pid_fd < 0)
		return;
	epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, run.pid_fd, nullptr);
	close(run.pid_fd);
	run.pid_fd = -1;
}

} // namespace mgm
