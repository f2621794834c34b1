/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A broker module for tests only: runs the layout proof inside the core that loads it and writes the outcome to
 * a file, one fact per line. Arguments: `<report file> [mutate]`. Ends the core's process when it is done: some
 * releases forget a SIGTERM that arrives this early.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "layout/core_find.h"
#include "layout/core_symbols.h"
#include "mutate.h"
#include "layout/proof.h"

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

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

__attribute__((noreturn)) static void finish(void)
{
	fprintf(probe.report, "done\n");
	fclose(probe.report);
	_exit(0);
}

/* Both parts, as a core would meet them. */
static bool accepted(const struct mgm_abi *abi, int tries, char *why, size_t why_size)
{
	return mgm_prove(&probe.core, abi, MGM_PROOF_LAYOUT, tries, why, why_size) &&
	       mgm_prove(&probe.core, abi, MGM_PROOF_OBJECTS, tries, why, why_size);
}

/* One try: a mutation that hangs counts as refused. */
static bool accepts_mutation(const struct mgm_abi *abi, char *why, size_t why_size)
{
	return accepted(abi, 1, why, why_size);
}

static void try_classes(void)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++) {
		const struct mgm_abi *row = &mgm_abi_classes[i];
		char why[MGM_PROOF_REASON_BYTES] = "";
		double start = now_ms();
		bool fits;

		if (row->core != probe.core.family)
			continue;
		fits = accepted(row, MGM_PROOF_TRIES, why, sizeof(why));
		fprintf(probe.report, "class %s %s %.1fms %s\n", row->id, fits ? "accepted" : "refused", now_ms() - start, why);
	}
}

static void prove_objects(const char *when)
{
	char why[MGM_PROOF_REASON_BYTES];
	enum mgm_core_rc rc = mgm_core_prove_objects(&probe.core, why, sizeof(why));

	fprintf(probe.report, "objects %s %d %s\n", when, (int)rc, why);
	if (rc != MGM_CORE_OK)
		finish();
}

/* NEBTYPE_PROCESS_EVENTLOOPSTART: objects are complete in both families. */
static int on_process(int id, void *event)
{
	const struct mgm_abi *abi = probe.core.abi;

	(void)id;
	if (mgm_get_i32(abi, event, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE) !=
	    mgm_constant(abi, MGM_C_NEBTYPE_PROCESS_EVENTLOOPSTART, 105))
		return 0;
	prove_objects("loop");
	try_classes();
	if (probe.mutate)
		mutate_all(abi, mgm_symbol("num_objects"), accepts_mutation, probe.report);
	finish();
}

int nebmodule_init(int flags, char *args, void *handle)
{
	double start = now_ms();
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
	rc = mgm_core_find(&probe.core, handle, NULL, why, sizeof(why));
	fprintf(probe.report, "find %d class %s version %s api %d %.1fms %s\n", (int)rc,
	        probe.core.abi != NULL ? probe.core.abi->id : "none", probe.core.version, probe.core.neb_api,
	        now_ms() - start, why);
	if (rc != MGM_CORE_OK)
		finish();
	if (probe.core.family == MGM_NAEMON)
		prove_objects("init");
	return probe.core.neb_register_callback(mgm_constant(probe.core.abi, MGM_C_NEBCALLBACK_PROCESS_DATA, 0), handle, 0,
	                                        on_process);
}

int nebmodule_deinit(int flags, int reason)
{
	(void)flags;
	(void)reason;
	return 0;
}
