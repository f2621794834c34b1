/*
 * A plugin can open the reading end of its own pipe and take out what epoll has announced, before the lane reads. Here that
 * is done for it, between the two. Link with -Wl,--wrap=read.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "rig.h"

namespace
{

std::atomic<int> stolen{ 0 };

bool is_pipe(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

} // namespace

extern "C" ssize_t __real_read(int fd, void *bytes, size_t count);
extern "C" ssize_t __wrap_read(int fd, void *bytes, size_t count)
{
	if (stolen == 0 && is_pipe(fd)) {
		const std::string path = "/proc/self/fd/" + std::to_string(fd);
		const int thief = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		stolen = static_cast<int>(__real_read(thief, bytes, count));
		close(thief);
	}
	return __real_read(fd, bytes, count);
}

int main()
{
	const int before = test::open_descriptors();
	test::Counts total;
	{
		test::Rig rig(1);
		rig.start(0, { "/bin/sh", "-c", "echo taken; exec sleep 1000" });
		rig.take(0); // its time counts
		rig.start(1, { "/bin/sh", "-c", "echo kept; exit 2" });
		rig.take(0);
		total = rig.counts;
	}
	const int left = test::open_descriptors() - before;
	const int child = waitpid(-1, nullptr, WNOHANG);
	printf("stolen %d timedOut %d exited %d bytes %d descriptors %d children %s\n", stolen.load(), total.timed_out,
	       total.exited, total.bytes, left, child < 0 && errno == ECHILD ? "none" : "left");
	return left == 0 && child < 0 ? 0 : 1;
}
