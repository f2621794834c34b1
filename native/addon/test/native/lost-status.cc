/*
 * Where SIGCHLD is ignored the kernel reaps children itself, and how they ended is lost: each plugin has a result all the
 * same, and none of these says 0.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "rig.h"

int main()
{
	signal(SIGCHLD, SIG_IGN);
	const int before = test::open_descriptors();
	test::Counts total;
	{
		test::Rig rig(2);
		for (uint32_t id = 0; id < 2 * test::kKinds; id++)
			rig.start(id);
		rig.take(0);
		total = rig.counts;
	}
	const int left = test::open_descriptors() - before;
	const int child = waitpid(-1, nullptr, WNOHANG);
	printf("started %d exited %d signaled %d lost %d descriptors %d children %s\n", total.started, total.exited,
	       total.signaled, total.lost, left, child < 0 && errno == ECHILD ? "none" : "left");
	return left == 0 && child < 0 ? 0 : 1;
}
