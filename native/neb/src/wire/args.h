/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The shim's own keys on the module line. Everything else is the bridge's and travels to it untouched. Pure. */
#ifndef MGM_ARGS_H
#define MGM_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/** Most `bridge_arg` values; further ones are refused. */
#define MGM_ARGS_MAX 32

struct mgm_args {
	char *text;                /* the whole line as the core gave it, or NULL */
	char *socket;              /* bridge_socket, NULL: start a bridge of our own */
	char *command;             /* bridge_command, NULL: build default */
	char *instance;            /* bridge_instance, "default" if not given */
	char *layout_dir;          /* layout_dir, NULL: the folder beside the module */
	char *extra[MGM_ARGS_MAX]; /* bridge_arg, in order */
	size_t extra_count;
	bool extra_dropped; /* more than MGM_ARGS_MAX were given */
};

/**
 * Split at blanks, no quoting (neb-module.md 1.1); of a repeated scalar the last one wins.
 *
 * @param text the core's argument string, may be NULL; copied
 * @return false without memory
 */
bool mgm_args_parse(struct mgm_args *args, const char *text);
void mgm_args_free(struct mgm_args *args);

#endif
