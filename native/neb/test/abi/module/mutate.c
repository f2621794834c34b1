/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

/* One run over all mutations; `offsets` is the copy that gets changed. */
struct run {
	const struct mgm_abi *base;
	const void *object_count;
	mutate_accepts accepts;
	FILE *report;
	uint16_t offsets[MGM_FIELD_COUNT];
	size_t tried, detected, production_misses;
};

static bool is_one_of(enum mgm_field field, const enum mgm_field *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == field)
			return true;
	}
	return false;
}

/* No core reads the first two, and only empty lists look at the third (abi/README.md, "How strong"). */
static bool is_never_read(enum mgm_field field)
{
	static const enum mgm_field list[] = { MGM_F_CHECK_ENGINE_NAME, MGM_F_CHECK_ENGINE_CLEAN_RESULT,
		                                   MGM_F_HOST_PARENT_HOSTS };

	return is_one_of(field, list, sizeof(list) / sizeof(list[0]));
}

/* A list of one has no link to follow. */
static bool is_unlinked(const struct run *run, enum mgm_field field)
{
	static const enum mgm_field links[][2] = {
		{ MGM_F_HOST_NEXT, MGM_F_OBJECT_COUNT_HOSTS },
		{ MGM_F_SERVICE_NEXT, MGM_F_OBJECT_COUNT_SERVICES },
		{ MGM_F_CONTACT_NEXT, MGM_F_OBJECT_COUNT_CONTACTS },
		{ MGM_F_COMMAND_NEXT, MGM_F_OBJECT_COUNT_COMMANDS },
		{ MGM_F_HOSTGROUP_NEXT, MGM_F_OBJECT_COUNT_HOSTGROUPS },
		{ MGM_F_SERVICEGROUP_NEXT, MGM_F_OBJECT_COUNT_SERVICEGROUPS },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i][0] == field)
			return mgm_get_i32(run->base, run->object_count, links[i][1]) < 2;
	}
	return false;
}

static bool is_provable(const struct run *run, enum mgm_field field)
{
	return run->base->offset[field] != MGM_ABSENT && !is_never_read(field) && !is_unlinked(run, field);
}

static void try_table(struct run *run, const char *kind, enum mgm_field field, const char *detail, bool production)
{
	struct mgm_abi moved = *run->base;
	char why[256];
	bool detected;

	moved.offset = run->offsets;
	detected = !run->accepts(&moved, why, sizeof(why));
	run->tried++;
	run->detected += detected;
	if (detected && getenv("MGM_PROBE_VERBOSE") != NULL)
		fprintf(run->report, "detected %s %s %s: %s\n", kind, mgm_field_infos[field].name, detail, why);
	if (detected)
		return;
	run->production_misses += production;
	fprintf(run->report, "miss %s %s %s %s\n", production ? "production" : "self-check", kind,
	        mgm_field_infos[field].name, detail);
}

static void summary(struct run *run, const char *kind)
{
	fprintf(run->report, "mutations %s %zu detected %zu production-misses %zu\n", kind, run->tried, run->detected,
	        run->production_misses);
	run->tried = run->detected = run->production_misses = 0;
}

static void restore(struct run *run)
{
	memcpy(run->offsets, run->base->offset, sizeof(run->offsets));
}

static void move_each(struct run *run)
{
	static const int deltas[] = { -8, -4, 4, 8 };

	for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++) {
		for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]) && is_provable(run, field); i++) {
			int offset = (int)run->base->offset[field] + deltas[i];
			char detail[16];

			if (offset < 0)
				continue;
			restore(run);
			run->offsets[field] = (uint16_t)offset;
			snprintf(detail, sizeof(detail), "%+d", deltas[i]);
			try_table(run, "move", field, detail, mgm_field_infos[field].production);
		}
	}
	summary(run, "move");
}

/* A member was inserted or removed before `first`: everything from there on moves. */
static void shift_tails(struct run *run)
{
	static const int deltas[] = { -8, 4, 8, 16 };

	for (enum mgm_field first = 0; first < MGM_FIELD_COUNT; first++) {
		for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]) && is_provable(run, first); i++) {
			bool possible = true;
			char detail[16];

			restore(run);
			for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++) {
				int offset = (int)run->base->offset[field] + deltas[i];

				if (mgm_field_infos[field].owner != mgm_field_infos[first].owner ||
				    run->base->offset[field] == MGM_ABSENT || run->base->offset[field] < run->base->offset[first])
					continue;
				possible = possible && offset >= 0;
				run->offsets[field] = (uint16_t)offset;
			}
			if (!possible || mgm_field_infos[first].owner == MGM_SIZE_COUNT)
				continue;
			snprintf(detail, sizeof(detail), "%+d", deltas[i]);
			try_table(run, "shift-from", first, detail, mgm_field_infos[first].production);
		}
	}
	summary(run, "shift");
}

/* The member of the same kind that follows `field` in its struct, or MGM_FIELD_COUNT. */
static enum mgm_field neighbour(const struct mgm_abi *abi, enum mgm_field field)
{
	enum mgm_field best = MGM_FIELD_COUNT;

	for (enum mgm_field other = 0; other < MGM_FIELD_COUNT; other++) {
		if (mgm_field_infos[other].owner != mgm_field_infos[field].owner || !mgm_has(abi, other) ||
		    abi->type[other] != abi->type[field] || abi->offset[other] <= abi->offset[field])
			continue;
		if (best == MGM_FIELD_COUNT || abi->offset[other] < abi->offset[best])
			best = other;
	}
	return best;
}

static void swap_neighbours(struct run *run)
{
	for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++) {
		enum mgm_field other;

		if (!is_provable(run, field) || mgm_field_infos[field].owner == MGM_SIZE_COUNT)
			continue;
		other = neighbour(run->base, field);
		if (other == MGM_FIELD_COUNT || !is_provable(run, other))
			continue;
		restore(run);
		run->offsets[field] = run->base->offset[other];
		run->offsets[other] = run->base->offset[field];
		try_table(run, "swap", field, mgm_field_infos[other].name,
		          mgm_field_infos[field].production || mgm_field_infos[other].production);
	}
	summary(run, "swap");
}

void mutate_all(const struct mgm_abi *base, const void *object_count, mutate_accepts accepts, FILE *report)
{
	static struct run run;

	run = (struct run){ .base = base, .object_count = object_count, .accepts = accepts, .report = report };
	move_each(&run);
	shift_tails(&run);
	swap_neighbours(&run);
}
