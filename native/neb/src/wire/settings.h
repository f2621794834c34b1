/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the bridge wants handed over: one SETTINGS message, as a whole. Pure. */
#ifndef MGM_SETTINGS_H
#define MGM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/** Groups in all four lists together; docs/bridge-protocol.md. */
#define MGM_SETTINGS_MAX_GROUPS 10000u
_Static_assert(MGM_SETTINGS_MAX_GROUPS <= UINT16_MAX, "an index fits");
/** Bytes of all texts kept. */
#define MGM_SETTINGS_MAX_BYTES 1048576u

enum mgm_settings_rc { MGM_SETTINGS_OK, MGM_SETTINGS_NO_MEMORY, MGM_SETTINGS_TOO_LARGE };

/** A list of groups. All three pointers are owned. */
struct mgm_names {
	char **name; /* texts inside `text`, each behind the prefix of its queue */
	size_t count;
	size_t prefix; /* bytes of that prefix */
	void **group;  /* the core's group of each name; NULL: none, or not looked for yet */
	char *text;
	size_t found; /* names that were looked for */
};

/** Callbacks whose events can be exported. */
enum mgm_export { MGM_EXPORT_PROCESS, MGM_EXPORT_TIMED_EVENT, MGM_EXPORT_LOG, MGM_EXPORTS };

struct mgm_export_rule {
	bool on;
	int return_code; /* of our callback */
};

/** A group of the core that the settings name. */
struct mgm_group {
	const void *group;
	uint16_t index; /* in the list of groups with a queue; MGM_SETTINGS_MAX_GROUPS: not in it */
	bool is_local;
};

struct mgm_settings {
	bool hosts;    /* generic queue `host` */
	bool services; /* generic queue `service` */
	bool eventhandler;
	bool do_hostchecks;
	bool route_eventhandler_like_checks;
	bool checks_local_when_away;       /* else held */
	bool eventhandlers_kept_when_away; /* else local */
	bool notifications;
	bool notifications_kept_when_away; /* else local */
	bool orphan_host_checks;
	bool orphan_service_checks;
	bool internal_check_dummy;
	uint32_t latency_flatten_window; /* seconds, 0: off */
	uint32_t orphan_return;          /* 0 to 3 */
	bool explain_queues;             /* events say which rule gave their queue */
	bool debug;                      /* what the shim does with an event is logged */
	bool taken_times;                /* checks say when they were taken */
	bool perfdata;
	struct mgm_export_rule exports[MGM_EXPORTS];
	bool perfdata_send_all;          /* also of objects that have it switched off */
	char *queue_custom_variable;     /* NULL: none */
	char *host_perfdata_template;    /* NULL: none */
	char *service_perfdata_template; /* NULL: none */
	struct mgm_names hostgroup;
	struct mgm_names servicegroup;
	struct mgm_names localhostgroup;
	struct mgm_names localservicegroup;
	struct mgm_group *group; /* owned hash table of those that were found in the core; NULL: the lists are empty */
	size_t group_capacity;   /* power of two, at least twice as many as the lists have */
};

/**
 * @param[out] settings zeroed or filled; replaced as a whole, unchanged unless MGM_SETTINGS_OK is returned
 */
enum mgm_settings_rc mgm_settings_read(struct mgm_settings *settings, const struct mgm_message *message);
/** A table for the groups of the lists, empty. Part of mgm_settings_read(). @return false without memory */
bool mgm_settings_make_table(struct mgm_settings *settings);
/** @return the place of a group of the core in the table, or the empty one where it belongs. Only if a list has names */
struct mgm_group *mgm_settings_group(const struct mgm_settings *settings, const void *group);
/** @return queue of a group, `hostgroup_<name>` or `servicegroup_<name>`; valid as long as the list */
const char *mgm_names_queue(const struct mgm_names *names, size_t index);
/** @return whether any service (host) check can get a queue at all */
bool mgm_settings_take_services(const struct mgm_settings *settings);
bool mgm_settings_take_hosts(const struct mgm_settings *settings);
/** Frees the content and zeroes it. */
void mgm_settings_free(struct mgm_settings *settings);

#endif
