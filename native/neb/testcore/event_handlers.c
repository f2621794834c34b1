/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Event handlers: offered to the modules at START, run here otherwise. CANCEL means the same as OK. */
#include "event_handlers.h"

#include <stdlib.h>

#include "command_line.h"
#include "exports.h"
#include "objects.h"
#include "report.h"
#include "runner.h"

/** Seconds. */
#define HANDLER_TIMEOUT 30

static void handler_done(const struct tc_run_result *run, void *arg)
{
	if (run->early_timeout)
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING), "Warning: Event handler command '%s' timed out after %d seconds",
		       (const char *)arg, HANDLER_TIMEOUT);
	free(arg);
}

static int offer(const struct tc_kind *kind, void *object, const struct tc_extra *extra, char *line, bool start)
{
	struct timeval none = { 0, 0 }, now;

	gettimeofday(&now, NULL);
	return broker_event_handler(tc_const(start ? MGM_C_NEBTYPE_EVENTHANDLER_START : MGM_C_NEBTYPE_EVENTHANDLER_END), 0,
	                            0, tc_const(kind->service ? MGM_C_SERVICE_EVENTHANDLER : MGM_C_HOST_EVENTHANDLER),
	                            object, tc_i32(object, kind->current_state), tc_i32(object, kind->state_type), now,
	                            start ? none : now, 0.0, HANDLER_TIMEOUT, 0, 0, extra->event_handler, line, NULL);
}

static void log_handler(const struct tc_kind *kind, const void *object, const struct tc_extra *extra)
{
	int state = tc_i32(object, kind->current_state);

	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "%s EVENT HANDLER: %s;%s%s%s;%s;%d;%s",
	       kind->service ? "SERVICE" : "HOST", tc_str(object, kind->host_name),
	       kind->service ? tc_str(object, kind->description) : "", kind->service ? ";" : "",
	       kind->service ? service_state_name(state) : host_state_name(state),
	       tc_i32(object, kind->state_type) == tc_const(MGM_C_HARD_STATE) ? "HARD" : "SOFT",
	       tc_i32(object, kind->current_attempt), extra->event_handler);
}

void tc_event_handler(const struct tc_kind *kind, void *object)
{
	const struct tc_extra *extra = tc_extra_of(kind, object);
	struct tc_report report = TC_REPORT(TC_EVENT_HANDLER);
	char *line, *copy;
	bool module;

	if (!enable_event_handlers || extra == NULL || extra->event_handler == NULL)
		return;
	line = tc_command_line(kind, object, extra->event_handler_command, extra->event_handler);
	if (line == NULL)
		return;
	log_handler(kind, object, extra);
	module = offer(kind, object, extra, line, true) == tc_const(MGM_C_NEBERROR_CALLBACKOVERRIDE);
	report.kind = kind;
	report.object = object;
	report.state = tc_i32(object, kind->current_state);
	report.by = module ? "module" : "core";
	report.command = line;
	tc_report(&report);
	if (!module) {
		copy = tc_strdup(line);
		if (!tc_runner_start(line, HANDLER_TIMEOUT, handler_done, free, copy))
			free(copy);
		offer(kind, object, extra, line, false);
	}
	free(line);
}
