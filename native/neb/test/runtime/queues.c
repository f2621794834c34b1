/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Queue choice: every row of the table of neb-module.md 2.2, on both families' layouts. */
#include "events/queues.h"

#include <string.h>

#include "fake_core.h"
#include "faults.h"
#include "tap.h"

struct world {
	struct mgm_settings settings;
	struct mgm_objects objects;
	struct mgm_queues queues;
	void *host, *service;
};

static bool is(struct world *w, bool service, const char *want)
{
	const char *got = mgm_queues_choose(&w->queues, w->host, service ? w->service : NULL);

	return got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);
}

static bool is_by(struct world *w, bool service, const char *want, enum mgm_queue_rule rule)
{
	return is(w, service, want) && w->queues.rule == rule;
}

static void change(struct world *w)
{
	mgm_queues_look_up(&w->queues, &w->settings, SIZE_MAX);
}

static void setup(struct world *w, enum mgm_family family)
{
	fake_start(family);
	memset(w, 0, sizeof(*w));
	w->host = fake_host("h");
	w->service = fake_service(w->host, "s");
	w->queues = (struct mgm_queues){ &fake.core, &w->settings, &w->objects, 1, MGM_RULE_NONE };
}

static void teardown(struct world *w)
{
	mgm_objects_free(&w->objects);
	fake_stop();
}

static void test_generic(struct world *w, const char *family)
{
	CHECK(is(w, true, NULL) && is(w, false, NULL), "%s 8: nothing on, local", family);
	w->settings.services = true;
	CHECK(is_by(w, true, "service", MGM_RULE_GENERIC) && is(w, false, NULL), "%s 7: services", family);
	w->settings.hosts = true;
	CHECK(is_by(w, false, "host", MGM_RULE_GENERIC), "%s 7: hosts", family);
}

/* From the weakest row up, so that each one has to beat those before. */
static void test_groups(struct world *w, const char *family)
{
	static char q0[] = "hostgroup_unknown", q1[] = "hostgroup_g1", q2[] = "hostgroup_g2", s1[] = "servicegroup_sg";
	static char *host_groups[] = { q0 + 10, q2 + 10, q1 + 10 }, *service_groups[] = { s1 + 13 };
	static void *found[4][3];

	fake_hostgroup("g1", w->host);
	fake_hostgroup("g2", w->host);
	fake_servicegroup("sg", w->service);
	w->settings.hostgroup = (struct mgm_names){ host_groups, 3, 10, found[0], NULL, 0 };
	CHECK(is(w, false, "host"), "%s: membership is kept until new settings", family);
	change(w);
	CHECK(is_by(w, false, "hostgroup_g2", MGM_RULE_HOSTGROUP) && is_by(w, true, "hostgroup_g2", MGM_RULE_HOSTGROUP),
	      "%s 6: first hostgroup in configuration order, unknown ones skipped", family);
	w->settings.servicegroup = (struct mgm_names){ service_groups, 1, 13, found[1], NULL, 0 };
	change(w);
	CHECK(is_by(w, true, "servicegroup_sg", MGM_RULE_SERVICEGROUP) && is(w, false, "hostgroup_g2"),
	      "%s 5: servicegroup", family);
	w->settings.localhostgroup = (struct mgm_names){ &host_groups[2], 1, 0, found[2], NULL, 0 };
	change(w);
	CHECK(is(w, true, NULL) && is(w, false, NULL), "%s 4: localhostgroups, also for the service", family);
	w->settings.localhostgroup.count = 0;
	w->settings.localservicegroup = (struct mgm_names){ service_groups, 1, 0, found[3], NULL, 0 };
	change(w);
	CHECK(is(w, true, NULL) && is(w, false, "hostgroup_g2"), "%s 3: localservicegroups", family);
	fake.find_calls = 0;
	is(w, true, NULL);
	w->queues.generation++;
	is(w, true, NULL);
	CHECK(fake.find_calls == 0, "%s: groups are looked up when settings come, not for each object", family);
	CHECK(fake.member_calls == 0, "%s: the members of a group, of which there may be a million, are never walked",
	      family);
}

static void test_variables(struct world *w, const char *family)
{
	static char worker[] = "WORKER";

	w->settings.queue_custom_variable = worker;
	fake_variable(w->host, false, "OTHER", "x");
	fake_variable(w->service, true, "worker", "wrong case");
	CHECK(is(w, true, NULL) && is(w, false, "hostgroup_g2"), "%s: other variables do not count", family);
	fake_variable(w->host, false, "WORKER", "zone1");
	CHECK(is_by(w, false, "zone1", MGM_RULE_HOST_VARIABLE) && is_by(w, true, "zone1", MGM_RULE_HOST_VARIABLE),
	      "%s 2: the host's variable, also for the service", family);
	fake_variable(w->service, true, "WORKER", "zone2");
	CHECK(is_by(w, true, "zone2", MGM_RULE_SERVICE_VARIABLE) && is(w, false, "zone1"), "%s 1: the service's own",
	      family);
	fake_variable(w->service, true, "WORKER", "local");
	CHECK(is(w, true, NULL), "%s 1: local, looked at live", family);
	fake_variable(w->service, true, "WORKER", "");
	CHECK(is(w, true, NULL), "%s 1: empty is local", family);
	fake_variable(w->service, true, "WORKER", NULL);
	CHECK(is(w, true, NULL), "%s 1: without a value is local", family);
	fake_variable(w->host, false, NULL, "no name");
	CHECK(is(w, false, "zone1"), "%s: a variable without a name is passed over", family);
}

static void test_objects(void)
{
	static char memory[5000][16];
	struct mgm_objects objects = { 0 };
	bool good = true;

	CHECK(mgm_objects_find(&objects, memory[0]) == NULL, "empty table finds nothing");
	for (uint32_t i = 0; i < 5000; i++)
		mgm_objects_get(&objects, memory[i])->generation = i;
	for (uint32_t i = 0; i < 5000; i++) {
		const struct mgm_object *found = mgm_objects_find(&objects, memory[i]);

		good = good && found != NULL && found->generation == i;
	}
	CHECK(good && objects.count == 5000, "5000 objects are kept apart while the table grows");
	mgm_objects_free(&objects);
}

static size_t used_slots(const struct mgm_objects *objects)
{
	size_t used = 0;

	for (size_t i = 0; i < objects->capacity; i++)
		used += objects->slot[i].key != NULL;
	return used;
}

/* Three quarters of 8192 slots: the next one makes the table grow. */
#define FULL 6144u

/* No single call may move or free the whole table: with a million objects that would stop the core. */
static void test_growth(void)
{
	static char memory[FULL + 1][16], more[1024][16];
	struct mgm_objects objects = { 0 };
	bool found = true, changed = true;
	size_t capacity, added, idle = fake_mapped_bytes;

	fake_largest_allocation = 0;
	for (uint32_t i = 0; i < FULL; i++)
		mgm_objects_get(&objects, memory[i])->generation = i;
	CHECK(fake_largest_allocation == 0, "a table is not from the heap of the core, which clears it as a whole");
	capacity = objects.capacity;
	mgm_objects_get(&objects, memory[FULL]);
	CHECK(objects.capacity == 2 * capacity && objects.old != NULL && used_slots(&objects) <= 1 + MGM_OBJECTS_STEP,
	      "growing moves %u slots, not all", MGM_OBJECTS_STEP);
	for (uint32_t i = 0; i < FULL; i++) {
		struct mgm_object *old = mgm_objects_find(&objects, memory[i]);

		found = found && old != NULL && old->generation == i;
		if (old != NULL)
			old->ours = true;
	}
	CHECK(found && mgm_objects_find(&objects, &objects) == NULL, "all are found in between, nothing else is");
	for (added = 0; objects.old_moved < objects.old_capacity && added < 1024; added++)
		mgm_objects_get(&objects, more[added]);
	CHECK(added == capacity / MGM_OBJECTS_STEP - 1 && used_slots(&objects) == objects.count,
	      "all are moved long before the next growth");
	for (; objects.old != NULL && added < 1024; added++) {
		mgm_objects_get(&objects, more[added]);
		found = found && mgm_objects_find(&objects, memory[added])->generation == added;
	}
	CHECK(added - (capacity / MGM_OBJECTS_STEP - 1) == capacity * sizeof(struct mgm_object) / MGM_OBJECTS_RELEASE,
	      "then the old table is given back in parts");
	CHECK(found && mgm_objects_find(&objects, &objects) == NULL, "and is not looked at meanwhile");
	for (uint32_t i = 0; i < FULL; i++)
		changed = changed && mgm_objects_find(&objects, memory[i])->ours;
	CHECK(changed, "what was noted in between is kept");
	mgm_objects_get(&objects, memory[0]);
	CHECK(objects.count == FULL + 1 + added, "each is counted once");
	mgm_objects_free(&objects);
	CHECK(mgm_objects_find(&objects, memory[0]) == NULL && fake_mapped_bytes == idle, "empty again");
}

int main(void)
{
	static const char *const families[] = { "Naemon", "Nagios" };

	for (int f = 0; f < 2; f++) {
		struct world w;

		setup(&w, f == 0 ? MGM_NAEMON : MGM_NAGIOS);
		test_generic(&w, families[f]);
		teardown(&w);
		setup(&w, f == 0 ? MGM_NAEMON : MGM_NAGIOS);
		w.settings.hosts = true;
		CHECK(is(&w, false, "host"), "%s: before any group", families[f]);
		test_groups(&w, families[f]);
		test_variables(&w, families[f]);
		teardown(&w);
	}
	test_objects();
	test_growth();
	return tap_done();
}
