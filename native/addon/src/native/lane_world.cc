#include "lane_world.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "clock.h"

namespace mgm
{
namespace
{

constexpr int kSignals = 64;

/** This process may have inherited ignored signals, and Node ignores SIGPIPE; plugins expect default dispositions. */
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

LaneWorld::LaneWorld(std::string environment_block, double ladder_step_ms, std::function<void()> wake)
	: environment(std::move(environment_block)), ignored(ignored_signals()),
	  ladder_step(static_cast<int64_t>(ladder_step_ms * static_cast<double>(kNanosPerMilli))),
	  null_fd(open("/dev/null", O_RDONLY | O_CLOEXEC)), results(std::move(wake))
{
	if (null_fd < 0)
		throw std::system_error(errno, std::generic_category());
}

LaneWorld::~LaneWorld()
{
	close(null_fd);
}

} // namespace mgm
