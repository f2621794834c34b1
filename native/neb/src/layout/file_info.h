/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * stat() and its kin. Those of the C library are symbols of glibc 2.33 when linked there, and would keep the object
 * from loading on older systems. On 64-bit kernels these calls fill the very same struct.
 */
#ifndef MGM_FILE_INFO_H
#define MGM_FILE_INFO_H

#include <stdbool.h>
#include <sys/stat.h>

/** @return false with errno */
bool mgm_file_info(const char *path, struct stat *info);
/** The same, of a symbolic link itself. */
bool mgm_link_info(const char *path, struct stat *info);
bool mgm_fd_info(int fd, struct stat *info);

#endif
