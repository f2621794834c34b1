/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.7 and 4.8: which slot a macro name reads, and where a command's arguments go. */
#include "proof_checks.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_TEXT_BYTES 24

/* Macros that the core reads from their slot instead of computing them. */
struct index_row {
	enum mgm_const index;
	const char *macro;
};

static const struct index_row index_rows[] = {
	{ MGM_C_MACRO_NOTIFICATIONTYPE, "$NOTIFICATIONTYPE$" },
	{ MGM_C_MACRO_NOTIFICATIONNUMBER, "$NOTIFICATIONNUMBER$" },
	{ MGM_C_MACRO_NOTIFICATIONRECIPIENTS, "$NOTIFICATIONRECIPIENTS$" },
	{ MGM_C_MACRO_NOTIFICATIONISESCALATED, "$NOTIFICATIONISESCALATED$" },
	{ MGM_C_MACRO_NOTIFICATIONAUTHOR, "$NOTIFICATIONAUTHOR$" },
	{ MGM_C_MACRO_NOTIFICATIONAUTHORNAME, "$NOTIFICATIONAUTHORNAME$" },
	{ MGM_C_MACRO_NOTIFICATIONAUTHORALIAS, "$NOTIFICATIONAUTHORALIAS$" },
	{ MGM_C_MACRO_NOTIFICATIONCOMMENT, "$NOTIFICATIONCOMMENT$" },
	{ MGM_C_MACRO_HOSTACKAUTHOR, "$HOSTACKAUTHOR$" },
	{ MGM_C_MACRO_HOSTACKAUTHORNAME, "$HOSTACKAUTHORNAME$" },
	{ MGM_C_MACRO_HOSTACKAUTHORALIAS, "$HOSTACKAUTHORALIAS$" },
	{ MGM_C_MACRO_HOSTACKCOMMENT, "$HOSTACKCOMMENT$" },
	{ MGM_C_MACRO_SERVICEACKAUTHOR, "$SERVICEACKAUTHOR$" },
	{ MGM_C_MACRO_SERVICEACKAUTHORNAME, "$SERVICEACKAUTHORNAME$" },
	{ MGM_C_MACRO_SERVICEACKAUTHORALIAS, "$SERVICEACKAUTHORALIAS$" },
	{ MGM_C_MACRO_SERVICEACKCOMMENT, "$SERVICEACKCOMMENT$" },
};

static bool fill_slots(struct mgm_proof *proof, char *macros)
{
	int32_t slots = mgm_constant(proof->abi, MGM_C_MACRO_X_COUNT, 0);
	size_t first = proof->abi->offset[MGM_F_NAGIOS_MACROS_X];

	for (int32_t i = 0; i < slots; i++) {
		char *text = malloc(SLOT_TEXT_BYTES);
		size_t at = first + (size_t)i * sizeof(text);

		if (text == NULL || at + sizeof(text) > MGM_STAND_IN_BYTES)
			return mgm_refuse(proof, "nagios_macros.x is out of range");
		snprintf(text, SLOT_TEXT_BYTES, "mgm slot %d", (int)i);
		memcpy(macros + at, &text, sizeof(text));
	}
	return true;
}

bool mgm_check_macro_indices(struct mgm_proof *proof)
{
	char *macros = mgm_stand_in();

	if (macros == NULL)
		return mgm_refuse(proof, "no memory");
	/* Pointers first: grabbing clears the slots of its object. */
	proof->core->grab_host_macros_r(macros, proof->host);
	proof->core->grab_service_macros_r(macros, proof->service);
	if (!fill_slots(proof, macros))
		return false;
	for (size_t i = 0; i < sizeof(index_rows) / sizeof(index_rows[0]); i++) {
		char wanted[SLOT_TEXT_BYTES];
		char *text = NULL;

		snprintf(wanted, sizeof(wanted), "mgm slot %d", (int)mgm_constant(proof->abi, index_rows[i].index, -1));
		proof->core->process_macros_r(macros, index_rows[i].macro, &text, 0);
		if (text == NULL || strcmp(text, wanted) != 0)
			return mgm_refuse(proof, "%s is not read from %s", index_rows[i].macro, wanted);
	}
	return true;
}

bool mgm_check_command(struct mgm_proof *proof)
{
	char *macros = mgm_stand_in(), *command = mgm_stand_in(), *line = NULL;
	const char *argument[2];

	if (macros == NULL || command == NULL)
		return mgm_refuse(proof, "no memory");
	mgm_set_cstr(proof->abi, command, MGM_F_COMMAND_NAME, "mgm-command");
	mgm_set_cstr(proof->abi, command, MGM_F_COMMAND_COMMAND_LINE, "/mgm/line $ARG1$");
	proof->core->grab_host_macros_r(macros, proof->host);
	proof->core->get_raw_command_line_r(macros, command, "mgm-command!first!of $HOSTNAME$", &line, 0);
	if (line == NULL || strcmp(line, "/mgm/line $ARG1$") != 0)
		return mgm_refuse(proof, "command.command_line");
	if (proof->abi->offset[MGM_F_NAGIOS_MACROS_ARGV] + sizeof(argument) > MGM_STAND_IN_BYTES)
		return mgm_refuse(proof, "nagios_macros.argv is out of range");
	memcpy(argument, macros + proof->abi->offset[MGM_F_NAGIOS_MACROS_ARGV], sizeof(argument));
	if (argument[0] == NULL || strcmp(argument[0], "first") != 0 || argument[1] == NULL ||
	    strcmp(argument[1], "of mgm proof host") != 0)
		return mgm_refuse(proof, "nagios_macros.argv");
	return true;
}
