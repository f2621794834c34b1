/*
 * A lane hangs for good: the others go on and take over what waits for it, the engine ends, what the lane had started is
 * killed, and when it goes on after all it finds nothing that is gone. Link with -Wl,--wrap=pipe2, which lanes alone call.
 * Argument: where it hangs, "call" or "loop".
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <thread>

#include "rig.h"

namespace
{

constexpr uint32_t kPlugins = 20;
constexpr double kLongMs = 1e6;
constexpr int kPipesOfPlugin = 2;
constexpr useconds_t kLookMicros = 1000;
constexpr useconds_t kHangsMicros = 3 * 1000 * test::kLadderStepMs;

bool in_call = false;
/** Calls until one hangs. */
std::atomic<int> countdown{ 0 };
std::atomic<bool> hanging{ false };
std::atomic<bool> released{ false };
int gate[2];

int threads()
{
	int count = 0;
	DIR *folder = opendir("/proc/self/task");
	while (folder != nullptr && readdir(folder) != nullptr)
		count++;
	closedir(folder);
	return count;
}

void hang()
{
	char byte;
	hanging = true;
	if (in_call)
		while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
			;
	while (!released)
		;
}

void wait_until_it_hangs()
{
	while (!hanging)
		usleep(kLookMicros);
}

/** Uses an engine of which one lane hangs at its end. @return its plugins that were killed */
int with_engine(unsigned lanes, int calls, const std::function<void(test::Rig &)> &use)
{
	const int before = threads();
	countdown = calls;
	hanging = false;
	released = false;
	{
		test::Rig rig(lanes);
		use(rig);
	}
	int killed = 0;
	int status;
	while (waitpid(-1, &status, 0) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	released = true;
	if (in_call && write(gate[1], "x", 1) != 1)
		abort();
	while (threads() > before)
		usleep(kLookMicros);
	return killed;
}

} // namespace

extern "C" int __real_pipe2(int *fds, int flags);
extern "C" int __wrap_pipe2(int *fds, int flags)
{
	if (countdown-- == 0)
		hang();
	return __real_pipe2(fds, flags);
}

int main(int argc, char **argv)
{
	in_call = argc > 1 && strcmp(argv[1], "call") == 0;
	if (pipe(gate) != 0)
		return 1;
	std::thread([] {}).join(); // a sanitizer starts a thread of its own with the first one
	const int before = test::open_descriptors();
	const int killed = with_engine(1, kPipesOfPlugin, [](test::Rig &rig) {
		rig.start(0, { "/bin/sleep", "1000" }, kLongMs);
		rig.start(1, { "/bin/true" });
		wait_until_it_hangs();
	});
	int exited = 0;
	with_engine(2, 0, [&](test::Rig &rig) {
		rig.start(0, { "/bin/true" });
		wait_until_it_hangs();
		// some of them wait for the lane that hangs, until it is known to hang and others come
		for (uint32_t id = 1; id <= kPlugins; id++)
			rig.start(id, { "/bin/true" });
		usleep(kHangsMicros);
		for (uint32_t id = 1; id <= kPlugins; id++)
			rig.start(kPlugins + id, { "/bin/true" });
		rig.take(1);
		exited = rig.counts.exited;
	});
	const int left = test::open_descriptors() - before;
	const int child = waitpid(-1, nullptr, WNOHANG);
	printf("exited %d killed %d descriptors %d children %s\n", exited, killed, left,
	       child < 0 && errno == ECHILD ? "none" : "left");
	return left == 0 && child < 0 ? 0 : 1;
}
