#include "engine.h"

#include <utility>

#include "lane_parts.h"

namespace mgm
{

Engine::Engine(Options options, std::function<void()> wake)
	: world_(new LaneWorld(std::move(options.environment), options.ladder_step_ms, std::move(wake)))
{
	try {
		for (unsigned n = 0; n < options.lanes; n++)
			lanes_.push_back(Lane::launch(world_));
	} catch (...) {
		end();
		throw;
	}
}

Engine::~Engine()
{
	end();
}

void Engine::end()
{
	for (auto &lane : lanes_) // all in parallel: a lane may have to wait for its processes
		lane->ask_to_stop();
	const int64_t until = monotonic_now() + kLaneStopLimit;
	for (auto &lane : lanes_)
		lane->leave(until);
	lanes_.clear();
	world_->results.close();
}

bool Engine::submit(const uint8_t *bytes, size_t length)
{
	std::unique_ptr<Request> request = Request::parse(bytes, length);
	if (request == nullptr)
		return false;
	const int64_t now = monotonic_now();
	Lane *best = nullptr;
	bool has_hanging = false;
	for (auto &lane : lanes_) {
		if (lane->hangs(now))
			has_hanging = true;
		else if (best == nullptr || lane->load() < best->load())
			best = lane.get();
	}
	if (has_hanging)
		best = pass_over_hanging(best, now);
	best->submit(std::move(request));
	return true;
}

/** Moves the queues of hanging lanes to the best of the others. @return the lane to use */
Lane *Engine::pass_over_hanging(Lane *best, int64_t now)
{
	if (best == nullptr)
		return lanes_.front().get();
	for (auto &lane : lanes_)
		if (lane.get() != best && lane->hangs(now))
			lane->hand_queue_to(*best);
	return best;
}

void Engine::abort_all(bool at_once)
{
	for (auto &lane : lanes_)
		lane->abort_all(at_once);
}

} // namespace mgm
