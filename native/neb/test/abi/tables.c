/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The generated tables, the accessors over them, and the decisions that need no core. */
#include <stdlib.h>
#include <string.h>

#include "layout/core_find.h"
#include "layout/core_symbols.h"
#include "tap.h"

static const struct mgm_abi *class_of(const char *id)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++) {
		if (strcmp(mgm_abi_classes[i].id, id) == 0)
			return &mgm_abi_classes[i];
	}
	return NULL;
}

/* Some numbers read off the measurements by hand, not by the generator. */
static void test_numbers(void)
{
	const struct mgm_abi *first = class_of("naemon-1.1"), *last = class_of("naemon-1.5.1");
	const struct mgm_abi *nagios = class_of("nagios-4.4"), *newer = class_of("nagios-4.5");

	if (!CHECK(mgm_abi_class_count == 9 && first != NULL && last != NULL && nagios != NULL && newer != NULL,
	           "nine classes"))
		return;
	CHECK(first->offset[MGM_F_HOST_IS_EXECUTING] == 456, "naemon-1.1: host.is_executing");
	CHECK(newer->offset[MGM_F_HOST_IS_EXECUTING] == 472, "nagios-4.5: host.is_executing");
	CHECK(last->offset[MGM_F_CHECK_RESULT_RETURN_CODE] == first->offset[MGM_F_CHECK_RESULT_RETURN_CODE] + 4,
	      "naemon-1.5.1: return_code is 4 further");
	CHECK(newer->offset[MGM_F_HOST_CUSTOM_VARIABLES] == nagios->offset[MGM_F_HOST_CUSTOM_VARIABLES] + 8,
	      "nagios-4.5: custom variables are 8 further");
	CHECK(!mgm_has(last, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK) && mgm_has(nagios, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK),
	      "only Nagios has reschedule_check");
	CHECK(last->type[MGM_F_HOST_CURRENT_NOTIFICATION_ID] == MGM_T_CSTR &&
	          first->type[MGM_F_HOST_CURRENT_NOTIFICATION_ID] == MGM_T_U64,
	      "the notification id became a string");
	CHECK(mgm_constant(last, MGM_C_NEBERROR_CALLBACKOVERRIDE, 0) == 206, "OVERRIDE is 206");
	CHECK(mgm_constant(nagios, MGM_C_CHECK_OPTION_ALLOW_POSTPONE, -7) == -7, "an absent constant gives the fallback");
	CHECK(last->size[MGM_S_TIMED_EVENT] == 0 && nagios->size[MGM_S_TIMED_EVENT] == 80, "sizes, 0 when absent");
	CHECK(last->neb_api == 8 && nagios->neb_api == 4, "API numbers");
}

/* No two members of a struct may overlap, or the proof would test less than it says. */
static void test_no_overlap(void)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++) {
		const struct mgm_abi *abi = &mgm_abi_classes[i];
		int overlaps = 0;

		for (enum mgm_field one = 0; one < MGM_FIELD_COUNT; one++) {
			for (enum mgm_field two = 0; two < MGM_FIELD_COUNT; two++) {
				if (one != two && mgm_has(abi, one) && mgm_field_infos[one].owner != MGM_SIZE_COUNT &&
				    mgm_field_infos[one].owner == mgm_field_infos[two].owner && abi->offset[one] == abi->offset[two])
					overlaps++;
			}
		}
		CHECK(overlaps == 0, "%s: members do not share a place", abi->id);
	}
}

static void test_accessors(void)
{
	const struct mgm_abi *abi = class_of("naemon-1.5.1");
	static char host[1024], result[1024], text[] = "name";
	struct timeval when = { 1700000000, 123456 };

	mgm_set_i32(abi, host, MGM_F_HOST_CHECK_OPTIONS, -3);
	mgm_set_i32(abi, host, MGM_F_HOST_IS_EXECUTING, 1);
	CHECK(mgm_get_i32(abi, host, MGM_F_HOST_CHECK_OPTIONS) == -3, "i32 keeps its neighbours");
	mgm_set_i64(abi, host, MGM_F_HOST_NEXT_CHECK, INT64_MAX);
	CHECK(mgm_get_i64(abi, host, MGM_F_HOST_NEXT_CHECK) == INT64_MAX, "i64");
	mgm_set_f64(abi, host, MGM_F_HOST_CHECK_INTERVAL, 0.25);
	CHECK(mgm_get_f64(abi, host, MGM_F_HOST_CHECK_INTERVAL) > 0.24, "f64");
	mgm_set_cstr(abi, host, MGM_F_HOST_NAME, text);
	CHECK(mgm_get_cstr(abi, host, MGM_F_HOST_NAME) == text, "a string is stored, not copied");
	mgm_set_ptr(abi, host, MGM_F_HOST_NEXT, host);
	CHECK(mgm_get_ptr(abi, host, MGM_F_HOST_NEXT) == host, "pointer");
	mgm_set_timeval(abi, result, MGM_F_CHECK_RESULT_START_TIME, when);
	CHECK(mgm_get_timeval(abi, result, MGM_F_CHECK_RESULT_START_TIME).tv_usec == 123456, "timeval");
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK, 1);
	CHECK(mgm_get_i32(abi, result, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK) == 0 &&
	          mgm_at(abi, result, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK) == NULL,
	      "an absent member is neither written nor read");
	CHECK(mgm_at(abi, result, MGM_F_CHECK_RESULT_OUTPUT) == result + abi->offset[MGM_F_CHECK_RESULT_OUTPUT],
	      "address of a member");
}

static void check_version(enum mgm_family family, const char *version, const char *id)
{
	const struct mgm_abi *row = mgm_class_by_version(family, version);

	CHECK(row == NULL ? id == NULL : id != NULL && strcmp(row->id, id) == 0, "version '%s' is %s",
	      version != NULL ? version : "(NULL)", id != NULL ? id : "unknown");
}

static void test_versions(void)
{
	check_version(MGM_NAGIOS, "4.4.6", "nagios-4.4");
	check_version(MGM_NAGIOS, "4.5.12", "nagios-4.5");
	check_version(MGM_NAGIOS, "4.5.1", "nagios-4.5");
	check_version(MGM_NAGIOS, "4.5.13", "nagios-4.5.13");
	check_version(MGM_NAGIOS, "4.5.14", "nagios-4.5.13");
	check_version(MGM_NAGIOS, "1.5.2", NULL);
	check_version(MGM_NAEMON, "1.5.2", "naemon-1.5.1");
	check_version(MGM_NAEMON, "1.5.2-pkg", "naemon-1.5.1");
	check_version(MGM_NAEMON, "1.1.0.source", "naemon-1.1");
	check_version(MGM_NAEMON, "1.4.1.g0123abc.20240101", "naemon-1.4.0");
	check_version(MGM_NAEMON, "1.4", NULL);
	check_version(MGM_NAEMON, "9.9.9", NULL);
	check_version(MGM_NAEMON, "", NULL);
	check_version(MGM_NAEMON, NULL, NULL);
	CHECK(mgm_version_unmeasured(MGM_NAEMON, "1.0.10") && mgm_version_unmeasured(MGM_NAEMON, "0.9.1"),
	      "Naemon before 1.1 has no table");
	CHECK(!mgm_version_unmeasured(MGM_NAEMON, "1.1.0") && !mgm_version_unmeasured(MGM_NAGIOS, "1.0.10"),
	      "later ones may");
}

/* This program exports none of a core's names. */
static void test_no_core(void)
{
	struct mgm_core core;
	char why[256] = "";
	enum mgm_family family;

	CHECK(!mgm_family_by_names(&family), "no names, no family");
	CHECK(mgm_core_function("malloc") == NULL, "a function of another object is not the core's");
	CHECK(mgm_core_find(&core, NULL, NULL, why, sizeof(why)) == MGM_CORE_NO_FAMILY && core.abi == NULL, "not a core");
	CHECK(strstr(why, "neither Naemon nor Nagios") != NULL, "the reason names it: %s", why);
	CHECK(strchr(why, '\n') == NULL, "in one line");
	CHECK(mgm_core_prove_objects(&core, why, sizeof(why)) == MGM_CORE_NO_LAYOUT && why[0] != '\0',
	      "no layout, no proof of objects");
	for (size_t i = 0; i < mgm_abi_rule_count; i++)
		CHECK(class_of(mgm_abi_rules[i].class_id) != NULL, "the name rules know %s", mgm_abi_rules[i].class_id);
	CHECK(strcmp(mgm_class_by_names(MGM_NAEMON)->id, "naemon-1.1") == 0, "no marking name: the oldest Naemon");
	CHECK(strcmp(mgm_class_by_names(MGM_NAGIOS)->id, "nagios-4.4") == 0, "no marking name: the oldest Nagios");
}

static int node(const char *arguments)
{
	const char *program = getenv("MGM_NODE");
	char command[256];

	snprintf(command, sizeof(command), "'%s' %s >/dev/null 2>&1", program != NULL ? program : "node", arguments);
	return system(command);
}

static void test_generated(void)
{
	if (node("-e 'process.exit(process.features.typescript ? 0 : 1)'") != 0) {
		CHECK(true, "generated files match abi/core-abi.json # SKIP no node that runs TypeScript");
		return;
	}
	CHECK(node("scripts/generate-abi.ts --check") == 0, "generated files match abi/core-abi.json");
}

int main(void)
{
	test_numbers();
	test_no_overlap();
	test_accessors();
	test_versions();
	test_no_core();
	test_generated();
	return tap_done();
}
