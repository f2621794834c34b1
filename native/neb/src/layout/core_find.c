/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_find.h"

#include <stdio.h>
#include <string.h>

#include "core_symbols.h"
#include "proof.h"

#define MAX_CANDIDATES 16

extern int __neb_api_version;

/* Candidates in the order of abi/README.md 3.5: by version, by names, then the rest of the family. */
static size_t candidates(const struct mgm_core *core, const struct mgm_abi **list)
{
	const struct mgm_abi *first[2];
	size_t count = 0;

	first[0] = mgm_class_by_version(core->family, core->version);
	first[1] = mgm_class_by_names(core->family);
	for (size_t i = 0; i < 2; i++) {
		if (first[i] != NULL && (count == 0 || list[0] != first[i]))
			list[count++] = first[i];
	}
	for (size_t i = 0; i < mgm_abi_class_count && count < MAX_CANDIDATES; i++) {
		const struct mgm_abi *row = &mgm_abi_classes[i];

		if (row->core == core->family && row != first[0] && row != first[1])
			list[count++] = row;
	}
	return count;
}

static enum mgm_core_rc choose_class(struct mgm_core *core, char *why, size_t why_size)
{
	const struct mgm_abi *by_version = mgm_class_by_version(core->family, core->version);
	const struct mgm_abi *list[MAX_CANDIDATES];
	char first[MGM_PROOF_REASON_BYTES] = "";
	size_t count = candidates(core, list);

	for (size_t i = 0; i < count; i++) {
		char reason[MGM_PROOF_REASON_BYTES];

		if (mgm_prove(core, list[i], MGM_PROOF_LAYOUT, MGM_PROOF_TRIES, reason, sizeof(reason))) {
			core->abi = list[i];
			if (list[i] != by_version)
				snprintf(why, why_size, "core version %s is not a measured release, but its structs are those of %s",
				         core->version, list[i]->id);
			return MGM_CORE_OK;
		}
		if (i == 0)
			snprintf(first, sizeof(first), "%s", reason);
	}
	snprintf(why, why_size, "no known struct layout fits this core (%s %s); layout %s fails at %s",
	         core->family == MGM_NAEMON ? "Naemon" : "Nagios", core->version, count > 0 ? list[0]->id : "none", first);
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

enum mgm_core_rc mgm_core_find(struct mgm_core *core, void *module, char *why, size_t why_size)
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
	return choose_class(core, why, why_size);
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
