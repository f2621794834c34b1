/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "exports.h"
#include "objects.h"

static const char *or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static void print_program(FILE *file)
{
	fprintf(file, "info {\n\tcreated=%lld\n\tversion=%s\n\t}\n\n", (long long)time(NULL), get_program_version());
	fprintf(file, "programstatus {\n\tnagios_pid=%d\n\tprogram_start=%lld\n\tlast_log_rotation=%lld\n\t}\n\n",
	        nagios_pid, (long long)program_start, (long long)last_log_rotation);
}

/* Plugin output has no raw line feed: short output is one line, long output is escaped. */
static void print_object(const struct tc_kind *kind, void *object, void *arg)
{
	FILE *file = arg;

	fprintf(file, "%s {\n\thost_name=%s\n", kind->service ? "servicestatus" : "hoststatus",
	        tc_str(object, kind->host_name));
	if (kind->service)
		fprintf(file, "\tservice_description=%s\n", tc_str(object, kind->description));
	fprintf(file, "\tcheck_command=%s\n\tcheck_source=%s\n", or_empty(tc_str(object, kind->check_command)),
	        or_empty(tc_str(object, kind->check_source)));
	fprintf(file, "\thas_been_checked=%d\n\tis_executing=%d\n\tcheck_execution_time=%.3f\n\tcheck_latency=%.3f\n",
	        tc_i32(object, kind->has_been_checked), tc_i32(object, kind->is_executing),
	        tc_f64(object, kind->execution_time), tc_f64(object, kind->latency));
	fprintf(file, "\tcheck_type=%d\n\tcurrent_state=%d\n\tstate_type=%d\n", tc_i32(object, kind->check_type),
	        tc_i32(object, kind->current_state), tc_i32(object, kind->state_type));
	fprintf(file, "\tplugin_output=%s\n\tlong_plugin_output=%s\n\tperformance_data=%s\n",
	        or_empty(tc_str(object, kind->plugin_output)), or_empty(tc_str(object, kind->long_plugin_output)),
	        or_empty(tc_str(object, kind->perf_data)));
	fprintf(file, "\tlast_check=%lld\n\tnext_check=%lld\n\tcheck_options=%d\n",
	        (long long)tc_i64(object, kind->last_check), (long long)tc_i64(object, kind->next_check),
	        tc_i32(object, kind->check_options));
	fprintf(file, "\tcurrent_attempt=%d\n\tmax_attempts=%d\n\tlast_state_change=%lld\n\t}\n\n",
	        tc_i32(object, kind->current_attempt), tc_i32(object, kind->max_attempts),
	        (long long)tc_i64(object, kind->last_state_change));
}

bool tc_status_write(const char *path)
{
	char *temporary;
	FILE *file;
	bool written;
	int error;

	if (asprintf(&temporary, "%s.tmp%ld", path, (long)getpid()) < 0)
		return false;
	file = fopen(temporary, "we");
	if (file == NULL) {
		free(temporary);
		return false;
	}
	print_program(file);
	tc_objects_each(&tc_host_kind, print_object, file);
	tc_objects_each(&tc_service_kind, print_object, file);
	written = !ferror(file);
	written = fclose(file) == 0 && written;
	written = written && rename(temporary, path) == 0;
	if (!written) {
		error = errno;
		unlink(temporary);
		errno = error;
	}
	free(temporary);
	return written;
}
