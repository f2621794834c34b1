/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_find.h"

#include <stdio.h>
#include <string.h>

#include "core_symbols.h"
#include "proof.h"

/* Built-in classes of a family, and as many files as are read. */
#define MAX_CANDIDATES (16 + MGM_LAYOUT_MAX_FILES)

extern int __neb_api_version;

/* The tables that are tried, in order; none twice. */
struct candidates {
	const struct mgm_abi *list[MAX_CANDIDATES];
	size_t count;
};

static void add(struct candidates *candidates, const struct mgm_core *core, const struct mgm_abi *abi)
{
	if (abi == NULL || abi->core != core->family)
		return;
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->list[i] == abi)
			return;
	if (candidates->count < MAX_CANDIDATES)
		candidates->list[candidates->count++] = abi;
}

/* abi/README.md 3.5: files for this version, by version, by names, the rest of the family, other files. */
static void collect(struct candidates *candidates, const struct mgm_core *core)
{
	for (const struct mgm_layout_row *row = core->files; row != NULL; row = row->next)
		if (mgm_class_lists(&row->abi, core->version))
			add(candidates, core, &row->abi);
	add(candidates, core, mgm_class_by_version(core->family, core->version));
	add(candidates, core, mgm_class_by_names(core->family));
	for (size_t i = 0; i < mgm_abi_class_count; i++)
		add(candidates, core, &mgm_abi_classes[i]);
	for (const struct mgm_layout_row *row = core->files; row != NULL; row = row->next)
		add(candidates, core, &row->abi);
}

/* Tables that fit but for the number of macro slots. @return whether one of them was proven; `core` owns it then */
static bool choose_with_slots(struct mgm_core *core, const struct candidates *candidates)
{
	int32_t slots = mgm_measure_slots(core);

	for (size_t i = 0; slots >= 0 && i < candidates->count; i++) {
		char reason[MGM_PROOF_REASON_BYTES];
		struct mgm_layout_row *row;

		if (candidates->list[i]->constant[MGM_C_MACRO_X_COUNT] == slots)
			continue;
		row = mgm_layout_row_with_slots(candidates->list[i], slots);
		if (row == NULL)
			continue;
		if (mgm_prove(core, &row->abi, MGM_PROOF_LAYOUT, MGM_PROOF_TRIES, reason, sizeof(reason))) {
			core->derived = row;
			core->abi = &row->abi;
			return true;
		}
		mgm_layout_rows_free(row);
	}
	return false;
}

static bool choose_known(struct mgm_core *core, const struct candidates *candidates, char first[MGM_PROOF_REASON_BYTES])
{
	for (size_t i = 0; i < candidates->count; i++) {
		char reason[MGM_PROOF_REASON_BYTES];

		if (mgm_prove(core, candidates->list[i], MGM_PROOF_LAYOUT, MGM_PROOF_TRIES, reason, sizeof(reason))) {
			core->abi = candidates->list[i];
			return true;
		}
		if (i == 0)
			snprintf(first, MGM_PROOF_REASON_BYTES, "%s", reason);
	}
	return false;
}

static enum mgm_core_rc choose_class(struct mgm_core *core, char *why, size_t why_size)
{
	char first[MGM_PROOF_REASON_BYTES] = "";
	struct candidates candidates = { .count = 0 };

	collect(&candidates, core);
	if (choose_known(core, &candidates, first) || choose_with_slots(core, &candidates)) {
		if (!mgm_class_lists(core->abi, core->version))
			snprintf(why, why_size, "core version %s is not a measured release, but its structs are those of %s",
			         core->version, core->abi->id);
		return MGM_CORE_OK;
	}
	snprintf(why, why_size, "no known struct layout fits this core (%s %s); layout %s fails at %s",
	         core->family == MGM_NAEMON ? "Naemon" : "Nagios", core->version,
	         candidates.count > 0 ? candidates.list[0]->id : "none", first);
	return MGM_CORE_NO_LAYOUT;
}

/* The version ends up in log lines: keep it short and printable. */
static void copy_version(struct mgm_core *core)
{
	const char *version = core->get_program_version();
	size_t i = 0;

	for (; version != NULL && version[i] != '\0' && i + 1 < sizeof(core->version); i++)
		core->version[i] = version[i] >= ' ' && version[i] < 0x7f ? version[i] : '?';
	core->version[i] = '\0';
}

enum mgm_core_rc mgm_core_find(struct mgm_core *core, void *module, const struct mgm_layout_source *files, char *why,
                               size_t why_size)
{
	const char *missing;

	memset(core, 0, sizeof(*core));
	core->module = module;
	if (why_size > 0)
		why[0] = '\0';
	core->neb_api = __neb_api_version;
	if (!mgm_family_by_names(&core->family)) {
		snprintf(why, why_size, "the program that loaded this module is neither Naemon nor Nagios 4");
		return MGM_CORE_NO_FAMILY;
	}
	missing = mgm_core_resolve(core);
	if (missing != NULL) {
		snprintf(why, why_size, "the core exports no usable '%s'", missing);
		return MGM_CORE_MISSING_SYMBOL;
	}
	copy_version(core);
	if (mgm_version_unmeasured(core->family, core->version)) {
		snprintf(why, why_size, "Naemon %s is older than 1.1.0, the oldest one supported", core->version);
		return MGM_CORE_NO_LAYOUT;
	}
	if (files != NULL)
		core->files = mgm_layout_files_read(files);
	return choose_class(core, why, why_size);
}

void mgm_core_free(struct mgm_core *core)
{
	mgm_layout_rows_free(core->files);
	mgm_layout_rows_free(core->derived);
	core->files = NULL;
	core->derived = NULL;
	core->abi = NULL;
}

enum mgm_core_rc mgm_core_prove_objects(struct mgm_core *core, char *why, size_t why_size)
{
	char reason[MGM_PROOF_REASON_BYTES];

	if (why_size > 0)
		why[0] = '\0';
	if (core->abi == NULL) {
		snprintf(why, why_size, "no struct layout was proven for this core");
		return MGM_CORE_NO_LAYOUT;
	}
	if (mgm_prove(core, core->abi, MGM_PROOF_OBJECTS, MGM_PROOF_TRIES, reason, sizeof(reason)))
		return MGM_CORE_OK;
	snprintf(why, why_size, "struct layout %s does not fit the objects of this core (%s %s): %s", core->abi->id,
	         core->family == MGM_NAEMON ? "Naemon" : "Nagios", core->version, reason);
	return MGM_CORE_NO_LAYOUT;
}
