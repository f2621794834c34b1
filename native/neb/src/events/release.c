/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "release.h"

/* Delay of the first check and the range over which the others are spread, seconds. */
#define FIRST_S 3
#define SPREAD_S 27

void mgm_release_disown(struct mgm_module *m, const void *object, bool service)
{
	mgm_owned_remove(&m->owned, mgm_owned_entry(object, service));
}

bool mgm_release_check(struct mgm_module *m, const char *host, const char *service, int check_options)
{
	const struct mgm_abi *abi = m->core.abi;
	enum mgm_field executing = service != NULL ? MGM_F_SERVICE_IS_EXECUTING : MGM_F_HOST_IS_EXECUTING;
	int forced = check_options & mgm_constant(abi, MGM_C_CHECK_OPTION_FORCE_EXECUTION, 1);
	void *object = service != NULL ? m->core.find_service(host, service) : m->core.find_host(host);
	int64_t when;

	if (object == NULL || !mgm_owned_remove(&m->owned, mgm_owned_entry(object, service != NULL)))
		return false;
	if (mgm_get_i32(abi, object, executing) == 0)
		return false;
	mgm_set_i32(abi, object, executing, 0);
	when = mgm_wall_us(m->clock) / 1000000 + FIRST_S + (int64_t)(m->spread++ % SPREAD_S);
	mgm_core_schedule(&m->core, service != NULL, object, when, forced);
	m->totals.released++;
	return true;
}
