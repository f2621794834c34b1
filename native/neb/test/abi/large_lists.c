/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The proof on a core with a million services: its child has some hundred milliseconds, so it must look at the first
 * objects only, and must not have the core walk the members of a group.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_core.h"
#include "layout/proof_checks.h"
#include "tap.h"

#define NODES 10000
#define MILLION 1000000

static void *services[NODES];
static char names[NODES][8];

static void *find_service(const char *host, const char *description)
{
	return strcmp(host, "h") == 0 ? services[strtoul(description, NULL, 10)] : NULL;
}

static void *group;
static int member_calls;

static void *find_servicegroup(const char *name)
{
	return strcmp(name, "all") == 0 ? group : NULL;
}

static int is_member(void *asked, void *object)
{
	member_calls++;
	return asked == group && object == services[0];
}

static void make_group(void *link)
{
	const struct mgm_abi *abi = fake.core.abi;

	group = mgm_stand_in();
	mgm_set_cstr(abi, group, MGM_F_SERVICEGROUP_GROUP_NAME, "all");
	mgm_set_ptr(abi, link, MGM_F_OBJECTLIST_OBJECT_PTR, group);
	mgm_set_ptr(abi, services[0], MGM_F_SERVICE_SERVICEGROUPS_PTR, link);
}

static void make_services(void *host, void *after_the_last)
{
	const struct mgm_abi *abi = fake.core.abi;

	for (int i = NODES - 1; i >= 0; i--) {
		void *service = calloc(1, abi->size[MGM_S_SERVICE]);

		snprintf(names[i], sizeof(names[i]), "%d", i);
		mgm_set_cstr(abi, service, MGM_F_SERVICE_HOST_NAME, "h");
		mgm_set_cstr(abi, service, MGM_F_SERVICE_DESCRIPTION, names[i]);
		mgm_set_ptr(abi, service, MGM_F_SERVICE_HOST_PTR, host);
		mgm_set_i32(abi, service, MGM_F_SERVICE_ID, i);
		mgm_set_ptr(abi, service, MGM_F_SERVICE_NEXT, i == NODES - 1 ? after_the_last : services[i + 1]);
		services[i] = service;
	}
}

int main(void)
{
	void *forbidden = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *empty = NULL, *host, *service_array = services, *host_array = &host;
	struct mgm_proof proof = { .check = "4.13" };
	struct mgm_core core;
	void *counts, *link;

	fake_start(MGM_NAEMON);
	core = fake.core;
	host = fake_host("h");
	make_services(host, forbidden);
	link = mgm_stand_in();
	make_group(link);
	counts = mgm_stand_in();
	mgm_set_i32(core.abi, counts, MGM_F_OBJECT_COUNT_HOSTS, 1);
	mgm_set_i32(core.abi, counts, MGM_F_OBJECT_COUNT_SERVICES, MILLION);
	core.find_service = find_service;
	core.find_servicegroup = find_servicegroup;
	core.is_service_member_of_servicegroup = is_member;
	core.host_list = &host;
	core.service_list = &services[0];
	core.contact_list = &empty;
	proof.core = &core;
	proof.abi = core.abi;
	proof.calls.command_list = proof.calls.hostgroup_list = proof.calls.servicegroup_list = &empty;
	proof.calls.host_ary = &host_array;
	proof.calls.service_ary = &service_array;
	proof.calls.num_objects = counts;

	CHECK(mgm_check_object_lists(&proof), "a million services are proven by the first %d: %s", NODES, proof.reason);
	CHECK(member_calls == 0, "without a walk through a group");
	mgm_set_ptr(core.abi, services[NODES / 2], MGM_F_SERVICE_NEXT, NULL);
	CHECK(!mgm_check_object_lists(&proof) && strstr(proof.reason, "in the list") != NULL, "a list that ends early: %s",
	      proof.reason);
	mgm_set_i32(core.abi, counts, MGM_F_OBJECT_COUNT_SERVICES, NODES / 2 + 1);
	CHECK(mgm_check_object_lists(&proof) && member_calls > 0, "a smaller one is looked at as a whole");
	mgm_set_i32(core.abi, counts, MGM_F_OBJECT_COUNT_SERVICES, NODES / 2);
	CHECK(!mgm_check_object_lists(&proof), "and refused when it is longer than the core says: %s", proof.reason);
	for (int i = 0; i < NODES; i++)
		free(services[i]);
	free(counts);
	free(link);
	free(group);
	fake_stop();
	return tap_done();
}
