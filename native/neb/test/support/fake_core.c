/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_core.h"
#include "fake_parts.h"

struct fake fake;
static int set_dummy, queue_dummy;
static void *set = &set_dummy, *queue = &queue_dummy;

static int64_t clock_now(void *arg)
{
	(void)arg;
	return fake.now_us;
}

const struct mgm_clock fake_clock = { clock_now, clock_now, NULL };

static void add_log(const char *format, va_list arguments)
{
	size_t length = strlen(fake.log);

	vsnprintf(fake.log + length, sizeof(fake.log) - length - 1, format, arguments);
	strcat(fake.log, "\n");
}

static void nm_log(int type, const char *format, ...)
{
	va_list arguments;

	fake.last_log_type = type;
	va_start(arguments, format);
	add_log(format, arguments);
	va_end(arguments);
}

static void logit(int type, int display, const char *format, ...)
{
	va_list arguments;

	fake.last_log_type = type;
	(void)display;
	va_start(arguments, format);
	add_log(format, arguments);
	va_end(arguments);
}

int fake_logged(const char *text)
{
	int count = 0;

	for (const char *at = strstr(fake.log, text); at != NULL; at = strstr(at + 1, text))
		count++;
	return count;
}

static int init_check_result(void *cr)
{
	mgm_set_i32(fake.core.abi, cr, MGM_F_CHECK_RESULT_EXITED_OK, 1);
	return 0;
}

static int free_check_result(void *cr)
{
	static const enum mgm_field strings[] = { MGM_F_CHECK_RESULT_HOST_NAME, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION,
		                                      MGM_F_CHECK_RESULT_OUTPUT };

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		free(mgm_get_ptr(fake.core.abi, cr, strings[i]));
		mgm_set_ptr(fake.core.abi, cr, strings[i], NULL);
	}
	return 0;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from != NULL ? from : "(null)");
}

static int process_check_result(void *cr)
{
	const struct mgm_abi *abi = fake.core.abi;
	struct fake_result *r = &fake.result;

	fake.result_count++;
	copy(r->host, sizeof(r->host), mgm_get_cstr(abi, cr, MGM_F_CHECK_RESULT_HOST_NAME));
	copy(r->service, sizeof(r->service), mgm_get_cstr(abi, cr, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION));
	copy(r->output, sizeof(r->output), mgm_get_cstr(abi, cr, MGM_F_CHECK_RESULT_OUTPUT));
	copy(r->source, sizeof(r->source), mgm_get_ptr(abi, cr, MGM_F_CHECK_RESULT_SOURCE));
	r->engine = mgm_get_ptr(abi, cr, MGM_F_CHECK_RESULT_ENGINE) != NULL;
	r->object_type = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE);
	r->check_type = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_CHECK_TYPE);
	r->options = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_CHECK_OPTIONS);
	r->scheduled = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_SCHEDULED_CHECK);
	r->reschedule = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK);
	r->return_code = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_RETURN_CODE);
	r->exited_ok = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_EXITED_OK);
	r->early_timeout = mgm_get_i32(abi, cr, MGM_F_CHECK_RESULT_EARLY_TIMEOUT);
	r->latency = mgm_get_f64(abi, cr, MGM_F_CHECK_RESULT_LATENCY);
	r->start = mgm_get_timeval(abi, cr, MGM_F_CHECK_RESULT_START_TIME);
	r->finish = mgm_get_timeval(abi, cr, MGM_F_CHECK_RESULT_FINISH_TIME);
	if (fake.on_result != NULL)
		fake.on_result();
	return 0;
}

static void schedule_check(void *object, int64_t when, int options)
{
	if (fake.schedule_count < FAKE_MAX)
		fake.schedule[fake.schedule_count++] = (struct fake_schedule){ object, when, options };
}

static int update_check_stats(int type, int64_t when)
{
	(void)when;
	fake.stats_count++;
	fake.stats_type = type;
	return 0;
}

static void wire_common(struct mgm_core *core)
{
	core->find_host = fake_find_host;
	core->find_service = fake_find_service;
	core->find_hostgroup = fake_find_hostgroup;
	core->find_servicegroup = fake_find_servicegroup;
	core->is_host_member_of_hostgroup = fake_is_member;
	core->is_service_member_of_servicegroup = fake_is_member;
	core->init_check_result = init_check_result;
	core->free_check_result = free_check_result;
	core->process_check_result = process_check_result;
	core->schedule_service_check = schedule_check;
	core->schedule_host_check = schedule_check;
	core->update_check_stats = update_check_stats;
	core->process_performance_data = &fake.perfdata;
	core->iobroker_register = fake_io_register;
	core->iobroker_register_out = fake_io_register_out;
	core->iobroker_unregister = fake_io_unregister;
	core->nagios_iobs = &set;
	core->nagios_squeue = &queue;
	core->event_broker_options = &fake.broker_options;
	core->sigshutdown = &fake.shutdown;
	core->sigrestart = &fake.restart;
	core->interval_length = &fake.interval;
	core->log_notifications = &fake.log_notifications;
	core->log_global_notifications = &fake.log_global_notifications;
	fake_wire_macros(core);
	core->currently_running_service_checks = &fake.running_services;
	core->currently_running_host_checks = &fake.running_hosts;
}

void fake_start(enum mgm_family family)
{
	const char *id = family == MGM_NAEMON ? "naemon-1.5.1" : "nagios-4.4";

	memset(&fake, 0, sizeof(fake));
	set = &set_dummy;
	queue = &queue_dummy;
	fake.now_us = INT64_C(1700000000000000);
	fake.interval = 60;
	fake.perfdata = 1;
	fake.broker_options = (unsigned long)-1;
	fake.core.family = family;
	strcpy(fake.core.version, family == MGM_NAEMON ? "1.5.2" : "4.4.6");
	for (size_t i = 0; i < mgm_abi_class_count; i++)
		if (strcmp(mgm_abi_classes[i].id, id) == 0)
			fake.core.abi = &mgm_abi_classes[i];
	wire_common(&fake.core);
	if (family == MGM_NAEMON) {
		fake.core.nm_log = nm_log;
		fake.core.schedule_event = fake_schedule_event;
		fake.core.destroy_event = fake_destroy_event;
	} else {
		fake.core.logit = logit;
		fake.core.schedule_new_event = fake_schedule_new_event;
		fake.core.remove_event = fake_remove_event;
	}
}

void fake_stop(void)
{
	fake_drop_loop();
	fake_drop_objects();
	fake_drop_macros();
}
