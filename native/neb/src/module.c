/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The three names a core looks for, and the one place that knows "the" module: the core's callbacks carry no
 * user pointer.
 */
#include "events/module.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "events/exports.h"
#include "events/hooks.h"
#include "events/own_results.h"
#include "events/perfdata_text.h"
#include "events/results.h"
#include "events/session.h"
#include "layout/core_find.h"
#include "layout/core_symbols.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int nebmodule_init(int flags, char *arguments, void *handle);
EXPORT int nebmodule_deinit(int flags, int reason);

/* NEBMODULE_NEB_RESTART, the same in every core; needed also where no layout was proven. */
#define REASON_RESTART 2

static struct mgm_module *the_module;

/* A child of the core that does not exec must not hold connection and pipes open. They themselves stay the parent's. */
static void in_forked_child(void)
{
	if (the_module == NULL)
		return;
	mgm_link_forget(&the_module->link);
	mgm_spawn_forget(&the_module->spawn);
	mgm_own_results_forget(the_module);
}

static bool ours(void)
{
	return the_module != NULL && getpid() == the_module->pid;
}

/* Every working callback. */
static int on_event(int id, void *event)
{
	if (!ours() || the_module->passive || event == NULL)
		return MGM_NEB_OK;
	if (the_module->ending && id == mgm_constant(the_module->core.abi, MGM_C_NEBCALLBACK_LOG_DATA, 2))
		return mgm_exports_log(the_module, event);
	if (!the_module->looping)
		return MGM_NEB_OK;
	return mgm_hooks_call(the_module, id, event);
}

static void start_loop(struct mgm_module *m)
{
	char why[512] = "";

	/* Nagios has its final objects only now; Naemon was looked at in init. */
	if (m->core.family == MGM_NAGIOS && mgm_core_prove_objects(&m->core, why, sizeof(why)) != MGM_CORE_OK) {
		m->passive = true;
		mgm_log_error(&m->log, "%s; nothing is taken over, the core runs everything itself", why);
		return;
	}
	if (!mgm_results_init(m)) {
		m->passive = true;
		mgm_log_error(&m->log, "no memory; nothing is taken over, the core runs everything itself");
		return;
	}
	if (mgm_hooks_register(&m->core, m->handle, on_event) != MGM_NEB_OK)
		mgm_log_error(&m->log, "the core refused a callback; some events will not be taken over");
	m->looping = true;
	mgm_session_start(m);
}

static void end_loop(struct mgm_module *m)
{
	if (!m->looping)
		return;
	mgm_session_await_settings(m);
	mgm_session_end(m, mgm_exports_last_events(m));
}

static int on_process(int id, void *event)
{
	int32_t type;
	int code = MGM_NEB_OK;

	(void)id;
	if (the_module == NULL || event == NULL)
		return MGM_NEB_OK;
	type = mgm_get_i32(the_module->core.abi, event, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE);
	if (type == mgm_constant(the_module->core.abi, MGM_C_NEBTYPE_PROCESS_EVENTLOOPSTART, 105) && !the_module->looping) {
		the_module->pid = getpid(); /* a core may have gone into the background since it loaded us */
		start_loop(the_module);
	} else if (ours() && (the_module->looping || the_module->ending)) {
		code = mgm_exports_process(the_module, event);
		if (type == mgm_constant(the_module->core.abi, MGM_C_NEBTYPE_PROCESS_EVENTLOOPEND, 106))
			end_loop(the_module);
	}
	return code;
}

static void set_module_info(const struct mgm_module *m)
{
	const struct mgm_abi *abi = m->core.abi;
	const struct {
		enum mgm_const id;
		const char *text;
	} info[] = {
		{ MGM_C_NEBMODULE_MODINFO_TITLE, "Mod-Gearman" },
		{ MGM_C_NEBMODULE_MODINFO_AUTHOR, "Mod-Gearman for TypeScript" },
		{ MGM_C_NEBMODULE_MODINFO_VERSION, MGM_VERSION },
		{ MGM_C_NEBMODULE_MODINFO_LICENSE, "GPL v2 or later" },
		{ MGM_C_NEBMODULE_MODINFO_DESC, "distribute host/service checks and eventhandler via gearman" },
	};

	for (size_t i = 0; i < sizeof(info) / sizeof(info[0]); i++)
		m->core.neb_set_module_info(m->handle, mgm_constant(abi, info[i].id, 0), info[i].text);
}

static void free_module(struct mgm_module *m)
{
	mgm_link_close_fds(&m->link);
	mgm_timer_stop(&m->tick);
	mgm_spawn_free(&m->spawn);
	mgm_pending_free(&m->pending);
	mgm_records_free(&m->records);
	mgm_frame_free(&m->check_frame);
	mgm_perfdata_free(m);
	mgm_owned_free(&m->owned);
	mgm_held_free(&m->held);
	mgm_settings_free(&m->settings);
	mgm_own_results_free(m);
	mgm_results_free(m);
	mgm_args_free(&m->args);
	mgm_core_free(&m->core);
	free(m);
}

static void log_complaint(void *arg, const char *line)
{
	struct mgm_module *m = arg;

	mgm_log_error(&m->log, "%s", line);
}

/* Find and prove the core. @return whether the shim may hook anything */
static bool find_core(struct mgm_module *m)
{
	char why[512] = "";
	struct mgm_layout_source files = { m->args.layout_dir, log_complaint, m };
	enum mgm_core_rc rc = mgm_core_find(&m->core, m->handle, &files, why, sizeof(why));

	if (rc == MGM_CORE_OK && why[0] != '\0')
		mgm_log_info(&m->log, "Warning: %s", why);
	if (rc == MGM_CORE_OK && m->core.family == MGM_NAEMON)
		rc = mgm_core_prove_objects(&m->core, why, sizeof(why));
	if (rc != MGM_CORE_OK) {
		mgm_log_error(&m->log, "%s; nothing is taken over, the core runs everything itself", why);
		return false;
	}
	if ((*m->core.event_broker_options & 1u) == 0) {
		mgm_log_error(&m->log, "mod_gearman needs BROKER_PROGRAM_STATE (1) event_broker_options enabled to work");
		return false;
	}
	return true;
}

static void load(char *arguments, void *handle)
{
	struct mgm_module *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return;
	m->handle = handle;
	m->pid = getpid();
	m->clock = &mgm_system_clock;
	m->passive = true;
	mgm_log_init(&m->log, &m->core, m->clock);
	mgm_link_init(&m->link, &m->core, m->clock, &mgm_session_events, m);
	mgm_session_prepare(m);
	mgm_pending_init(&m->pending, MGM_PENDING_MAX_EVENTS, MGM_PENDING_MAX_BYTES);
	mgm_records_init(&m->records, MGM_RECORDS_MAX_BYTES);
	m->queues = (struct mgm_queues){ .core = &m->core, .settings = &m->settings, .rule = MGM_RULE_NONE };
	mgm_spawn_clear(&m->spawn);
	m->own_fd = -1;
	the_module = m;
	if (!mgm_args_parse(&m->args, arguments)) {
		mgm_log_error(&m->log, "no memory; nothing is taken over, the core runs everything itself");
		return;
	}
	if (!find_core(m))
		return;
	if (pthread_atfork(NULL, NULL, in_forked_child) != 0) {
		mgm_log_error(&m->log, "no memory; nothing is taken over, the core runs everything itself");
		return;
	}
	if (m->args.extra_dropped)
		mgm_log_error(&m->log, "only the first %d bridge_arg values are used", MGM_ARGS_MAX);
	set_module_info(m);
	m->passive = mgm_hooks_register_process(&m->core, handle, on_process) != MGM_NEB_OK;
	if (m->passive)
		mgm_log_error(&m->log, "the core refused the callback for process events; nothing is taken over");
	else
		mgm_log_info(&m->log, "initialized version %s (%s %s, layout %s)", MGM_VERSION,
		             m->core.family == MGM_NAEMON ? "Naemon" : "Nagios", m->core.version, m->core.abi->id);
}

/* Never an error: at a reload that would end the core. The log has the reason, and the core runs everything itself. */
EXPORT int nebmodule_init(int flags, char *arguments, void *handle)
{
	(void)flags;
	load(arguments, handle);
	mgm_symbol_errors_clear();
	return MGM_NEB_OK;
}

EXPORT int nebmodule_deinit(int flags, int reason)
{
	struct mgm_module *m = the_module;

	(void)flags;
	if (m == NULL)
		return MGM_NEB_OK;
	if (getpid() == m->pid) {
		/* Normally done at EVENTLOOPEND. Without an iobroker the core has closed what was registered there. */
		if (m->looping && *m->core.nagios_iobs == NULL) {
			m->link.fd = -1;
			m->link.out_fd = -1;
			m->later.fd = -1;
			m->hurry.fd = -1;
		}
		end_loop(m);
		mgm_session_close(m);
		if (reason == REASON_RESTART) {
			mgm_spawn_keep(&m->spawn);
			mgm_results_keep(m);
		}
		if (!m->passive)
			mgm_log_info(&m->log, "deinitializing");
	}
	the_module = NULL;
	free_module(m);
	return MGM_NEB_OK;
}
