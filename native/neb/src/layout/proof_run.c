/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proof_run.h"

#include "proof_checks.h"

struct step {
	const char *number;
	mgm_proof_check check;
};

static const struct step layout_steps[] = {
	{ "4.1", mgm_check_result_map },    { "4.2", mgm_check_result_strings }, { "4.3", mgm_check_lists },
	{ "4.4", mgm_check_object_text },   { "4.5", mgm_check_macro_slots },    { "4.6", mgm_check_macros },
	{ "4.7", mgm_check_macro_indices }, { "4.8", mgm_check_command },        { "4.9", mgm_check_scheduling },
	{ "4.10", mgm_check_timer },        { "4.11", mgm_check_events },        { "4.12", mgm_check_results },
};

static const struct step object_steps[] = {
	{ "4.13", mgm_check_objects },
};

static const struct step slots_steps[] = {
	{ "4.5", mgm_measure_macro_slots },
};

#define COUNT(steps) (sizeof(steps) / sizeof((steps)[0]))

bool mgm_proof_run(struct mgm_proof *proof, enum mgm_proof_part part)
{
	static const struct {
		const struct step *steps;
		size_t count;
	} parts[] = {
		[MGM_PROOF_LAYOUT] = { layout_steps, COUNT(layout_steps) },
		[MGM_PROOF_OBJECTS] = { object_steps, COUNT(object_steps) },
		[MGM_PROOF_SLOTS] = { slots_steps, COUNT(slots_steps) },
	};
	const struct step *steps = parts[part].steps;
	const char *missing = mgm_proof_calls_resolve(&proof->calls, proof->core);
	size_t count = parts[part].count;

	if (missing != NULL)
		return mgm_refuse(proof, "the core exports no usable '%s'", missing);
	mgm_proof_calls_silence(&proof->calls, proof->core);
	for (size_t i = 0; i < count; i++) {
		proof->check = steps[i].number;
		if (!steps[i].check(proof))
			return false;
	}
	return true;
}
