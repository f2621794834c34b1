/* SPDX-License-Identifier: GPL-2.0-or-later */
/** From a command with arguments and macros to the line that is run. */
#ifndef TC_COMMAND_LINE_H
#define TC_COMMAND_LINE_H

#include "layout.h"

/** Expand the command of an object. @return malloc()ed line, NULL without a command */
char *tc_command_line(const struct tc_kind *kind, void *object, void *command, const char *text);

#endif
