/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum value { TEXT, LIST, INTEGER, SECONDS, LONG_INTEGER, ON, OFF };

struct option {
	const char *name;
	enum value value;
	size_t slot;
	double min, max;
	const char *placeholder, *help;
};

#define SLOT(member) offsetof(struct tc_options, member)

static const struct option table[] = {
	{ "module", TEXT, SLOT(module), 0, 0, "PATH", "broker module to load" },
	{ "args", TEXT, SLOT(args), 0, 0, "TEXT", "its argument string (without: a NULL pointer)" },
	{ "hosts", INTEGER, SLOT(hosts), 1, 10000, "N", "hosts host-01, host-02, … (2)" },
	{ "services", INTEGER, SLOT(services), 0, 10000, "N", "services service-01, … of each host (4)" },
	{ "interval", SECONDS, SLOT(interval), 1, 86400, "S", "seconds between two checks of one object (10)" },
	{ "retry-interval", SECONDS, SLOT(retry_interval), 0, 86400, "S",
	  "seconds while a problem is soft (interval / 2)" },
	{ "max-attempts", INTEGER, SLOT(max_attempts), 1, 1000, "N", "checks until a problem is hard (2)" },
	{ "check-timeout", INTEGER, SLOT(check_timeout), 1, 3600, "S", "timeout of a check (60)" },
	{ "command", LIST, 0, 0, 0, "LINE", "plugin command line, repeatable, round robin over the services" },
	{ "host-command", TEXT, SLOT(host_command), 0, 0, "LINE", "plugin command line of host checks" },
	{ "event-handler", TEXT, SLOT(event_handler), 0, 0, "LINE",
	  "event handler of every object, run on a state change" },
	{ "custom-variable", LIST, 1, 0, 0, "HOST[/SERVICE]:NAME[=VALUE]", "custom variable, repeatable" },
	{ "hostgroup", TEXT, SLOT(hostgroup), 0, 0, "NAME", "group of the first host (demo-hosts)" },
	{ "servicegroup", TEXT, SLOT(servicegroup), 0, 0, "NAME", "group of the first service (demo-services)" },
	{ "status-file", TEXT, SLOT(status_file), 0, 0, "FILE", "status in status.dat form, written every second" },
	{ "log", TEXT, SLOT(log_file), 0, 0, "FILE", "log file (stderr)" },
	{ "duration", SECONDS, SLOT(duration), 0, 31536000, "S", "end by itself after this time (never)" },
	{ "orphan-margin", INTEGER, SLOT(orphan_margin), 0, 86400, "S", "grace of a lost check beyond its timeout (610)" },
	{ "no-orphan-checks", OFF, SLOT(orphan_checks), 0, 0, NULL, "leave lost checks alone" },
	{ "no-host-checks", OFF, SLOT(host_checks), 0, 0, NULL, "no active host checks" },
	{ "ltdl", ON, SLOT(ltdl), 0, 0, NULL, "give the module another handle than that of dlopen(), as libltdl does" },
	{ "layout", TEXT, SLOT(layout), 0, 0, "FILE", "layout file with the structs of this core (class naemon-1.5.1)" },
	{ "core-version", TEXT, SLOT(core_version), 0, 0, "TEXT", "version it calls itself (1.5.2-testcore)" },
	{ "broker-options", LONG_INTEGER, SLOT(broker_options), -1, 1048575, "N", "event_broker_options (-1: all)" },
	{ "events-json", ON, SLOT(events_json), 0, 0, NULL, "one JSON object per line and happening on stdout" },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

const char *tc_options_usage(void)
{
	static char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text),
	                               "Usage: mgm-testcore [--module=PATH] [options]\n"
	                               "A small monitoring core with the module interface of Naemon 1.5.\n");

	for (size_t i = 0; i < OPTIONS && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "  --%s%s%s\n        %s\n", table[i].name,
		                         table[i].placeholder == NULL ? "" : "=",
		                         table[i].placeholder == NULL ? "" : table[i].placeholder, table[i].help);
	return text;
}

static void defaults(struct tc_options *options)
{
	*options = (struct tc_options){ .hosts = 2,
		                            .services = 4,
		                            .interval = 10,
		                            .retry_interval = -1,
		                            .max_attempts = 2,
		                            .check_timeout = 60,
		                            .hostgroup = "demo-hosts",
		                            .servicegroup = "demo-services",
		                            .orphan_margin = 610,
		                            .orphan_checks = true,
		                            .host_checks = true,
		                            .broker_options = -1 };
}

/* Debian's plugins when they are there, else a shell. */
static void default_commands(struct tc_options *options)
{
	static const char *const plugins[][2] = {
		{ "/usr/lib/nagios/plugins/check_load", "/usr/lib/nagios/plugins/check_load -w 50,50,50 -c 99,99,99" },
		{ "/usr/lib/nagios/plugins/check_users", "/usr/lib/nagios/plugins/check_users -w 50 -c 99" },
		{ "/usr/lib/nagios/plugins/check_procs", "/usr/lib/nagios/plugins/check_procs -w 5000 -c 9999" },
		{ "/usr/lib/nagios/plugins/check_dummy", "/usr/lib/nagios/plugins/check_dummy 0 $HOSTNAME$" },
	};
	bool given = options->command_count > 0;

	for (size_t i = 0; !given && i < sizeof(plugins) / sizeof(plugins[0]); i++) {
		if (access(plugins[i][0], X_OK) == 0)
			options->commands[options->command_count++] = plugins[i][1];
	}
	if (options->command_count == 0)
		options->commands[options->command_count++] = "/bin/sh -c 'echo OK'";
	if (options->host_command == NULL)
		options->host_command = "/bin/sh -c 'echo OK - $HOSTNAME$ is up'";
	if (options->retry_interval < 0)
		options->retry_interval = options->interval / 2 < 1 ? 1 : options->interval / 2;
}

static bool add_to_list(struct tc_options *options, size_t which, const char *value)
{
	const char **list = which == 0 ? options->commands : options->custom_variables;
	size_t *count = which == 0 ? &options->command_count : &options->custom_variable_count;

	if (*count == TC_MAX_COMMANDS)
		return false;
	list[(*count)++] = value;
	return true;
}

static bool store(struct tc_options *options, const struct option *option, const char *value)
{
	char *slot = (char *)options + option->slot;
	char *end;
	double number;

	switch (option->value) {
	case TEXT: memcpy(slot, &value, sizeof(value)); return *value != '\0';
	case LIST: return *value != '\0' && add_to_list(options, option->slot, value);
	case ON:
	case OFF: *(bool *)slot = option->value == ON; return true;
	default: break;
	}
	errno = 0;
	number = strtod(value, &end);
	/* The negated form also refuses NaN. */
	if (end == value || *end != '\0' || errno != 0 || !(number >= option->min && number <= option->max))
		return false;
	if (option->value == SECONDS) {
		memcpy(slot, &number, sizeof(number));
		return true;
	}
	if (option->value == LONG_INTEGER)
		*(long *)(void *)slot = (long)number;
	else
		*(int *)(void *)slot = (int)number;
	return number == (double)(long)number;
}

static const struct option *find(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strlen(table[i].name) == length && strncmp(table[i].name, name, length) == 0)
			return &table[i];
	}
	return NULL;
}

static bool parse_one(struct tc_options *options, const char *argument, char *message, size_t message_size)
{
	const char *name = argument + 2;
	const char *equals = strchr(name, '=');
	const struct option *option;
	bool flag;

	option =
		strncmp(argument, "--", 2) != 0 ? NULL : find(name, equals != NULL ? (size_t)(equals - name) : strlen(name));
	if (option == NULL) {
		snprintf(message, message_size, "unknown option '%.100s'", argument);
		return false;
	}
	flag = option->value == ON || option->value == OFF;
	if (flag != (equals == NULL)) {
		snprintf(message, message_size, "--%s %s", option->name, flag ? "takes no value" : "needs a value");
		return false;
	}
	if (!store(options, option, flag ? "" : equals + 1)) {
		snprintf(message, message_size, "bad value in '%.100s'", argument);
		return false;
	}
	return true;
}

enum tc_options_rc tc_options_parse(struct tc_options *options, int argc, char **argv, char *message,
                                    size_t message_size)
{
	defaults(options);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			snprintf(message, message_size, "%s", tc_options_usage());
			return TC_OPTIONS_HELP;
		}
		if (!parse_one(options, argv[i], message, message_size))
			return TC_OPTIONS_BAD;
	}
	default_commands(options);
	return TC_OPTIONS_OK;
}
