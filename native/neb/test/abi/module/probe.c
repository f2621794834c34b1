/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A broker module for tests only: runs the layout proof inside whatever core loads it and writes the outcome to
 * a file, one fact per line. Arguments: `<report file> [mutate]`. Ends the core's process when it is done: some
 * releases forget a SIGTERM that arrives this early.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core.h"
#include "proof.h"

#define EXPORT __attribute__((visibility("default")))
#define MAX_ARGUMENT 512

EXPORT int nebmodule_init(int flags, char *args, void *handle);
EXPORT int nebmodule_deinit(int flags, int reason);

static struct probe {
	struct mgm_core core;
	char path[MAX_ARGUMENT];
	bool mutate;
	FILE *report;
} probe;

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void finish(void)
{
	fprintf(probe.report, "done\n");
	fclose(probe.report);
	_exit(0);
}

/* Both parts, as a core would meet them; one try each, a mutation that hangs counts as refused. */
static bool accepted(const struct mgm_abi *abi, int tries, char *why, size_t why_size)
{
	return mgm_prove(&probe.core, abi, MGM_PROOF_LAYOUT, tries, why, why_size) &&
	       mgm_prove(&probe.core, abi, MGM_PROOF_OBJECTS, tries, why, why_size);
}

static void try_classes(void)
{
	char why[MGM_PROOF_REASON_BYTES];

	for (size_t i = 0; i < mgm_abi_class_count; i++) {
		const struct mgm_abi *row = &mgm_abi_classes[i];
		double start = now_seconds();
		bool fits = row->core == probe.core.family && accepted(row, MGM_PROOF_TRIES, why, sizeof(why));

		if (row->core == probe.core.family)
			fprintf(probe.report, "class %s %s %.1fms %s\n", row->id, fits ? "accepted" : "refused",
			        (now_seconds() - start) * 1000, why);
	}
}

/* Move one field by `delta` bytes in a copied table. @return false when the table cannot hold the result */
static bool try_mutation(const struct mgm_abi *base, enum mgm_field field, int delta, size_t counts[2][2])
{
	static uint16_t offsets[MGM_FIELD_COUNT];
	struct mgm_abi moved = *base;
	char why[MGM_PROOF_REASON_BYTES];
	int offset = (int)base->offset[field] + delta;
	bool production = mgm_field_infos[field].production;
	bool detected;

	if (base->offset[field] == MGM_ABSENT || offset < 0)
		return false;
	memcpy(offsets, base->offset, sizeof(offsets));
	offsets[field] = (uint16_t)offset;
	moved.offset = offsets;
	detected = !accepted(&moved, 1, why, sizeof(why));
	counts[production][detected]++;
	if (!detected)
		fprintf(probe.report, "miss %s %s %+d\n", production ? "production" : "self-check",
		        mgm_field_infos[field].name, delta);
	else if (getenv("MGM_PROBE_VERBOSE") != NULL)
		fprintf(probe.report, "detected %s %+d %s\n", mgm_field_infos[field].name, delta, why);
	return true;
}

static void try_mutations(const struct mgm_abi *base)
{
	static const int deltas[] = { -8, -4, 4, 8 };
	size_t counts[2][2] = { { 0, 0 }, { 0, 0 } };
	double start = now_seconds();

	for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++) {
		for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]); i++)
			try_mutation(base, field, deltas[i], counts);
	}
	fprintf(probe.report, "mutations production %zu detected %zu, self-check %zu detected %zu, %.1f s\n",
	        counts[1][0] + counts[1][1], counts[1][1], counts[0][0] + counts[0][1], counts[0][1],
	        now_seconds() - start);
}

/* NEBTYPE_PROCESS_EVENTLOOPSTART: objects are complete in both families. */
static int on_process(int id, void *event)
{
	const struct mgm_abi *abi = probe.core.abi;
	char why[MGM_PROOF_REASON_BYTES];
	enum mgm_core_rc rc;

	(void)id;
	if (abi == NULL || mgm_get_i32(abi, event, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE) !=
	                           mgm_constant(abi, MGM_C_NEBTYPE_PROCESS_EVENTLOOPSTART, 105))
		return 0;
	rc = mgm_core_prove_objects(&probe.core, why, sizeof(why));
	fprintf(probe.report, "objects %d %s\n", (int)rc, why);
	try_classes();
	if (probe.mutate)
		try_mutations(abi);
	finish();
}

int nebmodule_init(int flags, char *args, void *handle)
{
	double start = now_seconds();
	char why[512], mode[16] = "";
	enum mgm_core_rc rc;

	(void)flags;
	if (args == NULL || sscanf(args, "%511s %15s", probe.path, mode) < 1)
		return -1;
	probe.mutate = strcmp(mode, "mutate") == 0;
	probe.report = fopen(probe.path, "we");
	if (probe.report == NULL)
		return -1;
	setvbuf(probe.report, NULL, _IOLBF, 0);
	rc = mgm_core_find(&probe.core, why, sizeof(why));
	fprintf(probe.report, "find %d class %s version %s api %d %.1fms %s\n", (int)rc,
	        probe.core.abi != NULL ? probe.core.abi->id : "none", probe.core.version, probe.core.neb_api,
	        (now_seconds() - start) * 1000, why);
	if (rc != MGM_CORE_OK) {
		finish();
	}
	return probe.core.neb_register_callback(mgm_constant(probe.core.abi, MGM_C_NEBCALLBACK_PROCESS_DATA, 0),
	                                        handle, 0, on_process);
}

int nebmodule_deinit(int flags, int reason)
{
	(void)flags;
	(void)reason;
	return 0;
}
