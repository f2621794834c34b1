/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.3: the nodes of the two list kinds, made by the core itself. */
#include "proof_checks.h"

#include <stdlib.h>
#include <string.h>

static bool same_text(const struct mgm_abi *abi, const void *node, enum mgm_field field, const char *text)
{
	const char *value = mgm_get_cstr(abi, node, field);

	return value != NULL && strcmp(value, text) == 0;
}

static bool check_custom_variables(struct mgm_proof *proof)
{
	const struct mgm_abi *abi = proof->abi;
	void *list = NULL;
	void *none = proof->calls.add_custom_variable_to_object(&list, "MGMNONE", NULL);
	void *second = proof->calls.add_custom_variable_to_object(&list, "MGMSECOND", "second value");
	void *first = proof->calls.add_custom_variable_to_object(&list, "MGMFIRST", "first value");

	if (first == NULL || second == NULL || none == NULL || list != first)
		return mgm_refuse(proof, "add_custom_variable_to_object does not prepend");
	if (mgm_get_ptr(abi, first, MGM_F_CUSTOMVARIABLESMEMBER_NEXT) != second ||
	    mgm_get_ptr(abi, second, MGM_F_CUSTOMVARIABLESMEMBER_NEXT) != none ||
	    mgm_get_ptr(abi, none, MGM_F_CUSTOMVARIABLESMEMBER_NEXT) != NULL)
		return mgm_refuse(proof, "customvariablesmember.next");
	if (!same_text(abi, first, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME, "MGMFIRST") ||
	    !same_text(abi, second, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME, "MGMSECOND"))
		return mgm_refuse(proof, "customvariablesmember.variable_name");
	if (!same_text(abi, first, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE, "first value") ||
	    mgm_get_cstr(abi, none, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE) != NULL)
		return mgm_refuse(proof, "customvariablesmember.variable_value");
	proof->custom_variables = list;
	return true;
}

bool mgm_check_lists(struct mgm_proof *proof)
{
	const struct mgm_abi *abi = proof->abi;
	int one, two;
	void *list = NULL, *last;

	if (!check_custom_variables(proof))
		return false;
	if (proof->calls.prepend_object_to_objectlist(&list, &one) != 0)
		return mgm_refuse(proof, "prepend_object_to_objectlist fails");
	last = list;
	if (proof->calls.prepend_object_to_objectlist(&list, &two) != 0 || list == last)
		return mgm_refuse(proof, "prepend_object_to_objectlist fails");
	if (mgm_get_ptr(abi, list, MGM_F_OBJECTLIST_OBJECT_PTR) != &two ||
	    mgm_get_ptr(abi, last, MGM_F_OBJECTLIST_OBJECT_PTR) != &one)
		return mgm_refuse(proof, "objectlist.object_ptr");
	if (mgm_get_ptr(abi, list, MGM_F_OBJECTLIST_NEXT) != last || mgm_get_ptr(abi, last, MGM_F_OBJECTLIST_NEXT) != NULL)
		return mgm_refuse(proof, "objectlist.next");
	return true;
}
