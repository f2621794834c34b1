#ifndef MGM_SERVICE_NOTIFY_H
#define MGM_SERVICE_NOTIFY_H

#include <cstddef>

namespace mgm
{

/**
 * Sends one datagram to a unix socket, without waiting: Node.js has no such sockets. Source: sd_notify(3).
 *
 * @param path of the socket; with a leading @ the name of an abstract one
 * @return 0 or an errno: EAGAIN if the receiver is behind, EINVAL or ENAMETOOLONG for what cannot be a path
 */
int service_notify(const char *path, size_t path_size, const char *text, size_t text_size);

} // namespace mgm

#endif
