/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Macros and command lines, and the options that create the objects they read. */
#include "../../testcore/exports.h"
#include "../../testcore/objects.h"
#include "tap.h"

static const struct {
	const char *text, *want;
	int options;
} rows[] = {
	{ "plain", "plain", 0 },
	{ "$HOSTNAME$/$SERVICEDESC$", "host-01/service-01", 0 },
	{ "a$$b", "a$b", 0 },
	{ "$NOSUCH$ $", "$NOSUCH$ $", 0 },
	{ "open $HOSTNAME", "open host-01", 0 },
	{ "$SERVICESTATE$ $SERVICESTATEID$ $SERVICESTATETYPE$ $SERVICEATTEMPT$/$MAXSERVICEATTEMPTS$", "CRITICAL 2 HARD 1/2",
	  0 },
	{ "$HOSTSTATE:host-02$ $SERVICESTATE:host-02:service-01$", "DOWN OK", 0 },
	{ "$HOSTSTATE:nohost$", "$HOSTSTATE:nohost$", 0 },
	{ "$_SERVICECOLOR$ $_HOSTRACK$ $_HOSTNONE$", "red 7 $_HOSTNONE$", 0 },
	{ "$SERVICEOUTPUT$", "bad\nbell\a", 0 },
	{ "$SERVICEOUTPUT$", "badbell", 1 },
	{ "$SERVICELATENCY$ $SERVICEEXECUTIONTIME$", "0.125 0.250", 0 },
	{ "$HOSTGROUPNAMES$ $SERVICEGROUPNAME$", "demo-hosts demo-services", 0 },
	{ "$CONTACTNAME$ $CONTACTEMAIL$", "operator operator@localhost", 0 },
	{ "$USER1$ [$USER2$] $ARG1$$ARG33$", "/usr/lib/nagios/plugins [] $ARG33$", 0 },
	{ "$NOTIFICATIONTYPE$", "PROBLEM", 0 },
};

static void expand(void *macros, const char *text, int options, const char *want)
{
	char *out = NULL;

	process_macros_r(macros, text, &out, options);
	is_str(out, want, text);
	free(out);
}

static void set_up(void)
{
	void *service = find_service("host-01", "service-01");

	tc_set_i32(service, MGM_F_SERVICE_CURRENT_STATE, 2);
	tc_set_f64(service, MGM_F_SERVICE_LATENCY, 0.125);
	tc_set_f64(service, MGM_F_SERVICE_EXECUTION_TIME, 0.25);
	tc_take_str(service, MGM_F_SERVICE_PLUGIN_OUTPUT, tc_strdup("bad\nbell\a"));
	tc_set_i32(find_host("host-02"), MGM_F_HOST_CURRENT_STATE, 1);
}

static void test_commands(void *macros)
{
	void *command = tc_new(MGM_S_COMMAND);
	char **argv = mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_ARGV);
	char *line = NULL, *full = NULL;

	tc_set_ptr(command, MGM_F_COMMAND_COMMAND_LINE, "plugin -H $ARG1$ -x $ARG2$ -y '$ARG3$'");
	get_raw_command_line_r(macros, command, "name!$HOSTADDRESS$!a\\!b!", &line, 0);
	is_str(line, "plugin -H $ARG1$ -x $ARG2$ -y '$ARG3$'", "raw line is the command's own");
	is_str(argv[0], "127.0.0.1", "macros in arguments are expanded");
	is_str(argv[1], "a!b", "an escaped delimiter stays");
	is_str(argv[2], "", "an empty last argument");
	ok(argv[3] == NULL, "no fourth one");
	process_macros_r(macros, line, &full, 0);
	is_str(full, "plugin -H 127.0.0.1 -x a!b -y ''", "and the whole line");
	free(line);
	line = NULL;
	is_int(get_raw_command_line_r(macros, NULL, "name", &line, 0), -1, "no command");
	ok(line == NULL && argv[0] == NULL, "no line, and the former arguments are gone");
	free(full);
	free(command);
}

static void test_clear(void *macros)
{
	char **x = mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_X);
	char *constant = strdup("admin");

	x[24] = constant;
	clear_volatile_macros_r(macros);
	ok(x[29] == NULL && tc_ptr(macros, MGM_F_NAGIOS_MACROS_HOST_PTR) == NULL, "clearing forgets strings and objects");
	ok(x[24] == constant, "but not the slots that live as long as the program");
	free(constant);
}

static void test_options(void)
{
	static const struct {
		char *argument;
		enum tc_options_rc want;
	} cases[] = {
		{ "--hosts=3", TC_OPTIONS_OK },     { "--hosts=0", TC_OPTIONS_BAD },       { "--hosts=2x", TC_OPTIONS_BAD },
		{ "--hosts=1.5", TC_OPTIONS_BAD },  { "--interval=nan", TC_OPTIONS_BAD },  { "--interval=1.5", TC_OPTIONS_OK },
		{ "--events-json", TC_OPTIONS_OK }, { "--events-json=1", TC_OPTIONS_BAD }, { "--module", TC_OPTIONS_BAD },
		{ "--modul=x", TC_OPTIONS_BAD },    { "hosts=3", TC_OPTIONS_BAD },         { "--help", TC_OPTIONS_HELP },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tc_options options;
		char message[4096];
		char *argv[] = { "t", cases[i].argument };

		is_int(tc_options_parse(&options, 2, argv, message, sizeof(message)), cases[i].want, cases[i].argument);
	}
}

int main(void)
{
	static struct tc_options options;
	char message[4096];
	char *argv[] = { "t", "--custom-variable=host-01/service-01:COLOR=red", "--custom-variable=host-01:RACK=7" };
	void *macros = tc_new(MGM_S_NAGIOS_MACROS);
	char **x = mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_X);

	if (tc_options_parse(&options, 3, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return 1;
	tc_objects_create(&options);
	set_up();
	grab_service_macros_r(macros, find_service("host-01", "service-01"));
	grab_contact_macros_r(macros, find_contact("operator"));
	x[29] = strdup("PROBLEM");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expand(macros, rows[i].text, rows[i].options, rows[i].want);
	test_commands(macros);
	test_clear(macros);
	test_options();
	free(macros);
	tc_objects_free();
	return tap_end();
}
