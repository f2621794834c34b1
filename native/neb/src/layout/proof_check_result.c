/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.1 and 4.2: what the core's own constructor and destructor of check_result touch. */
#include "proof_checks.h"

#include <stdlib.h>
#include <string.h>

#define MAP_BYTES 1024
#define UNTOUCHED 256 /* no byte value */

static size_t width(uint8_t type)
{
	switch ((enum mgm_type)type) {
	case MGM_T_I32:
	case MGM_T_U32: return 4;
	case MGM_T_TIMEVAL:
	case MGM_T_UNION: return 16;
	default: return 8;
	}
}

static bool is_member(enum mgm_field field)
{
	return mgm_field_infos[field].owner == MGM_S_CHECK_RESULT;
}

/* What each byte must hold according to the table. */
static bool expected_map(struct mgm_proof *proof, uint16_t *map)
{
	for (size_t i = 0; i < MAP_BYTES; i++)
		map[i] = UNTOUCHED;
	for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++) {
		size_t at = proof->abi->offset[field];

		if (!is_member(field) || !mgm_has(proof->abi, field))
			continue;
		if (at + width(proof->abi->type[field]) > MAP_BYTES)
			return mgm_refuse(proof, "%s is out of range", mgm_field_infos[field].name);
		for (size_t i = 0; i < width(proof->abi->type[field]); i++)
			map[at + i] = 0;
	}
	map[proof->abi->offset[MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE]] = 1;
	map[proof->abi->offset[MGM_F_CHECK_RESULT_EXITED_OK]] = 1;
	return true;
}

/* One poison is not enough: the core may write the very byte that was there. */
static void observed_map(struct mgm_proof *proof, uint16_t *map)
{
	static unsigned char first[MAP_BYTES], second[MAP_BYTES];

	memset(first, 0xa5, sizeof(first));
	memset(second, 0x5a, sizeof(second));
	proof->core->init_check_result(first);
	proof->core->init_check_result(second);
	for (size_t i = 0; i < MAP_BYTES; i++) {
		bool touched = first[i] != 0xa5 || second[i] != 0x5a;

		map[i] = !touched ? UNTOUCHED : first[i] == second[i] ? first[i] : UNTOUCHED + 1;
	}
}

bool mgm_check_result_map(struct mgm_proof *proof)
{
	static uint16_t expected[MAP_BYTES], observed[MAP_BYTES];

	if (!expected_map(proof, expected))
		return false;
	observed_map(proof, observed);
	for (size_t i = 0; i < MAP_BYTES; i++) {
		if (expected[i] != observed[i])
			return mgm_refuse(proof, "init_check_result at byte %zu: %s instead of %s", i,
			                  observed[i] == UNTOUCHED ? "untouched"
			                  : observed[i] == 0       ? "0"
			                                           : "not 0",
			                  expected[i] == UNTOUCHED ? "untouched"
			                  : expected[i] == 0       ? "0"
			                                           : "1");
	}
	return true;
}

bool mgm_check_result_strings(struct mgm_proof *proof)
{
	static const enum mgm_field strings[] = { MGM_F_CHECK_RESULT_HOST_NAME, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION,
		                                      MGM_F_CHECK_RESULT_OUTPUT };
	char *result = mgm_stand_in();

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		mgm_set_cstr(proof->abi, result, strings[i], strdup("text"));
	mgm_set_i32(proof->abi, result, MGM_F_CHECK_RESULT_RETURN_CODE, 77);
	mgm_set_f64(proof->abi, result, MGM_F_CHECK_RESULT_LATENCY, 0.5);
	proof->core->free_check_result(result);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		if (mgm_get_cstr(proof->abi, result, strings[i]) != NULL)
			return mgm_refuse(proof, "free_check_result leaves %s", mgm_field_infos[strings[i]].name);
	}
	if (mgm_get_i32(proof->abi, result, MGM_F_CHECK_RESULT_RETURN_CODE) != 77 ||
	    mgm_get_f64(proof->abi, result, MGM_F_CHECK_RESULT_LATENCY) < 0.5)
		return mgm_refuse(proof, "free_check_result changes other members");
	return true;
}
