/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Start, loop, reload and shutdown in Naemon's order, so that modules see the same sequence of events. */
#include "core.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "exports.h"
#include "iobroker.h"
#include "log.h"
#include "module.h"
#include "neb.h"
#include "objects.h"
#include "report.h"
#include "retention.h"
#include "runner.h"
#include "schedule.h"
#include "status.h"
#include "timers.h"

#define BROKER_EVERYTHING 1048575ul
/* NEBFLAG_USER_INITIATED and NEBATTR_SHUTDOWN_NORMAL, NEBATTR_RESTART_NORMAL of the events 103 and 102. */
#define FLAG_USER_INITIATED 2

static volatile sig_atomic_t rotate_requested;

static void on_signal(int number)
{
	if (number == SIGHUP)
		sigrestart = 1;
	else if (number == SIGUSR1)
		rotate_requested = 1;
	else
		sigshutdown = 1;
}

static void install_signals(void)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR1 };
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static void write_status(const struct tc_options *options)
{
	if (options->status_file != NULL && !tc_status_write(options->status_file))
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Error: Unable to write status file '%s': %s", options->status_file,
		       strerror(errno));
	broker_program_status(tc_const(MGM_C_NEBTYPE_PROGRAMSTATUS_UPDATE), 0, 0);
}

static void status_due(void *properties)
{
	struct tc_timer_info info = tc_timer_info(properties);

	if (info.aborted)
		return;
	tc_schedule_ms(1000, status_due, info.user_data);
	write_status(info.user_data);
}

static void duration_over(void *properties)
{
	if (!tc_timer_info(properties).aborted)
		sigshutdown = 1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Everything up to the event loop. @return false when the module was refused: the core then ends */
static bool start(const struct tc_options *options, bool reload)
{
	struct tc_report report = TC_REPORT(reload ? TC_RELOAD : TC_START);

	program_start = time(NULL);
	nagios_pid = (int)getpid();
	event_broker_options = options->broker_options < 0 ? BROKER_EVERYTHING : (unsigned long)options->broker_options;
	currently_running_service_checks = currently_running_host_checks = 0;
	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "mgm-testcore %s starting... (PID=%d)", get_program_version(),
	       nagios_pid);
	tc_objects_create(options);
	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "Loading neb modules");
	if (options->module != NULL && !tc_module_load(options->module, options->args, options->ltdl)) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Error: Module loading failed. Aborting.");
		return false;
	}
	broker_program_state(tc_const(MGM_C_NEBTYPE_PROCESS_PRELAUNCH), 0, 0);
	broker_program_state(tc_const(MGM_C_NEBTYPE_PROCESS_START), 0, 0);
	if (reload)
		tc_retention_restore();
	tc_checks_start(options->orphan_margin, options->orphan_checks);
	tc_report(&report);
	/* Casting away const: a timer's user data is a plain pointer; status_due() only reads. */
	tc_schedule_ms(0, status_due, (void *)(uintptr_t)options);
	broker_program_state(tc_const(MGM_C_NEBTYPE_PROCESS_EVENTLOOPSTART), 0, 0);
	event_start = time(NULL);
	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "mgm-testcore successfully initialized (PID=%d)", nagios_pid);
	return true;
}

static bool loop(void)
{
	while (!sigshutdown && !sigrestart) {
		if (rotate_requested) {
			rotate_requested = 0;
			tc_log_reopen();
			last_log_rotation = time(NULL);
			broker_program_status(tc_const(MGM_C_NEBTYPE_PROGRAMSTATUS_UPDATE), 0, 0);
		}
		if (tc_event_poll(nagios_iobs, TC_MAX_POLL_MS) != 0) {
			nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Error: Polling for input failed: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

/* The order after the loop: 106, then 103 or 102, retention, status, workers, broker set, queue, callbacks, module. */
static void stop(const struct tc_options *options)
{
	bool shutdown = sigshutdown != 0;

	broker_program_state(tc_const(MGM_C_NEBTYPE_PROCESS_EVENTLOOPEND), 0, 0);
	broker_program_state(tc_const(shutdown ? MGM_C_NEBTYPE_PROCESS_SHUTDOWN : MGM_C_NEBTYPE_PROCESS_RESTART),
	                     FLAG_USER_INITIATED, 0);
	if (!shutdown)
		tc_retention_save();
	write_status(options);
	tc_runner_stop();
	if (shutdown) {
		tc_iobroker_destroy(nagios_iobs, true);
		nagios_iobs = NULL;
		nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "Successfully shutdown... (PID=%d)", nagios_pid);
	}
	clear_event_queue();
	tc_neb_clear_callbacks();
	tc_module_unload(shutdown ? TC_UNLOAD_SHUTDOWN : TC_UNLOAD_RESTART);
	tc_objects_free();
}

static void clean_up(void)
{
	tc_runner_stop();
	tc_timers_discard();
	tc_neb_clear_callbacks();
	tc_objects_free();
	tc_retention_drop();
	if (nagios_iobs != NULL)
		tc_iobroker_destroy(nagios_iobs, true);
	nagios_iobs = NULL;
	tc_log_close();
}

int tc_core_run(const struct tc_options *options)
{
	int64_t ends = now_ms() + (int64_t)(options->duration * 1000);
	int result = TC_EXIT_FAILED;
	bool reload = false;

	if (!tc_log_open(options->log_file)) {
		fprintf(stderr, "mgm-testcore: cannot open log file %s: %s\n", options->log_file, strerror(errno));
		return TC_EXIT_FAILED;
	}
	tc_report_init(options->events_json);
	tc_program_version = options->core_version;
	if (!tc_layout_use(options->layout))
		goto out;
	sigshutdown = sigrestart = 0;
	nagios_iobs = tc_iobroker_create();
	if (nagios_iobs == NULL)
		goto out;
	install_signals();
	do {
		int64_t left = ends - now_ms();

		if (!start(options, reload))
			goto out;
		if (options->duration > 0)
			tc_schedule_ms(left > 0 ? left : 0, duration_over, NULL);
		/* Cleared only here: a module still sees sigrestart while it is loaded again. Naemon also clears
		 * sigshutdown and so loses a SIGTERM during its start; this core does not. */
		sigrestart = 0;
		if (!loop())
			sigshutdown = 1;
		reload = !sigshutdown;
		stop(options);
	} while (reload);
	result = TC_EXIT_OK;
	tc_report_summary();
out:
	clean_up();
	return result;
}
