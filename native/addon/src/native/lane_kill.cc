#include <signal.h>

#include <algorithm>

#include "lane.h"

namespace mgm {
namespace {

/** After the timeout: TERM, INT a second later, KILL another second later. Source: worker.md 4.4. */
constexpr Rung kTimeoutLadder[] = {{SIGTERM, 0}, {SIGINT, 1}, {SIGKILL, 1}, {0, 0}};
/** At the end of the worker: TERM, a second, KILL. Source: worker.md 8.5. */
constexpr Rung kAbortLadder[] = {{SIGTERM, 0}, {SIGKILL, 1}, {0, 0}};
constexpr Rung kTop = {0, 0};

constexpr int64_t kLookEvery = 10 * kNanosPerMilli;

} // namespace

/** Its time has come, whatever for. */
void Lane::look(Run &run, int64_t now)
{
	if (!run.ended && has_ended(run))
		leader_gone(run);
	if (run.dead)
		return;
	if (run.forgotten) {
		if (now >= run.unkillable_at)
			report_unkillable(run);
	} else if (run.is_killed()) {
		climb(run, now);
	} else if (now >= run.deadline) {
		// the leader has ended and a descendant holds the streams: no timeout, and it may go on (D26)
		if (run.ended) {
			read_rest(run);
			deliver(run, false);
		} else {
			run.timed_out = true;
			begin_ladder(run, kTimeoutLadder, now);
		}
	}
	if (run.dead)
		return;
	watch(run);
	plan(run);
}

/** Sets when to look at the run again. */
void Lane::plan(Run &run)
{
	int64_t next = run.is_killed() ? run.rung_at : run.deadline;
	if (run.forgotten)
		next = run.unkillable_at;
	if (run.polled && !run.ended)
		next = std::min(next, monotonic_now() + kLookEvery);
	run.wake_at = next;
	wake_at_ = std::min(wake_at_, next);
}

void Lane::begin_ladder(Run &run, const Rung *first, int64_t now)
{
	run.rung = first;
	run.rung_at = now;
	watch(run); // from here on the end of the leader ends the run, whoever holds its streams
	climb(run, now);
	if (!run.delivered && run.ended)
		deliver(run, true);
	if (!run.dead)
		plan(run);
}

/** Uses the rungs that are due; ends when nothing may be signalled or the last one was used. */
void Lane::climb(Run &run, int64_t now)
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

/** @return false when nothing of the group may be signalled, or its number may be another one's by now */
bool Lane::signal_group(const Run &run, int signal) { return !run.reaped && kill(-run.pid, signal) == 0; }

/** Leaves out all rungs but the last. */
void Lane::hurry(Run &run)
{
	if (run.rung->signal == 0)
		return;
	signal_group(run, SIGKILL);
	ladder_ended(run);
}

/** The result is due now, also when the process cannot be killed. */
void Lane::ladder_ended(Run &run)
{
	run.rung = &kTop;
	run.rung_at = kNever;
	if (!run.delivered)
		deliver(run, false);
	else if (!run.forgotten)
		gone(run);
}

void Lane::abort_run(Run &run, AbortLevel level, int64_t now)
{
	if (run.dead || run.forgotten)
		return;
	if (!run.delivered)
		run.aborted = true;
	if (!run.is_killed())
		begin_ladder(run, kAbortLadder, now);
	// one that has its result and is still being killed gets no more time
	if (!run.forgotten && (level == AbortLevel::kAtOnce || !run.aborted))
		hurry(run);
}

} // namespace mgm
