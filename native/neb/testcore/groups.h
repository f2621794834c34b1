/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_GROUPS_H
#define TC_GROUPS_H

#include "options.h"

/** Make groups and contacts, put the first host and the first service (may be NULL) into the first group each. */
void tc_groups_create(const struct tc_options *options, void *host, void *service);

/** Free them and empty the exported lists. Members must not be used after this. */
void tc_groups_free(void);

#endif
