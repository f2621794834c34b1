/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_info.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_newfstatat
#error "only 64-bit systems have layout tables"
#endif

bool mgm_file_info(const char *path, struct stat *info)
{
	return syscall(SYS_newfstatat, AT_FDCWD, path, info, 0) == 0;
}

bool mgm_link_info(const char *path, struct stat *info)
{
	return syscall(SYS_newfstatat, AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW) == 0;
}

bool mgm_fd_info(int fd, struct stat *info)
{
	return syscall(SYS_fstat, fd, info) == 0;
}
