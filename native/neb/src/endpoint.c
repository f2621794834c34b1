/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == MGM_ENDPOINT_BYTES, "socket path size");

/*
 * The C library's lstat() is a symbol of glibc 2.33 when linked there, and would keep the object from loading on
 * older systems. On 64-bit kernels this call fills the very same struct.
 */
static int look_at(const char *path, struct stat *info)
{
#ifdef SYS_newfstatat
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW);
#else
	return lstat(path, info);
#endif
}

/* A private folder, so that nobody else can put a socket where we look for ours. */
static bool private_folder(const char *path, char *why, size_t why_size)
{
	struct stat info;

	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		snprintf(why, why_size, "cannot create '%s': %s", path, strerror(errno));
		return false;
	}
	if (look_at(path, &info) != 0) {
		snprintf(why, why_size, "cannot look at '%s': %s", path, strerror(errno));
		return false;
	}
	if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 07777) != 0700) {
		snprintf(why, why_size, "'%s' must be a folder of uid %ld with mode 0700", path, (long)geteuid());
		return false;
	}
	return true;
}

bool mgm_endpoint_default(const char *folder, pid_t core_pid, char path[MGM_ENDPOINT_BYTES], char *why,
                          size_t why_size)
{
	const char *parent = folder != NULL ? folder : getenv("TMPDIR");
	char own[MGM_ENDPOINT_BYTES];
	int length;

	if (parent == NULL || *parent != '/')
		parent = "/tmp";
	length = snprintf(own, sizeof(own), "%s/mod_gearman-%ld", parent, (long)geteuid());
	if (length < 0 || (size_t)length >= sizeof(own)) {
		snprintf(why, why_size, "folder name '%s' is too long for a socket", parent);
		return false;
	}
	if (!private_folder(own, why, why_size))
		return false;
	length = snprintf(path, MGM_ENDPOINT_BYTES, "%s/bridge-%ld.sock", own, (long)core_pid);
	if (length < 0 || length >= MGM_ENDPOINT_BYTES) {
		snprintf(why, why_size, "folder name '%s' is too long for a socket", own);
		return false;
	}
	return true;
}

bool mgm_endpoint_given(const char *given, char path[MGM_ENDPOINT_BYTES], char *why, size_t why_size)
{
	if (*given != '/' || strlen(given) >= MGM_ENDPOINT_BYTES) {
		snprintf(why, why_size, "bridge_socket must be an absolute path of at most %d bytes",
		         MGM_ENDPOINT_BYTES - 1);
		return false;
	}
	memcpy(path, given, strlen(given) + 1);
	return true;
}

static bool trusted_peer(int fd, char *why, size_t why_size)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
		snprintf(why, why_size, "cannot tell who the bridge is: %s", strerror(errno));
		return false;
	}
	if (peer.uid != geteuid() && peer.uid != 0) {
		snprintf(why, why_size, "the bridge runs as uid %ld, not as %ld or 0", (long)peer.uid, (long)geteuid());
		return false;
	}
	return true;
}

enum mgm_connect_rc mgm_endpoint_connect(const char *path, int *fd, char *why, size_t why_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (s < 0) {
		snprintf(why, why_size, "no socket: %s", strerror(errno));
		return MGM_CONNECT_REFUSED;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(s, (struct sockaddr *)&address, sizeof(address)) == 0) {
		if (trusted_peer(s, why, why_size)) {
			*fd = s;
			return MGM_CONNECT_OK;
		}
		close(s);
		return MGM_CONNECT_REFUSED;
	}
	error = errno;
	close(s);
	snprintf(why, why_size, "cannot connect to '%s': %s", path, strerror(error));
	if (error == ENOENT || error == ECONNREFUSED)
		return MGM_CONNECT_NOBODY;
	return error == EAGAIN ? MGM_CONNECT_LATER : MGM_CONNECT_REFUSED;
}
