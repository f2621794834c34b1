/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A result finds its object. */
#include <stddef.h>

#include "check_output.h"
#include "exports.h"
#include "layout.h"

/* The pointer is stored in the object, not copied: it belongs to the engine, or is the source itself. */
static const char *source_of(const void *result)
{
	const void *engine = tc_ptr(result, MGM_F_CHECK_RESULT_ENGINE);
	const char *source = tc_ptr(result, MGM_F_CHECK_RESULT_SOURCE);
	const char *(*name)(void *);

	if (engine == NULL)
		return source != NULL ? source : "(unknown engine)";
	*(void **)&name = tc_ptr(engine, MGM_F_CHECK_ENGINE_SOURCE_NAME);
	return name(tc_ptr(result, MGM_F_CHECK_RESULT_SOURCE));
}

int process_check_result(void *result)
{
	const char *source, *host_name, *description;
	void *object;
	int type;

	if (result == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	source = source_of(result);
	if (tc_str(result, MGM_F_CHECK_RESULT_OUTPUT) != NULL)
		tc_trim_end(tc_str(result, MGM_F_CHECK_RESULT_OUTPUT));
	type = tc_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE);
	host_name = tc_str(result, MGM_F_CHECK_RESULT_HOST_NAME);
	description = tc_str(result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION);
	if (type == tc_const(MGM_C_SERVICE_CHECK)) {
		object = find_service(host_name, description);
		if (object == NULL) {
			nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
			       "Error: Got check result for service '%s' on host '%s'. Unable to find service",
			       description != NULL ? description : "(null)", host_name != NULL ? host_name : "(null)");
			return tc_const(MGM_C_NEB_ERROR);
		}
		tc_set_ptr(object, MGM_F_SERVICE_CHECK_SOURCE, source);
		return handle_async_service_check_result(object, result);
	}
	if (type == tc_const(MGM_C_HOST_CHECK)) {
		object = find_host(host_name);
		if (object == NULL) {
			nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
			       "Error: Got host checkresult for '%s', but no such host can be found",
			       host_name != NULL ? host_name : "(null)");
			return tc_const(MGM_C_NEB_ERROR);
		}
		tc_set_ptr(object, MGM_F_HOST_CHECK_SOURCE, source);
		return handle_async_host_check_result(object, result);
	}
	nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
	       "Error: Unknown object check type for checkresult: %d; (host_name: %s; service_description: %s)", type,
	       host_name != NULL ? host_name : "(null)", description != NULL ? description : "(null)");
	return tc_const(MGM_C_NEB_ERROR);
}
