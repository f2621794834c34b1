/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "first_event.h"

#include <string.h>

bool mgm_first_event_fits(struct mgm_module *m, enum mgm_event_kind kind, const void *object, const char *host_name,
                          const char *service, const char *result_host)
{
	const void *found = NULL;

	if (m->verified[kind])
		return true;
	m->verified[kind] = true;
	if (host_name != NULL)
		found = service != NULL ? m->core.find_service(host_name, service) : m->core.find_host(host_name);
	if (found == object && (result_host == NULL || strcmp(result_host, host_name) == 0))
		return true;
	m->passive = true;
	mgm_link_kill(&m->link, "the core is not what it seems");
	mgm_log_error(&m->log, "the first event does not fit layout %s of this core (%s); nothing is taken over",
	              m->core.abi->id, m->core.version);
	return false;
}
