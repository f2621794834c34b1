#include "service_notify.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mgm
{

int service_notify(const char *path, size_t path_size, const char *text, size_t text_size)
{
	sockaddr_un address{};
	if (path_size < 2 || (path[0] != '/' && path[0] != '@'))
		return EINVAL;
	if (path_size >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, path, path_size);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_size);
	const ssize_t sent =
		sendto(fd, text, text_size, MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<const sockaddr *>(&address), size);
	const int error = sent < 0 ? errno : 0;
	close(fd);
	return error;
}

} // namespace mgm
