/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_LOG_H
#define TC_LOG_H

#include <stdbool.h>

/** Log to this file (appended), or to stderr for NULL. @return false with errno set */
bool tc_log_open(const char *path);

/** Reopen the same file, as after an external rotation; keeps the old one if that fails. */
void tc_log_reopen(void);

/** Close the file; later lines go to stderr. */
void tc_log_close(void);

#endif
