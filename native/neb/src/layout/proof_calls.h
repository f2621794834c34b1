/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What only the layout proof uses of the core. */
#ifndef MGM_PROOF_CALLS_H
#define MGM_PROOF_CALLS_H

#include <stdint.h>
#include <stdio.h>

#include "core.h"

/** Functions and variables that only the proof uses; types as in abi/core-abi.json. NULL when not exported. */
struct mgm_proof_calls {
	void (*fcache_host)(FILE *, const void *);
	void (*fcache_service)(FILE *, const void *);
	void *(*add_custom_variable_to_object)(void **list, const char *name, const char *value);
	int (*prepend_object_to_objectlist)(void **list, void *object);
	int (*handle_async_service_check_result)(void *service, void *check_result);
	int (*handle_async_host_check_result)(void *host, void *check_result);
	/* Different prototypes per family: cast at the place of the call. */
	void (*broker_service_check)(void);
	void (*broker_host_check)(void);
	void (*broker_event_handler)(void);
	void (*broker_contact_notification_method_data)(void);
	void (*broker_program_status)(void);
	void (*broker_program_state)(void);
	void (*broker_log_data)(void);
	void (*broker_timed_event)(void);
	void *(*squeue_create)(unsigned int size);
	void *(*tree_new)(int (*compare)(const void *, const void *)); /* g_tree_new of GLib, Naemon only */

	void **hostgroup_list, **servicegroup_list, **command_list;
	void **host_ary, **service_ary;
	void *num_objects;
	int64_t *program_start, *event_start;
	int *nagios_pid, *daemon_mode;
	int *enable_notifications, *enable_event_handlers, *enable_flap_detection;
	int *obsess_over_services, *obsess_over_hosts;
};

/** @return NULL, or the first name that is missing */
const char *mgm_proof_calls_resolve(struct mgm_proof_calls *calls, const struct mgm_core *core);

/** Silence the child's copy of the core: no notifications, handlers, flapping, perfdata, obsessing, broker. */
void mgm_proof_calls_silence(const struct mgm_proof_calls *calls, const struct mgm_core *core);

#endif
