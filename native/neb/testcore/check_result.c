/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The check_result struct of the core. */
#include <stddef.h>
#include <sys/time.h>

#include "exports.h"
#include "layout.h"

/* Exactly these members; padding, output_file, rusage and timeout stay as they are, as in the real core. */
int init_check_result(void *result)
{
	static const enum mgm_field pointers[] = {
		MGM_F_CHECK_RESULT_HOST_NAME,      MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION,
		MGM_F_CHECK_RESULT_OUTPUT_FILE_FP, MGM_F_CHECK_RESULT_OUTPUT,
		MGM_F_CHECK_RESULT_SOURCE,         MGM_F_CHECK_RESULT_ENGINE
	};
	static const enum mgm_field numbers[] = { MGM_F_CHECK_RESULT_CHECK_TYPE, MGM_F_CHECK_RESULT_CHECK_OPTIONS,
		                                      MGM_F_CHECK_RESULT_SCHEDULED_CHECK, MGM_F_CHECK_RESULT_EARLY_TIMEOUT,
		                                      MGM_F_CHECK_RESULT_RETURN_CODE };
	struct timeval zero = { 0, 0 };

	if (result == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		tc_set_ptr(result, pointers[i], NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		tc_set_i32(result, numbers[i], 0);
	tc_set_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE, tc_const(MGM_C_HOST_CHECK));
	tc_set_i32(result, MGM_F_CHECK_RESULT_EXITED_OK, 1);
	tc_set_f64(result, MGM_F_CHECK_RESULT_LATENCY, 0.0);
	tc_set_tv(result, MGM_F_CHECK_RESULT_START_TIME, zero);
	tc_set_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME, zero);
	return tc_const(MGM_C_NEB_OK);
}

int free_check_result(void *result)
{
	if (result != NULL) {
		tc_take_str(result, MGM_F_CHECK_RESULT_HOST_NAME, NULL);
		tc_take_str(result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, NULL);
		tc_take_str(result, MGM_F_CHECK_RESULT_OUTPUT, NULL);
	}
	return tc_const(MGM_C_NEB_OK);
}
