/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.11: what the core's own broker functions put into each event struct, seen by a callback of ours. */
#include "proof_checks.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include "proof_event_calls.h"
#include "proof_event_rows.h"

#define CLOCK_SLACK_SECONDS 5
#define DIRTY_BYTES 16384

/* Written and read by the child only: a callback has no user pointer. */
static struct event_run {
	struct mgm_proof *proof;
	const struct mgm_event_case *expected;
	int calls;
	bool right;
} run;

static bool same_time(struct timeval seen, int64_t seconds, int64_t microseconds)
{
	return seen.tv_sec == seconds && seen.tv_usec == microseconds;
}

/* Nagios passes our own time on, Naemon always takes the clock. */
static bool right_timestamp(const struct mgm_core *core, struct timeval seen)
{
	int64_t off = (int64_t)seen.tv_sec - (int64_t)time(NULL);

	if (core->family == MGM_NAGIOS)
		return same_time(seen, MGM_STAMP_SECONDS, MGM_STAMP_MICROSECONDS);
	return off >= -CLOCK_SLACK_SECONDS && off <= CLOCK_SLACK_SECONDS && seen.tv_usec >= 0 && seen.tv_usec < 1000000;
}

static bool right_text(const char *seen, const char *wanted)
{
	return seen == NULL || wanted == NULL ? seen == wanted : strcmp(seen, wanted) == 0;
}

static bool right_member(struct mgm_proof *proof, const void *event, const struct mgm_event_row *row)
{
	const struct mgm_abi *abi = proof->abi;

	switch (row->kind) {
	case MGM_E_NUMBER:
		return abi->type[row->field] == MGM_T_I64 ? mgm_get_i64(abi, event, row->field) == (int64_t)row->number
		                                          : mgm_get_i32(abi, event, row->field) == (int32_t)row->number;
	case MGM_E_REAL:
		return mgm_get_f64(abi, event, row->field) >= row->number && mgm_get_f64(abi, event, row->field) <= row->number;
	case MGM_E_TEXT: return right_text(mgm_get_cstr(abi, event, row->field), row->text);
	case MGM_E_START:
		return same_time(mgm_get_timeval(abi, event, row->field), MGM_START_SECONDS, MGM_START_MICROSECONDS);
	case MGM_E_END: return same_time(mgm_get_timeval(abi, event, row->field), MGM_END_SECONDS, MGM_END_MICROSECONDS);
	case MGM_E_STAMP: return right_timestamp(proof->core, mgm_get_timeval(abi, event, row->field));
	case MGM_E_HOST: return mgm_get_ptr(abi, event, row->field) == proof->host;
	case MGM_E_SERVICE: return mgm_get_ptr(abi, event, row->field) == proof->service;
	case MGM_E_CONTACT: return mgm_get_ptr(abi, event, row->field) == proof->contact;
	case MGM_E_MARK: return mgm_get_ptr(abi, event, row->field) == proof->mark;
	}
	return false;
}

static int on_event(int id, void *event)
{
	const struct mgm_event_case *expected = run.expected;

	if (expected == NULL || id != mgm_constant(run.proof->abi, expected->callback, -1))
		return mgm_constant(run.proof->abi, MGM_C_NEBERROR_CALLBACKCANCEL, 207);
	run.calls++;
	run.right = true;
	for (size_t i = 0; i < expected->count && run.right; i++) {
		run.right = right_member(run.proof, event, &expected->rows[i]);
		if (!run.right)
			mgm_refuse(run.proof, "%s", mgm_field_infos[expected->rows[i].field].name);
	}
	return mgm_constant(run.proof->abi, MGM_C_NEBERROR_CALLBACKCANCEL, 207);
}

static bool register_callbacks(struct mgm_proof *proof)
{
	static const enum mgm_const ids[] = {
		MGM_C_NEBCALLBACK_PROCESS_DATA,
		MGM_C_NEBCALLBACK_TIMED_EVENT_DATA,
		MGM_C_NEBCALLBACK_LOG_DATA,
		MGM_C_NEBCALLBACK_EVENT_HANDLER_DATA,
		MGM_C_NEBCALLBACK_SERVICE_CHECK_DATA,
		MGM_C_NEBCALLBACK_HOST_CHECK_DATA,
		MGM_C_NEBCALLBACK_PROGRAM_STATUS_DATA,
		MGM_C_NEBCALLBACK_CONTACT_NOTIFICATION_METHOD_DATA,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		/* First in the list, and CANCEL ends it: the child's copies of other modules are never called. */
		if (proof->core->neb_register_callback(mgm_constant(proof->abi, ids[i], -1), proof->core->module, INT_MIN,
		                                       on_event) != 0)
			return mgm_refuse(proof, "neb_register_callback fails");
	}
	return true;
}

/*
 * The cores leave the padding of their event structs as the stack was, which after an earlier call with the same
 * numbers may look like a member at a wrong place.
 */
__attribute__((noinline)) static void dirty_stack(void)
{
	volatile unsigned char area[DIRTY_BYTES];

	for (size_t i = 0; i < sizeof(area); i++)
		area[i] = 0xa5;
}

bool mgm_check_events(struct mgm_proof *proof)
{
	bool passed = true;

	run.proof = proof;
	if (!register_callbacks(proof))
		return false;
	*proof->core->event_broker_options = (unsigned long)mgm_constant(proof->abi, MGM_C_BROKER_EVERYTHING, 1048575);
	for (size_t i = 0; i < mgm_event_case_count && passed; i++) {
		const struct mgm_event_case *one = &mgm_event_cases[i];

		if (one->only_nagios && proof->core->family != MGM_NAGIOS)
			continue;
		run.expected = one;
		run.calls = 0;
		dirty_stack();
		one->call(proof);
		passed = run.calls == 1 ? run.right : mgm_refuse(proof, "%s is not delivered", one->name);
	}
	run.expected = NULL;
	*proof->core->event_broker_options = 0;
	return passed;
}
