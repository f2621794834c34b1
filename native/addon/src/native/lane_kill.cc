#include <signal.h>

#include <algorithm>

#include "lane.h"

namespace mgm
{
namespace
{

/** After the timeout: TERM, INT one step later, KILL another step later. Source: worker.md 4.4. */
constexpr Rung kTimeoutLadder[] = { { SIGTERM, 0 }, { SIGINT, 1 }, { SIGKILL, 1 }, { 0, 0 } };
/** At the end of the worker: TERM, KILL one step later. Source: worker.md 8.5. */
constexpr Rung kAbortLadder[] = { { SIGTERM, 0 }, { SIGKILL, 1 }, { 0, 0 } };
constexpr Rung kTop = { 0, 0 };

constexpr int64_t kPollInterval = 10 * kNanosPerMilli;

} // namespace

/** `run.wake_at` has been reached. */
void Lane::check_timers(Run &run, int64_t now)
{
	if (!run.ended && has_ended(run))
		leader_gone(run);
	if (run.finished)
		return;
	if (run.forgotten) {
		if (now >= run.unkillable_at)
			report_unkillable(run);
	} else if (run.is_killed()) {
		send_due_signals(run, now);
	} else if (now >= run.deadline) {
		// the leader has ended and a descendant holds the streams: no timeout, and the descendant may continue (D26)
		if (run.ended) {
			read_rest(run);
			deliver(run, false);
		} else {
			run.timed_out = true;
			begin_ladder(run, kTimeoutLadder, now);
		}
	}
	if (run.finished)
		return;
	watch(run);
	schedule(run);
}

/** Sets the next call of check_timers(). */
void Lane::schedule(Run &run)
{
	int64_t next = run.is_killed() ? run.rung_at : run.deadline;
	if (run.forgotten)
		next = run.unkillable_at;
	if (run.polled && !run.ended)
		next = std::min(next, monotonic_now() + kPollInterval);
	run.wake_at = next;
	wake_at_ = std::min(wake_at_, next);
}

void Lane::begin_ladder(Run &run, const Rung *first, int64_t now)
{
	run.rung = first;
	run.rung_at = now;
	watch(run); // from now on the end of the leader ends the run, even if descendants hold the streams
	send_due_signals(run, now);
	if (!run.delivered && run.ended)
		deliver(run, true);
	if (!run.finished)
		schedule(run);
}

/** Ends the ladder if the group may not be signalled or the last rung was used. */
void Lane::send_due_signals(Run &run, int64_t now)
{
	while (run.rung->signal != 0 && now >= run.rung_at) {
		bool group_lives = signal_group(run, run.rung->signal);
		run.rung++;
		if (!group_lives || run.rung->signal == 0) {
			ladder_ended(run);
			return;
		}
		run.rung_at = now + run.rung->steps * world_->ladder_step;
	}
}

/** @return false if no process of the group may be signalled, or its id may have been reused */
bool Lane::signal_group(const Run &run, int signal)
{
	return !run.reaped && kill(-run.pid, signal) == 0;
}

/** Skips to the last rung. */
void Lane::kill_now(Run &run)
{
	if (run.rung->signal == 0)
		return;
	signal_group(run, SIGKILL);
	ladder_ended(run);
}

/** The result is due, even if the process could not be killed. */
void Lane::ladder_ended(Run &run)
{
	run.rung = &kTop;
	run.rung_at = kNever;
	if (!run.delivered)
		deliver(run, false);
	else if (!run.forgotten)
		report_gone(run);
}

void Lane::abort_run(Run &run, AbortLevel level, int64_t now)
{
	if (run.finished || run.forgotten)
		return;
	if (!run.delivered)
		run.aborted = true;
	if (!run.is_killed())
		begin_ladder(run, kAbortLadder, now);
	// a run whose result was delivered and that is still being killed gets no more time
	if (!run.forgotten && (level == AbortLevel::kAtOnce || !run.aborted))
		kill_now(run);
}

} // namespace mgm
