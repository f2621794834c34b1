/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hooks.h"

#include "checks.h"
#include "eventhandler.h"
#include "exports.h"
#include "flatten.h"
#include "notification.h"
#include "perfdata.h"

/* Rows of one callback are called in this order (neb-module.md 2.1). A handler ignores types that are not its own. */
static const struct hook {
	enum mgm_const callback;
	mgm_hook_handler handler;
} hooks[] = {
	{ MGM_C_NEBCALLBACK_HOST_CHECK_DATA, mgm_checks_host },
	{ MGM_C_NEBCALLBACK_SERVICE_CHECK_DATA, mgm_checks_service },
	{ MGM_C_NEBCALLBACK_EVENT_HANDLER_DATA, mgm_eventhandler_event },
	{ MGM_C_NEBCALLBACK_CONTACT_NOTIFICATION_METHOD_DATA, mgm_notification_event },
	{ MGM_C_NEBCALLBACK_HOST_CHECK_DATA, mgm_perfdata_host },
	{ MGM_C_NEBCALLBACK_SERVICE_CHECK_DATA, mgm_perfdata_service },
	{ MGM_C_NEBCALLBACK_TIMED_EVENT_DATA, mgm_exports_timed_event },
	{ MGM_C_NEBCALLBACK_LOG_DATA, mgm_exports_log },
	{ MGM_C_NEBCALLBACK_HOST_CHECK_DATA, mgm_flatten_host },
	{ MGM_C_NEBCALLBACK_SERVICE_CHECK_DATA, mgm_flatten_service },
};

#define HOOKS (sizeof(hooks) / sizeof(hooks[0]))

int mgm_hooks_register_process(const struct mgm_core *core, void *handle, mgm_neb_callback callback)
{
	return core->neb_register_callback(mgm_constant(core->abi, MGM_C_NEBCALLBACK_PROCESS_DATA, 0), handle, 0, callback);
}

/* An id is registered once, however many rows it has. */
static bool seen_before(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (hooks[i].callback == hooks[row].callback)
			return true;
	return false;
}

int mgm_hooks_register(const struct mgm_core *core, void *handle, mgm_neb_callback callback)
{
	for (size_t i = 0; i < HOOKS; i++) {
		int32_t id = mgm_constant(core->abi, hooks[i].callback, -1);
		int rc;

		/* Naemon does not check the range itself. */
		if (seen_before(i) || id < 0 || id >= mgm_constant(core->abi, MGM_C_NEBCALLBACK_NUMITEMS, 26))
			continue;
		rc = core->neb_register_callback(id, handle, 0, callback);
		if (rc != MGM_NEB_OK)
			return rc;
	}
	return MGM_NEB_OK;
}

int mgm_hooks_call(struct mgm_module *m, int id, void *event)
{
	for (size_t i = 0; i < HOOKS; i++) {
		if (mgm_constant(m->core.abi, hooks[i].callback, -1) == id) {
			int rc = hooks[i].handler(m, event);

			if (rc != MGM_NEB_OK)
				return rc;
		}
	}
	return MGM_NEB_OK;
}
