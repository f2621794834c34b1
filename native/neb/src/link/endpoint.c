/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "layout/file_info.h"
#include "kept.h"

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == MGM_ENDPOINT_BYTES, "socket path size");

/* Kept over reloads: "<pid> <path>". */
#define KEPT_NAME "mod_gearman.bridge.socket"
#define SOCKET_NAME "bridge.sock"

/* A link, and a folder of another user or open to others, is refused. */
static bool private_folder(const char *path)
{
	struct stat info;

	return (mkdir(path, 0700) == 0 || errno == EEXIST) && mgm_link_info(path, &info) && S_ISDIR(info.st_mode) &&
	       info.st_uid == geteuid() && (info.st_mode & 0777) == 0700;
}

static bool folder_of(const char *path, char folder[MGM_ENDPOINT_BYTES])
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path || strlen(path) >= MGM_ENDPOINT_BYTES)
		return false;
	snprintf(folder, MGM_ENDPOINT_BYTES, "%.*s", (int)(slash - path), path);
	return true;
}

static bool usable(const char *path)
{
	char folder[MGM_ENDPOINT_BYTES];

	return *path == '/' && folder_of(path, folder) && private_folder(folder);
}

/* The path without its pid, or NULL: the text may be libc's default, or of the process this one was forked from. */
static const char *kept_path(pid_t core_pid)
{
	const char *text = mgm_kept(KEPT_NAME);
	char *end;

	if (text == NULL || strtol(text, &end, 10) != (long)core_pid || *end != ' ')
		return NULL;
	return end + 1;
}

bool mgm_endpoint_is_kept(pid_t core_pid)
{
	return kept_path(core_pid) != NULL;
}

/* In a folder that others may write to without the sticky bit, they could put theirs in the place of ours. */
static bool safe_parent(const char *parent)
{
	struct stat info;

	return mgm_file_info(parent, &info) && S_ISDIR(info.st_mode) && (info.st_uid == 0 || info.st_uid == geteuid()) &&
	       ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (info.st_mode & S_ISVTX) != 0);
}

static bool make_below(const char *parent, char path[MGM_ENDPOINT_BYTES], char *why, size_t why_size)
{
	char folder[MGM_ENDPOINT_BYTES], socket_path[2 * MGM_ENDPOINT_BYTES];
	int length = snprintf(folder, sizeof(folder), "%s/" MGM_ENDPOINT_FOLDER, parent);

	if (length < 0 || (size_t)length + sizeof("/" SOCKET_NAME) > MGM_ENDPOINT_BYTES) {
		snprintf(why, why_size, "the name of '%s' is too long for a socket", parent);
		return false;
	}
	if (!safe_parent(parent)) {
		snprintf(why, why_size, "'%s' is no folder, or others may rename what is in it", parent);
		return false;
	}
	if (mkdtemp(folder) == NULL) {
		snprintf(why, why_size, "cannot make a folder in '%s': %s", parent, strerror(errno));
		return false;
	}
	snprintf(socket_path, sizeof(socket_path), "%s/" SOCKET_NAME, folder);
	memcpy(path, socket_path, strlen(socket_path) + 1);
	return true;
}

/* $RUNTIME_DIRECTORY of systemd may name several, with colons between them. */
static const char *first_runtime_folder(char folder[MGM_ENDPOINT_BYTES])
{
	const char *given = getenv("RUNTIME_DIRECTORY");

	if (given == NULL || strcspn(given, ":") >= MGM_ENDPOINT_BYTES)
		return NULL;
	snprintf(folder, MGM_ENDPOINT_BYTES, "%.*s", (int)strcspn(given, ":"), given);
	return folder;
}

static bool make_somewhere(const char *const *parents, char path[MGM_ENDPOINT_BYTES], char *why, size_t why_size)
{
	char runtime[MGM_ENDPOINT_BYTES];
	/* /run/mod_gearman is for packagers; then the folders that the cores' packages make for their users. */
	const char *const usual[] = { getenv("TMPDIR"),
		                          first_runtime_folder(runtime),
		                          "/run/mod_gearman",
		                          "/run/naemon",
		                          "/run/nagios4",
		                          "/run/nagios",
		                          "/run",
		                          "/tmp" };
	size_t count = sizeof(usual) / sizeof(usual[0]);

	for (size_t i = 0; parents != NULL ? parents[i] != NULL : i < count; i++) {
		const char *parent = parents != NULL ? parents[i] : usual[i];

		if (parent != NULL && *parent == '/' && make_below(parent, path, why, why_size))
			return true;
	}
	return false;
}

bool mgm_endpoint_own(const char *const *parents, pid_t core_pid, char path[MGM_ENDPOINT_BYTES], char *why,
                      size_t why_size)
{
	const char *kept = path[0] == '\0' ? kept_path(core_pid) : NULL;
	char text[MGM_ENDPOINT_BYTES + 32];

	if (usable(path))
		return true;
	if (kept != NULL && usable(kept)) {
		memcpy(path, kept, strlen(kept) + 1);
		return true;
	}
	snprintf(why, why_size, "there is no folder for the bridge's socket");
	if (!make_somewhere(parents, path, why, why_size))
		return false;
	snprintf(text, sizeof(text), "%ld %s", (long)core_pid, path);
	/* Without memory the next load starts another bridge; this one ends when it finds itself alone. */
	mgm_keep(KEPT_NAME, text);
	return true;
}

void mgm_endpoint_remove(const char *path)
{
	char folder[MGM_ENDPOINT_BYTES];

	if (!folder_of(path, folder))
		return;
	unlink(path);
	rmdir(folder);
}

bool mgm_endpoint_given(const char *given, char path[MGM_ENDPOINT_BYTES], char *why, size_t why_size)
{
	if (*given != '/' || strlen(given) >= MGM_ENDPOINT_BYTES) {
		snprintf(why, why_size, "bridge_socket must be an absolute path of at most %d bytes", MGM_ENDPOINT_BYTES - 1);
		return false;
	}
	memcpy(path, given, strlen(given) + 1);
	return true;
}

static bool look_at_peer(int fd, struct ucred *peer)
{
	socklen_t size = sizeof(*peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &size) == 0;
}

static bool trusted_peer(int fd, char *why, size_t why_size)
{
	struct ucred peer;

	if (!look_at_peer(fd, &peer)) {
		snprintf(why, why_size, "cannot find out which user runs the bridge: %s", strerror(errno));
		return false;
	}
	if (peer.uid != geteuid() && peer.uid != 0) {
		snprintf(why, why_size, "the bridge runs as uid %ld, not as %ld or 0", (long)peer.uid, (long)geteuid());
		return false;
	}
	return true;
}

pid_t mgm_endpoint_peer(int fd)
{
	struct ucred peer;

	return look_at_peer(fd, &peer) ? peer.pid : 0;
}

enum mgm_connect_rc mgm_endpoint_connect(const char *path, int *fd, char *why, size_t why_size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
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
		return MGM_CONNECT_ABSENT;
	return error == EAGAIN ? MGM_CONNECT_LATER : MGM_CONNECT_REFUSED;
}
