/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the command line asks for. */
#ifndef TC_OPTIONS_H
#define TC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/** Most --command, and most --custom-variable options. */
#define TC_MAX_COMMANDS 64

/** All strings are borrowed from argv. */
struct tc_options {
	const char *module;    /* NULL: run without one */
	const char *args;      /* NULL: the module gets a NULL pointer */
	int hosts;             /* 1 to 10000 */
	int services;          /* per host, 0 to 10000 */
	double interval;       /* seconds between checks of one object */
	double retry_interval; /* seconds while a problem is soft */
	int max_attempts;
	int check_timeout; /* seconds */
	const char *commands[TC_MAX_COMMANDS];
	size_t command_count;
	const char *host_command;
	const char *event_handler;                     /* NULL: none */
	const char *custom_variables[TC_MAX_COMMANDS]; /* HOST[/SERVICE]:NAME[=VALUE] */
	size_t custom_variable_count;
	const char *hostgroup, *servicegroup;
	const char *status_file; /* NULL: none */
	const char *log_file;    /* NULL: stderr */
	double duration;         /* seconds, 0: until a signal */
	int orphan_margin;       /* seconds beyond next_check + latency + timeout */
	bool orphan_checks;
	bool host_checks; /* active ones */
	bool events_json;
	bool ltdl;                /* the module's handle is not that of dlopen() */
	const char *layout;       /* layout file, NULL: the structs of class naemon-1.5.1 */
	const char *core_version; /* NULL: the usual one */
	long broker_options;      /* -1: everything */
};

enum tc_options_rc { TC_OPTIONS_OK, TC_OPTIONS_HELP, TC_OPTIONS_BAD };

/**
 * Fill defaults and parse.
 *
 * @param[out] message the usage text for HELP, else one line telling what is wrong (at most 200 bytes)
 */
enum tc_options_rc tc_options_parse(struct tc_options *options, int argc, char **argv, char *message,
                                    size_t message_size);

/** Usage text, static. */
const char *tc_options_usage(void);

#endif
