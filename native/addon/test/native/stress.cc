/*
 * To be compiled with sanitizers: plugins of all kinds at once, aborts in between, engines that end while plugins run.
 * Prints counts; fails when a result is missing, a descriptor or a child is left. Argument: plugins per round.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

namespace
{

using test::Counts;
using test::Rig;

constexpr uint32_t kPlugins = 300;

void run(unsigned lanes, uint32_t plugins, bool finish, Counts &total)
{
	Rig rig(lanes);
	for (uint32_t id = 0; id < plugins; id++) {
		rig.start(id);
		rig.take(40);
		if (id % 97 == 96)
			rig.abort_all(id % 2 == 0);
	}
	if (finish)
		rig.take(0);
	total.add(rig.counts);
}

} // namespace

int main(int argc, char **argv)
{
	const uint32_t plugins = argc > 1 ? static_cast<uint32_t>(atoi(argv[1])) : kPlugins;
	int before = test::open_descriptors();
	Counts total;
	for (unsigned lanes = 1; lanes <= 3; lanes++) {
		run(lanes, plugins, true, total);
		run(lanes, plugins / 5, false, total);
	}
	int left = test::open_descriptors() - before;
	int child = waitpid(-1, nullptr, WNOHANG);
	printf("started %d exited %d signaled %d failed %d timedOut %d aborted %d descriptors %d children %s\n",
	       total.started, total.exited, total.signaled, total.failed, total.timed_out, total.aborted, left,
	       child < 0 && errno == ECHILD ? "none" : "left");
	return left == 0 && child < 0 ? 0 : 1;
}
