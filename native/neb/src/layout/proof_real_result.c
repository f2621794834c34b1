/* SPDX-License-Identifier: GPL-2.0-or-later */
/** End of 4.13: process_check_result() on the child's copy of one real host and one real service. */
#include "proof_checks.h"

#include <string.h>
#include <time.h>

#define EXECUTING_MARK 5

static const char source_text[] = "mgm proof source";
static const char answer_text[] = "mgm proof answer";

/* The core keeps the pointer. The answer is not the source: without an engine Naemon takes that one itself. */
static const char *source_name(const void *source)
{
	return source == source_text ? answer_text : "";
}

static void *new_result(struct mgm_proof *proof, int32_t object_type, const char *host_name, const char *description)
{
	const struct mgm_abi *abi = proof->abi;
	void *result = mgm_stand_in(), *engine = mgm_stand_in();
	int64_t now = (int64_t)time(NULL);

	mgm_set_cstr(abi, engine, MGM_F_CHECK_ENGINE_NAME, "mgm proof engine");
	mgm_set_fn(abi, engine, MGM_F_CHECK_ENGINE_SOURCE_NAME, (void (*)(void))source_name);
	proof->core->init_check_result(result);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE, object_type);
	mgm_set_cstr(abi, result, MGM_F_CHECK_RESULT_HOST_NAME, strdup(host_name));
	if (description != NULL)
		mgm_set_cstr(abi, result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, strdup(description));
	mgm_set_timeval(abi, result, MGM_F_CHECK_RESULT_START_TIME, (struct timeval){ now - 2, 0 });
	mgm_set_timeval(abi, result, MGM_F_CHECK_RESULT_FINISH_TIME, (struct timeval){ now - 1, 0 });
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_SCHEDULED_CHECK, 1);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK, 1);
	mgm_set_cstr(abi, result, MGM_F_CHECK_RESULT_OUTPUT, strdup("mgm real result"));
	mgm_set_ptr(abi, result, MGM_F_CHECK_RESULT_ENGINE, engine);
	mgm_set_cstr(abi, result, MGM_F_CHECK_RESULT_SOURCE, source_text);
	return result;
}

static bool check_effect(struct mgm_proof *proof, const void *object, enum mgm_field executing,
                         enum mgm_field check_source, enum mgm_field output)
{
	const struct mgm_abi *abi = proof->abi;
	const char *text = mgm_get_cstr(abi, object, output);

	if (mgm_get_i32(abi, object, executing) != 0)
		return mgm_refuse(proof, "a real result: %s", mgm_field_infos[executing].name);
	if (mgm_get_cstr(abi, object, check_source) != answer_text)
		return mgm_refuse(proof, "a real result: %s or the check engine", mgm_field_infos[check_source].name);
	if (text == NULL || strcmp(text, "mgm real result") != 0)
		return mgm_refuse(proof, "a real result: %s", mgm_field_infos[output].name);
	return true;
}

static bool check_service(struct mgm_proof *proof)
{
	const struct mgm_abi *abi = proof->abi;
	void *service = *proof->core->service_list;

	if (service == NULL)
		return true;
	mgm_set_i32(abi, service, MGM_F_SERVICE_IS_EXECUTING, EXECUTING_MARK);
	proof->core->process_check_result(new_result(proof, mgm_constant(abi, MGM_C_SERVICE_CHECK, 0),
	                                             mgm_get_cstr(abi, service, MGM_F_SERVICE_HOST_NAME),
	                                             mgm_get_cstr(abi, service, MGM_F_SERVICE_DESCRIPTION)));
	return check_effect(proof, service, MGM_F_SERVICE_IS_EXECUTING, MGM_F_SERVICE_CHECK_SOURCE,
	                    MGM_F_SERVICE_PLUGIN_OUTPUT);
}

static bool check_host(struct mgm_proof *proof)
{
	const struct mgm_abi *abi = proof->abi;
	void *host = *proof->core->host_list;
	bool assumed_up = host != NULL && mgm_get_cstr(abi, host, MGM_F_HOST_CHECK_COMMAND) == NULL;

	if (host == NULL)
		return true;
	/* Without a command the core writes a text of its own. */
	if (assumed_up)
		mgm_set_cstr(abi, host, MGM_F_HOST_CHECK_COMMAND, "mgm host command");
	mgm_set_i32(abi, host, MGM_F_HOST_IS_EXECUTING, EXECUTING_MARK);
	proof->core->process_check_result(
		new_result(proof, mgm_constant(abi, MGM_C_HOST_CHECK, 1), mgm_get_cstr(abi, host, MGM_F_HOST_NAME), NULL));
	return check_effect(proof, host, MGM_F_HOST_IS_EXECUTING, MGM_F_HOST_CHECK_SOURCE, MGM_F_HOST_PLUGIN_OUTPUT);
}

bool mgm_check_real_result(struct mgm_proof *proof)
{
	return check_service(proof) && check_host(proof);
}
