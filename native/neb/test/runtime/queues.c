/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Queue choice: every row of the table of neb-module.md 2.2, on both families' layouts. */
#include "events/queues.h"

#include <string.h>

#include "fake_core.h"
#include "tap.h"

struct world {
	struct mgm_settings settings;
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
	w->settings.hostgroup.found = w->settings.servicegroup.found = 0;
	w->settings.localhostgroup.found = w->settings.localservicegroup.found = 0;
	mgm_settings_make_table(&w->settings);
	mgm_queues_look_up(&w->queues, SIZE_MAX);
}

static void setup(struct world *w, enum mgm_family family)
{
	fake_start(family);
	memset(w, 0, sizeof(*w));
	w->host = fake_host("h");
	w->service = fake_service(w->host, "s");
	w->queues = (struct mgm_queues){ .core = &fake.core, .settings = &w->settings };
}

static void teardown(struct world *w)
{
	w->settings.hostgroup.count = w->settings.servicegroup.count = 0;
	w->settings.localhostgroup.count = w->settings.localservicegroup.count = 0;
	mgm_settings_make_table(&w->settings);
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

#define MANY 10000u
#define MEMBER_OF 20u

/* With as many groups as settings may name, the cost of a choice is that of the object's own groups. */
static void test_many(struct world *w, const char *family)
{
	static char text[MANY][20], *names[MANY];
	static void *found[MANY];
	char last[64], name[32];

	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "hostgroup_m%u", i);
		names[i] = text[i] + 10;
	}
	for (unsigned int i = 0; i < MEMBER_OF; i++) {
		snprintf(name, sizeof(name), "m%u", MANY - 1 - i);
		fake_hostgroup(name, w->host);
	}
	w->settings.hostgroup = (struct mgm_names){ names, MANY, 10, found, NULL, 0 };
	CHECK(mgm_settings_make_table(&w->settings), "%s: memory for %u groups", family, MANY);
	CHECK(!mgm_queues_look_up(&w->queues, MANY - 1) && is(w, false, "hostgroup_m9980"),
	      "%s: one that has not been looked for is unknown", family);
	CHECK(mgm_queues_look_up(&w->queues, 1) && is(w, false, "hostgroup_m9980"), "%s: until all are", family);
	snprintf(last, sizeof(last), "hostgroup_m%u", MANY - MEMBER_OF);
	CHECK(is_by(w, false, last, MGM_RULE_HOSTGROUP), "%s: the first of %u in configuration order", family, MEMBER_OF);
}

/* Named as group with a queue and as local one, and twice. */
static void test_twice(struct world *w, const char *family)
{
	static char q[] = "hostgroup_g1";
	static char *groups[] = { q + 10, q + 10 };
	static void *found[2][2];

	fake_hostgroup("g1", w->host);
	w->settings.hostgroup = (struct mgm_names){ groups, 2, 10, found[0], NULL, 0 };
	change(w);
	CHECK(is_by(w, false, "hostgroup_g1", MGM_RULE_HOSTGROUP), "%s: a group that is named twice", family);
	w->settings.localhostgroup = (struct mgm_names){ groups, 1, 0, found[1], NULL, 0 };
	change(w);
	CHECK(is(w, false, NULL), "%s: one that is local too", family);
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
		setup(&w, f == 0 ? MGM_NAEMON : MGM_NAGIOS);
		test_many(&w, families[f]);
		teardown(&w);
		setup(&w, f == 0 ? MGM_NAEMON : MGM_NAGIOS);
		test_twice(&w, families[f]);
		teardown(&w);
	}
	return tap_done();
}
