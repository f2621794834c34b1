/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_STATUS_H
#define TC_STATUS_H

#include <stdbool.h>

/**
 * Write all objects as a status.dat: into a temporary file beside `path`, then renamed over it.
 *
 * @return false with errno set; the old file then stays
 */
bool tc_status_write(const char *path);

#endif
