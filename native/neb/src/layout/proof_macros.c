/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.5 and 4.6: the macro area, and object fields as the core's macros print them. */
#include "proof_checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* nagios_macros between the slots and host_ptr: 32 arguments, 6 contact addresses, 1 on-demand string. */
#define POINTERS_BEFORE_HOST 39

/* A field and the macro that prints it. Numbers are distinct; 64-bit ones need more than 32 bits. */
struct row {
	enum mgm_field field;
	const char *macro;
	const char *text;
	double number;
	const char *shown; /* for fields that the core prints as a word */
};

#define FAR_TIME 77309411328.0 /* 18 * 2^32 */

static const struct row host_rows[] = {
	{ MGM_F_HOST_NAME, "$HOSTNAME$", "mgm proof host", 0, NULL },
	{ MGM_F_HOST_CHECK_TYPE, "$HOSTCHECKTYPE$", NULL, 1, "PASSIVE" },
	{ MGM_F_HOST_CURRENT_STATE, "$HOSTSTATEID$", NULL, 2003, NULL },
	{ MGM_F_HOST_LAST_STATE, "$LASTHOSTSTATEID$", NULL, 2011, NULL },
	{ MGM_F_HOST_PLUGIN_OUTPUT, "$HOSTOUTPUT$", "mgm host output", 0, NULL },
	{ MGM_F_HOST_LONG_PLUGIN_OUTPUT, "$LONGHOSTOUTPUT$", "mgm host long output", 0, NULL },
	{ MGM_F_HOST_PERF_DATA, "$HOSTPERFDATA$", "mgm=1", 0, NULL },
	{ MGM_F_HOST_STATE_TYPE, "$HOSTSTATETYPE$", NULL, 1, "HARD" },
	{ MGM_F_HOST_CURRENT_ATTEMPT, "$HOSTATTEMPT$", NULL, 2017, NULL },
	{ MGM_F_HOST_LATENCY, "$HOSTLATENCY$", NULL, 20.125, "20.125" },
	{ MGM_F_HOST_EXECUTION_TIME, "$HOSTEXECUTIONTIME$", NULL, 21.375, "21.375" },
	{ MGM_F_HOST_LAST_CHECK, "$LASTHOSTCHECK$", NULL, FAR_TIME + 1, NULL },
	{ MGM_F_HOST_LAST_STATE_CHANGE, "$LASTHOSTSTATECHANGE$", NULL, FAR_TIME + 2, NULL },
	{ MGM_F_HOST_CURRENT_NOTIFICATION_NUMBER, "$HOSTNOTIFICATIONNUMBER$", NULL, 2027, NULL },
	{ MGM_F_HOST_CURRENT_NOTIFICATION_ID, "$HOSTNOTIFICATIONID$", "mgm-host-id", FAR_TIME + 3, NULL },
	{ MGM_F_HOST_SCHEDULED_DOWNTIME_DEPTH, "$HOSTDOWNTIME$", NULL, 2029, NULL },
	{ MGM_F_HOST_PERCENT_STATE_CHANGE, "$HOSTPERCENTCHANGE$", NULL, 22.5, "22.50" },
};

static const struct row service_rows[] = {
	{ MGM_F_SERVICE_DESCRIPTION, "$SERVICEDESC$", "mgm proof service", 0, NULL },
	{ MGM_F_SERVICE_CHECK_TYPE, "$SERVICECHECKTYPE$", NULL, 1, "PASSIVE" },
	{ MGM_F_SERVICE_CURRENT_STATE, "$SERVICESTATEID$", NULL, 2039, NULL },
	{ MGM_F_SERVICE_LAST_STATE, "$LASTSERVICESTATEID$", NULL, 2053, NULL },
	{ MGM_F_SERVICE_PLUGIN_OUTPUT, "$SERVICEOUTPUT$", "mgm service output", 0, NULL },
	{ MGM_F_SERVICE_LONG_PLUGIN_OUTPUT, "$LONGSERVICEOUTPUT$", "mgm service long output", 0, NULL },
	{ MGM_F_SERVICE_PERF_DATA, "$SERVICEPERFDATA$", "mgm=2", 0, NULL },
	{ MGM_F_SERVICE_STATE_TYPE, "$SERVICESTATETYPE$", NULL, 1, "HARD" },
	{ MGM_F_SERVICE_CURRENT_ATTEMPT, "$SERVICEATTEMPT$", NULL, 2063, NULL },
	{ MGM_F_SERVICE_LATENCY, "$SERVICELATENCY$", NULL, 23.125, "23.125" },
	{ MGM_F_SERVICE_EXECUTION_TIME, "$SERVICEEXECUTIONTIME$", NULL, 24.375, "24.375" },
	{ MGM_F_SERVICE_LAST_CHECK, "$LASTSERVICECHECK$", NULL, FAR_TIME + 4, NULL },
	{ MGM_F_SERVICE_LAST_STATE_CHANGE, "$LASTSERVICESTATECHANGE$", NULL, FAR_TIME + 5, NULL },
	{ MGM_F_SERVICE_CURRENT_NOTIFICATION_NUMBER, "$SERVICENOTIFICATIONNUMBER$", NULL, 2069, NULL },
	{ MGM_F_SERVICE_CURRENT_NOTIFICATION_ID, "$SERVICENOTIFICATIONID$", "mgm-service-id", FAR_TIME + 6, NULL },
	{ MGM_F_SERVICE_SCHEDULED_DOWNTIME_DEPTH, "$SERVICEDOWNTIME$", NULL, 2081, NULL },
	{ MGM_F_SERVICE_PERCENT_STATE_CHANGE, "$SERVICEPERCENTCHANGE$", NULL, 25.5, "25.50" },
};

static const struct row contact_rows[] = {
	{ MGM_F_CONTACT_NAME, "$CONTACTNAME$", "mgm contact", 0, NULL },
	{ MGM_F_CONTACT_ALIAS, "$CONTACTALIAS$", "mgm contact alias", 0, NULL },
	{ MGM_F_CONTACT_EMAIL, "$CONTACTEMAIL$", "mgm@contact", 0, NULL },
};

bool mgm_measure_macro_slots(struct mgm_proof *proof)
{
	void *object = mgm_stand_in();
	char *macros = mgm_stand_in();

	if (object == NULL || macros == NULL)
		return mgm_refuse(proof, "no memory");
	proof->core->grab_host_macros_r(macros, object);
	for (size_t at = 0; at + sizeof(object) <= MGM_STAND_IN_BYTES; at += sizeof(object)) {
		void *value;

		memcpy(&value, macros + at, sizeof(value));
		if (value != object)
			continue;
		proof->slots = (int32_t)(at / sizeof(object)) - POINTERS_BEFORE_HOST;
		return true;
	}
	return mgm_refuse(proof, "grab_host_macros_r does not keep the host");
}

bool mgm_check_macro_slots(struct mgm_proof *proof)
{
	int32_t slots = mgm_constant(proof->abi, MGM_C_MACRO_X_COUNT, 0);

	if (!mgm_measure_macro_slots(proof))
		return false;
	return proof->slots == slots ||
	       mgm_refuse(proof, "the core has %d macro slots instead of %d", (int)proof->slots, (int)slots);
}

static void store(const struct mgm_abi *abi, void *object, const struct row *row)
{
	switch ((enum mgm_type)abi->type[row->field]) {
	case MGM_T_CSTR: mgm_set_cstr(abi, object, row->field, row->text); break;
	case MGM_T_F64: mgm_set_f64(abi, object, row->field, row->number); break;
	case MGM_T_I64:
	case MGM_T_U64: mgm_set_i64(abi, object, row->field, (int64_t)row->number); break;
	default: mgm_set_i32(abi, object, row->field, (int32_t)row->number);
	}
}

static void expected_text(const struct mgm_abi *abi, const struct row *row, char *out, size_t size)
{
	if (row->shown != NULL)
		snprintf(out, size, "%s", row->shown);
	else if (abi->type[row->field] == MGM_T_CSTR)
		snprintf(out, size, "%s", row->text);
	else
		snprintf(out, size, "%" PRId64, (int64_t)row->number);
}

static bool check_rows(struct mgm_proof *proof, void *macros, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char wanted[64];
		char *text = NULL;

		expected_text(proof->abi, &rows[i], wanted, sizeof(wanted));
		proof->core->process_macros_r(macros, rows[i].macro, &text, 0);
		if (text == NULL || strcmp(text, wanted) != 0)
			return mgm_refuse(proof, "%s is not what the core prints for %s", mgm_field_infos[rows[i].field].name,
			                  rows[i].macro);
	}
	return true;
}

/* A group with one more node behind it, so that the list pointer and the name are both seen. */
static void *group_list(struct mgm_proof *proof, enum mgm_field name, const char *first, const char *second)
{
	void *list = NULL, *one = mgm_stand_in(), *two = mgm_stand_in();

	mgm_set_cstr(proof->abi, one, name, first);
	mgm_set_cstr(proof->abi, two, name, second);
	proof->calls.prepend_object_to_objectlist(&list, two);
	proof->calls.prepend_object_to_objectlist(&list, one);
	return list;
}

static bool check_groups(struct mgm_proof *proof, void *macros)
{
	char *hosts = NULL, *services = NULL;

	proof->core->process_macros_r(macros, "$HOSTGROUPNAMES$", &hosts, 0);
	proof->core->process_macros_r(macros, "$SERVICEGROUPNAMES$", &services, 0);
	if (hosts == NULL || strcmp(hosts, "mgm-hg1,mgm-hg2") != 0)
		return mgm_refuse(proof, "host.hostgroups_ptr or hostgroup.group_name");
	if (services == NULL || strcmp(services, "mgm-sg1,mgm-sg2") != 0)
		return mgm_refuse(proof, "service.servicegroups_ptr or servicegroup.group_name");
	return true;
}

/* The order matters: on Naemon grabbing the service grabs its host once more. */
static bool grab(struct mgm_proof *proof, void *macros)
{
	const struct mgm_abi *abi = proof->abi;
	void *hosts = mgm_get_ptr(abi, proof->host, MGM_F_HOST_HOSTGROUPS_PTR);
	void *services = mgm_get_ptr(abi, proof->service, MGM_F_SERVICE_SERVICEGROUPS_PTR);

	proof->core->grab_host_macros_r(macros, proof->host);
	proof->core->grab_service_macros_r(macros, proof->service);
	proof->core->grab_contact_macros_r(macros, proof->contact);
	if (mgm_get_ptr(abi, macros, MGM_F_NAGIOS_MACROS_HOST_PTR) != proof->host)
		return mgm_refuse(proof, "nagios_macros.host_ptr");
	if (mgm_get_ptr(abi, macros, MGM_F_NAGIOS_MACROS_SERVICE_PTR) != proof->service)
		return mgm_refuse(proof, "nagios_macros.service_ptr or service.host_ptr");
	if (mgm_get_ptr(abi, macros, MGM_F_NAGIOS_MACROS_CONTACT_PTR) != proof->contact)
		return mgm_refuse(proof, "nagios_macros.contact_ptr");
	if (mgm_get_ptr(abi, macros, MGM_F_NAGIOS_MACROS_HOSTGROUP_PTR) !=
	    mgm_get_ptr(abi, hosts, MGM_F_OBJECTLIST_OBJECT_PTR))
		return mgm_refuse(proof, "nagios_macros.hostgroup_ptr");
	if (mgm_get_ptr(abi, macros, MGM_F_NAGIOS_MACROS_SERVICEGROUP_PTR) !=
	    mgm_get_ptr(abi, services, MGM_F_OBJECTLIST_OBJECT_PTR))
		return mgm_refuse(proof, "nagios_macros.servicegroup_ptr");
	return true;
}

bool mgm_check_macros(struct mgm_proof *proof)
{
	const size_t host_count = sizeof(host_rows) / sizeof(host_rows[0]);
	const size_t service_count = sizeof(service_rows) / sizeof(service_rows[0]);
	const size_t contact_count = sizeof(contact_rows) / sizeof(contact_rows[0]);
	void *macros = mgm_stand_in();

	proof->contact = mgm_stand_in();
	if (proof->contact == NULL || macros == NULL)
		return mgm_refuse(proof, "no memory");
	for (size_t i = 0; i < host_count; i++)
		store(proof->abi, proof->host, &host_rows[i]);
	for (size_t i = 0; i < service_count; i++)
		store(proof->abi, proof->service, &service_rows[i]);
	for (size_t i = 0; i < contact_count; i++)
		store(proof->abi, proof->contact, &contact_rows[i]);
	mgm_set_ptr(proof->abi, proof->host, MGM_F_HOST_HOSTGROUPS_PTR,
	            group_list(proof, MGM_F_HOSTGROUP_GROUP_NAME, "mgm-hg1", "mgm-hg2"));
	mgm_set_ptr(proof->abi, proof->service, MGM_F_SERVICE_SERVICEGROUPS_PTR,
	            group_list(proof, MGM_F_SERVICEGROUP_GROUP_NAME, "mgm-sg1", "mgm-sg2"));
	return grab(proof, macros) && check_rows(proof, macros, host_rows, host_count) &&
	       check_rows(proof, macros, service_rows, service_count) &&
	       check_rows(proof, macros, contact_rows, contact_count) && check_groups(proof, macros);
}
