#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

namespace mgm {
namespace {

constexpr int kSignals = 64;

/** Whoever started this process may have had signals ignored, Node does so with SIGPIPE; plugins expect neither. */
sigset_t ignored_signals()
{
	sigset_t ignored;
	sigemptyset(&ignored);
	for (int number = 1; number <= kSignals; number++) {
		struct sigaction action;
		if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
			sigaddset(&ignored, number);
	}
	sigaddset(&ignored, SIGPIPE);
	return ignored;
}

} // namespace

Engine::Engine(Options options, std::function<void()> wake)
	: environment_(std::move(options.environment)), wake_(std::move(wake))
{
	settings_.environment = &environment_;
	settings_.ignored = ignored_signals();
	settings_.ladder_step = static_cast<int64_t>(options.ladder_step_ms * static_cast<double>(kNanosPerMilli));
	settings_.sink = this;
	settings_.null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (settings_.null_fd < 0)
		throw std::system_error(errno, std::generic_category());
	try {
		for (unsigned n = 0; n < options.lanes; n++)
			lanes_.push_back(std::make_unique<Lane>(settings_));
	} catch (...) {
		lanes_.clear();
		close(settings_.null_fd);
		throw;
	}
}

Engine::~Engine()
{
	for (auto &lane : lanes_) // all at once: one may have to wait for its processes
		lane->ask_to_stop();
	lanes_.clear();
	close(settings_.null_fd);
}

bool Engine::submit(const uint8_t *bytes, size_t length)
{
	std::unique_ptr<Request> request = Request::parse(bytes, length);
	if (request == nullptr)
		return false;
	auto less = [](const std::unique_ptr<Lane> &one, const std::unique_ptr<Lane> &other) {
		return one->load() < other->load();
	};
	(*std::min_element(lanes_.begin(), lanes_.end(), less))->submit(std::move(request));
	return true;
}

void Engine::abort_all(bool at_once)
{
	for (auto &lane : lanes_)
		lane->abort_all(at_once);
}

bool Engine::take(Results &results, size_t count)
{
	std::lock_guard<std::mutex> lock(mutex_);
	auto taken = std::next(ready_.begin(), static_cast<ptrdiff_t>(std::min(count, ready_.size())));
	results.splice(results.end(), ready_, ready_.begin(), taken);
	woken_ = !ready_.empty();
	return woken_;
}

void Engine::deliver(Results &results)
{
	bool wake;
	{
		std::lock_guard<std::mutex> lock(mutex_);
		ready_.splice(ready_.end(), results);
		wake = !std::exchange(woken_, true);
	}
	if (wake)
		wake_();
}

} // namespace mgm
