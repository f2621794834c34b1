/* SPDX-License-Identifier: GPL-2.0-or-later */
/** SETTINGS into a struct; each one replaces the former as a whole. */
#include "wire/settings.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static bool read_frame(struct mgm_settings *settings, struct mgm_frame *frame)
{
	struct mgm_message message;
	size_t used;

	return mgm_frame_end(frame) && mgm_frame_decode(frame->data, frame->size, &message, &used) == MGM_FRAME_OK &&
	       mgm_settings_read(settings, &message) == MGM_SETTINGS_OK;
}

static void test_everything(struct mgm_settings *s, struct mgm_frame *frame)
{
	mgm_frame_begin(frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(frame, MGM_ID_HOSTS, 1);
	mgm_frame_u32(frame, MGM_ID_DO_HOSTCHECKS, 7);
	mgm_frame_u32(frame, MGM_ID_CHECKS_WHEN_AWAY, 1);
	mgm_frame_u32(frame, MGM_ID_EVENTHANDLERS_WHEN_AWAY, 1);
	mgm_frame_u32(frame, MGM_ID_EXPLAIN_QUEUES, 1);
	mgm_frame_u32(frame, MGM_ID_DEBUG, 1);
	mgm_frame_u32(frame, MGM_ID_TAKEN_TIMES, 1);
	mgm_frame_text(frame, MGM_ID_QUEUE_CUSTOM_VARIABLE, "WORKER");
	mgm_frame_text(frame, MGM_ID_HOSTGROUP, "b");
	mgm_frame_text(frame, MGM_ID_SERVICEGROUP, "s");
	mgm_frame_text(frame, MGM_ID_HOSTGROUP, "a");
	mgm_frame_text(frame, MGM_ID_LOCALHOSTGROUP, "lh");
	mgm_frame_text(frame, MGM_ID_LOCALSERVICEGROUP, "ls");
	CHECK(read_frame(s, frame), "a full message is read");
	CHECK(s->hosts && !s->services && s->do_hostchecks && !s->eventhandler, "switches");
	CHECK(s->checks_local_when_away && s->eventhandlers_kept_when_away, "policy");
	CHECK(s->debug, "lines of debugging are asked for");
	CHECK(s->taken_times, "times are asked for");
	CHECK(s->explain_queues, "rules of queues are asked for");
	CHECK(strcmp(s->queue_custom_variable, "WORKER") == 0, "custom variable");
	CHECK(s->hostgroup.count == 2 && strcmp(s->hostgroup.name[0], "b") == 0 && strcmp(s->hostgroup.name[1], "a") == 0,
	      "groups in the order given");
	CHECK(strcmp(mgm_names_queue(&s->hostgroup, 1), "hostgroup_a") == 0 &&
	          strcmp(mgm_names_queue(&s->servicegroup, 0), "servicegroup_s") == 0,
	      "queues of the groups");
	CHECK(s->localhostgroup.count == 1 && s->localservicegroup.count == 1, "local groups");
}

/* neb-module.md 2.1: who gets callbacks at all. */
static void test_wanted(void)
{
	struct mgm_settings s = { 0 };
	char variable[] = "X", *names[] = { variable };

	CHECK(!mgm_settings_take_services(&s) && !mgm_settings_take_hosts(&s), "nothing by default");
	s.services = s.hosts = true;
	CHECK(mgm_settings_take_services(&s) && !mgm_settings_take_hosts(&s), "hosts need do_hostchecks");
	s.do_hostchecks = true;
	CHECK(mgm_settings_take_hosts(&s), "hosts");
	s.services = s.hosts = false;
	s.hostgroup = (struct mgm_names){ .name = names, .count = 1 };
	CHECK(mgm_settings_take_services(&s) && mgm_settings_take_hosts(&s), "a hostgroup is for both");
	s.hostgroup.count = 0;
	s.servicegroup = (struct mgm_names){ .name = names, .count = 1 };
	CHECK(mgm_settings_take_services(&s) && !mgm_settings_take_hosts(&s), "a servicegroup is for services");
	s.servicegroup.count = 0;
	s.queue_custom_variable = variable;
	CHECK(mgm_settings_take_services(&s) && mgm_settings_take_hosts(&s), "a custom variable is for both");
}

/* 2.4 million groups took 0.36 s of the core's thread. */
static void test_too_many(struct mgm_settings *s, struct mgm_frame *frame)
{
	struct mgm_message message;
	char *big = calloc(1, MGM_SETTINGS_MAX_BYTES);
	size_t used;

	mgm_frame_begin(frame, MGM_MSG_SETTINGS);
	for (uint32_t i = 0; i < MGM_SETTINGS_MAX_GROUPS; i++)
		mgm_frame_text(frame, i % 2 == 0 ? MGM_ID_HOSTGROUP : MGM_ID_LOCALSERVICEGROUP, "g");
	CHECK(read_frame(s, frame) && s->hostgroup.count == MGM_SETTINGS_MAX_GROUPS / 2, "a very large site");
	mgm_frame_text(frame, MGM_ID_SERVICEGROUP, "g");
	CHECK(mgm_frame_end(frame) && mgm_frame_decode(frame->data, frame->size, &message, &used) == MGM_FRAME_OK &&
	          mgm_settings_read(s, &message) == MGM_SETTINGS_TOO_LARGE &&
	          s->hostgroup.count == MGM_SETTINGS_MAX_GROUPS / 2,
	      "one group more is refused, the former settings stay");
	for (uint32_t i = 0; i < 2400000; i++)
		mgm_frame_bytes(frame, MGM_ID_HOSTGROUP, NULL, 0);
	CHECK(mgm_frame_end(frame) &&
	          mgm_frame_decode(frame->data, frame->size, &message, &used) == MGM_FRAME_TOO_MANY_FIELDS,
	      "2.4 million are not even counted");
	mgm_frame_begin(frame, MGM_MSG_SETTINGS);
	mgm_frame_bytes(frame, MGM_ID_HOSTGROUP, big, MGM_SETTINGS_MAX_BYTES);
	CHECK(mgm_frame_end(frame) && mgm_frame_decode(frame->data, frame->size, &message, &used) == MGM_FRAME_OK &&
	          mgm_settings_read(s, &message) == MGM_SETTINGS_TOO_LARGE,
	      "nor is a name of a megabyte kept");
	free(big);
}

int main(void)
{
	struct mgm_settings s = { 0 };
	struct mgm_frame frame = { 0 };

	test_everything(&s, &frame);
	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	mgm_frame_text(&frame, MGM_ID_QUEUE_CUSTOM_VARIABLE, "");
	CHECK(read_frame(&s, &frame) && s.services && !s.hosts && s.hostgroup.count == 0 && !s.checks_local_when_away,
	      "the next message replaces all");
	CHECK(s.queue_custom_variable == NULL, "an empty variable name counts as absent");
	test_too_many(&s, &frame);
	mgm_settings_free(&s);
	mgm_frame_free(&frame);
	test_wanted();
	return tap_done();
}
