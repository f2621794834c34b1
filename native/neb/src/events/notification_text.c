/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notification_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) MGM_F_NEBSTRUCT_CONTACT_NOTIFICATION_METHOD_DATA_##name
#define NUMBER_BYTES 16

/* Reasons that both cores name; NORMAL, and RECOVERY of Nagios from 4.5.7 on, are named by the state. */
static const struct reason {
	enum mgm_const id;
	const char *name;
} reasons[] = {
	{ MGM_C_NOTIFICATION_ACKNOWLEDGEMENT, "ACKNOWLEDGEMENT" },
	{ MGM_C_NOTIFICATION_FLAPPINGSTART, "FLAPPINGSTART" },
	{ MGM_C_NOTIFICATION_FLAPPINGSTOP, "FLAPPINGSTOP" },
	{ MGM_C_NOTIFICATION_FLAPPINGDISABLED, "FLAPPINGDISABLED" },
	{ MGM_C_NOTIFICATION_DOWNTIMESTART, "DOWNTIMESTART" },
	{ MGM_C_NOTIFICATION_DOWNTIMEEND, "DOWNTIMEEND" },
	{ MGM_C_NOTIFICATION_DOWNTIMECANCELLED, "DOWNTIMECANCELLED" },
	{ MGM_C_NOTIFICATION_CUSTOM, "CUSTOM" },
};

/* @return NULL for a normal one */
static const char *reason_name(const struct mgm_abi *abi, int32_t reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (mgm_constant(abi, reasons[i].id, -1) == reason)
			return reasons[i].name;
	return NULL;
}

static bool is_reason(const struct mgm_abi *abi, const struct mgm_notification *n, enum mgm_const id)
{
	return mgm_constant(abi, id, -1) == n->reason;
}

/* As the core does it: by name, else by alias. */
static void *find_author(const struct mgm_core *core, const char *author)
{
	void *found = author != NULL ? core->find_contact(author) : NULL;

	for (void *at = author != NULL && found == NULL ? *core->contact_list : NULL; at != NULL;
	     at = mgm_get_ptr(core->abi, at, MGM_F_CONTACT_NEXT)) {
		const char *alias = mgm_get_cstr(core->abi, at, MGM_F_CONTACT_ALIAS);

		if (alias != NULL && strcmp(alias, author) == 0)
			return at;
	}
	return found;
}

/* Slots of the author in the order author, name, alias, comment. */
static const enum mgm_const any_reason[] = { MGM_C_MACRO_NOTIFICATIONAUTHOR, MGM_C_MACRO_NOTIFICATIONAUTHORNAME,
	                                         MGM_C_MACRO_NOTIFICATIONAUTHORALIAS, MGM_C_MACRO_NOTIFICATIONCOMMENT };
static const enum mgm_const service_ack[] = { MGM_C_MACRO_SERVICEACKAUTHOR, MGM_C_MACRO_SERVICEACKAUTHORNAME,
	                                          MGM_C_MACRO_SERVICEACKAUTHORALIAS, MGM_C_MACRO_SERVICEACKCOMMENT };
static const enum mgm_const host_ack[] = { MGM_C_MACRO_HOSTACKAUTHOR, MGM_C_MACRO_HOSTACKAUTHORNAME,
	                                       MGM_C_MACRO_HOSTACKAUTHORALIAS, MGM_C_MACRO_HOSTACKCOMMENT };

static void set_author(struct mgm_macros *macros, const enum mgm_const slots[4], const char *author,
                       const void *contact, const char *comment)
{
	const struct mgm_abi *abi = macros->core->abi;

	mgm_macros_set(macros, slots[0], author);
	mgm_macros_set(macros, slots[1], contact != NULL ? mgm_get_cstr(abi, contact, MGM_F_CONTACT_NAME) : NULL);
	mgm_macros_set(macros, slots[2], contact != NULL ? mgm_get_cstr(abi, contact, MGM_F_CONTACT_ALIAS) : NULL);
	mgm_macros_set(macros, slots[3], comment);
}

/*
 * Number and id of the host's or service's notification are not set: the core takes those macros from the object itself,
 * as number or text, whichever its class has (abi/README.md 4.6).
 */
bool mgm_notification_macros(const struct mgm_notification *n, const struct mgm_core *core, struct mgm_macros *macros)
{
	const struct mgm_abi *abi = core->abi;
	const char *author = mgm_get_cstr(abi, n->event, FIELD(ACK_AUTHOR));
	const char *comment = mgm_get_cstr(abi, n->event, FIELD(ACK_DATA));
	const void *object = n->service != NULL ? n->service : n->host;
	enum mgm_field state = n->service != NULL ? MGM_F_SERVICE_CURRENT_STATE : MGM_F_HOST_CURRENT_STATE;
	enum mgm_field number =
		n->service != NULL ? MGM_F_SERVICE_CURRENT_NOTIFICATION_NUMBER : MGM_F_HOST_CURRENT_NOTIFICATION_NUMBER;
	const char *type = reason_name(abi, n->reason);
	char text[NUMBER_BYTES];
	void *contact;

	if (!mgm_macros_open(macros, core, n->host, n->service, mgm_get_ptr(abi, n->event, FIELD(CONTACT_PTR))))
		return false;
	contact = find_author(core, author);
	set_author(macros, any_reason, author, contact, comment);
	if (is_reason(abi, n, MGM_C_NOTIFICATION_ACKNOWLEDGEMENT))
		set_author(macros, n->service != NULL ? service_ack : host_ack, author, contact, comment);
	if (type == NULL)
		type = mgm_get_i32(abi, object, state) == mgm_constant(abi, MGM_C_STATE_OK, 0) ? "RECOVERY" : "PROBLEM";
	mgm_macros_set(macros, MGM_C_MACRO_NOTIFICATIONTYPE, type);
	snprintf(text, sizeof(text), "%d", (int)mgm_get_i32(abi, object, number));
	mgm_macros_set(macros, MGM_C_MACRO_NOTIFICATIONNUMBER, text);
	snprintf(text, sizeof(text), "%d", mgm_get_i32(abi, n->event, FIELD(ESCALATED)) != 0);
	mgm_macros_set(macros, MGM_C_MACRO_NOTIFICATIONISESCALATED, text);
	return !macros->failed;
}

static bool is_logged(const struct mgm_notification *n, const struct mgm_core *core)
{
	const int *setting = n->global ? core->log_global_notifications : core->log_notifications;

	return setting != NULL && *setting != 0;
}

/* Naemon adds them for every reason that has a name, Nagios for these two. */
static bool names_author(const struct mgm_notification *n, const struct mgm_core *core)
{
	return core->family == MGM_NAEMON || is_reason(core->abi, n, MGM_C_NOTIFICATION_CUSTOM) ||
	       is_reason(core->abi, n, MGM_C_NOTIFICATION_ACKNOWLEDGEMENT);
}

char *mgm_notification_log_line(const struct mgm_notification *n, struct mgm_macros *macros)
{
	const struct mgm_core *core = macros->core;
	bool service = n->service != NULL;
	const char *reason = reason_name(core->abi, n->reason), *state = service ? "$SERVICESTATE$" : "$HOSTSTATE$";
	const char *added = reason != NULL && names_author(n, core) ? ";$NOTIFICATIONAUTHOR$;$NOTIFICATIONCOMMENT$" : "";
	char *raw = NULL, *line = NULL;

	if (!is_logged(n, core))
		return NULL;
	if (asprintf(&raw, "%s NOTIFICATION: %s;%s%s%s;%s%s%s%s;%s;%s%s", service ? "SERVICE" : "HOST", n->contact,
	             n->host_name, service ? ";" : "", service ? n->description : "", reason != NULL ? reason : "",
	             reason != NULL ? " (" : "", state, reason != NULL ? ")" : "", n->command,
	             service ? "$SERVICEOUTPUT$" : "$HOSTOUTPUT$", added) < 0)
		return NULL;
	line = mgm_macros_text(macros, raw);
	free(raw);
	return line;
}
