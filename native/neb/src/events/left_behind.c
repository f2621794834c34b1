/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "left_behind.h"

#include <stdio.h>
#include <string.h>

#define MOST_NAMES 10u

static void add_name(struct mgm_left_behind *left, const struct mgm_event *event)
{
	size_t used = strlen(left->names);

	if (mgm_left_behind_count(left) > MOST_NAMES) {
		if (used + 4 < sizeof(left->names) && strcmp(left->names + used - 3, "...") != 0)
			strcpy(left->names + used, "...");
		return;
	}
	snprintf(left->names + used, sizeof(left->names) - used, "%s%s%s%s", used > 0 ? ", " : "", event->host,
	         event->service != NULL ? " - " : "", event->service != NULL ? event->service : "");
}

void mgm_left_behind_add(struct mgm_left_behind *left, const struct mgm_event *at)
{
	for (; at != NULL; at = at->next) {
		if (at->kind != MGM_EVENT_HANDLER && at->kind != MGM_EVENT_NOTIFICATION)
			continue;
		(*(at->kind == MGM_EVENT_HANDLER ? &left->handlers : &left->notifications))++;
		add_name(left, at);
	}
}

size_t mgm_left_behind_count(const struct mgm_left_behind *left)
{
	return left->handlers + left->notifications;
}
