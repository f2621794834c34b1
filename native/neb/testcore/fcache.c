/* SPDX-License-Identifier: GPL-2.0-or-later */
/** An object as text in the objects.cache form. Members that this core has no use for print a core's defaults. */
#include <stdio.h>

#include "exports.h"
#include "layout.h"
#include "objects.h"

static void line(FILE *file, const char *key, const char *value)
{
	if (value != NULL)
		fprintf(file, "\t%s\t%s\n", key, value);
}

static void print_names(FILE *file, const struct tc_kind *kind, const void *object)
{
	const char *name = tc_str(object, kind->service ? kind->description : kind->host_name);
	const char *display = tc_str(object, kind->display_name);

	fprintf(file, "\thost_name\t%s\n", tc_str(object, kind->host_name));
	if (kind->service)
		fprintf(file, "\tservice_description\t%s\n", name);
	if (display != name)
		line(file, "display_name", display);
	if (!kind->service) {
		line(file, "alias", tc_str(object, MGM_F_HOST_ALIAS));
		line(file, "address", tc_str(object, MGM_F_HOST_ADDRESS));
	}
}

static void print_checking(FILE *file, const struct tc_kind *kind, const void *object)
{
	const struct tc_extra *extra = tc_extra_of(kind, object);

	line(file, "check_command", tc_str(object, kind->check_command));
	if (extra != NULL)
		line(file, "event_handler", extra->event_handler);
	fprintf(file, "\tinitial_state\to\n\tcheck_timeout\t%d\n", tc_i32(object, kind->check_timeout));
	fprintf(file, "\thourly_value\t0\n\tcheck_interval\t%f\n\tretry_interval\t%f\n",
	        tc_f64(object, kind->check_interval), tc_f64(object, kind->retry_interval));
	fprintf(file, "\tmax_check_attempts\t%d\n", tc_i32(object, kind->max_attempts));
	if (kind->service)
		fprintf(file, "\tis_volatile\t0\n");
	fprintf(file, "\tactive_checks_enabled\t%d\n\tpassive_checks_enabled\t%d\n", tc_i32(object, kind->checks_enabled),
	        tc_i32(object, kind->accept_passive_checks));
	fprintf(file, "\tobsess\t0\n\tevent_handler_enabled\t%d\n", extra != NULL && extra->event_handler != NULL);
	fprintf(file, "\tlow_flap_threshold\t%f\n\thigh_flap_threshold\t%f\n\tflap_detection_enabled\t0\n", 0.0, 0.0);
	fprintf(file, "\tflap_detection_options\ta\n\tfreshness_threshold\t%d\n\tcheck_freshness\t0\n",
	        tc_i32(object, kind->freshness_threshold));
	fprintf(file, "\tnotification_options\ta\n\tnotifications_enabled\t%d\n",
	        kind->service ? 1 : tc_i32(object, MGM_F_HOST_NOTIFICATIONS_ENABLED));
	fprintf(file, "\tnotification_interval\t%f\n\tfirst_notification_delay\t%f\n\tstalking_options\tn\n", 0.0, 0.0);
	fprintf(file, "\tprocess_perf_data\t%d\n", tc_i32(object, kind->process_performance_data));
}

static void print_object(FILE *file, const struct tc_kind *kind, const void *object)
{
	fprintf(file, "define %s {\n", kind->service ? "service" : "host");
	print_names(file, kind, object);
	print_checking(file, kind, object);
	line(file, "notes", tc_str(object, kind->notes));
	fprintf(file, "\tretain_status_information\t1\n\tretain_nonstatus_information\t1\n");
	for (const void *at = tc_ptr(object, kind->custom_variables); at != NULL;
	     at = tc_ptr(at, MGM_F_CUSTOMVARIABLESMEMBER_NEXT)) {
		const char *value = tc_str(at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE);

		fprintf(file, "\t_%s\t%s\n", tc_str(at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME),
		        value == NULL ? "null" : value);
	}
	fprintf(file, "\t}\n\n");
}

void fcache_host(FILE *file, const void *host)
{
	print_object(file, &tc_host_kind, host);
}

void fcache_service(FILE *file, const void *service)
{
	print_object(file, &tc_service_kind, service);
}
