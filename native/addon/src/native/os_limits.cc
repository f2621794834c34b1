#include "os_limits.h"

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace mgm
{
namespace
{

int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : errno;
}

int option_of(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);
	return getsockopt(fd, IPPROTO_TCP, name, &value, &size) == 0 ? value : -1;
}

} // namespace

int set_keep_alive(int fd, KeepAlive &wanted)
{
	int error = set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (error == 0 && wanted.idle_seconds > 0)
		error = set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, wanted.idle_seconds);
	if (error == 0 && wanted.interval_seconds > 0)
		error = set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, wanted.interval_seconds);
	if (error == 0 && wanted.count > 0)
		error = set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, wanted.count);
	wanted = { option_of(fd, TCP_KEEPIDLE), option_of(fd, TCP_KEEPINTVL), option_of(fd, TCP_KEEPCNT) };
	return error;
}

int set_open_files(uint64_t count)
{
	rlimit limit{};
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return errno;
	const rlimit wanted{ count, limit.rlim_max < count ? count : limit.rlim_max };
	if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
		return 0;
	const int error = errno;
	const rlimit possible{ limit.rlim_max < count ? limit.rlim_max : count, limit.rlim_max };
	if (setrlimit(RLIMIT_NOFILE, &possible) != 0)
		return errno;
	return possible.rlim_cur == count ? 0 : error;
}

int hide_memory()
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

} // namespace mgm
