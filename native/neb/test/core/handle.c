/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The shim as it is shipped in a core whose module handles are not those of dlopen(), as Nagios's own packages are built
 * (linked with libltdl).
 */
#include "../../testcore/core.h"
#include "scratch.h"
#include "tap.h"

static const char *run(char *mode)
{
	static struct tc_options options;
	static char module[600], args[600], log[600];
	char message[4096];
	char *argv[] = {
		"t", "--hosts=1", "--services=1", "--no-host-checks", "--command=true", "--duration=0.01", module, args,
		log, mode
	};

	snprintf(module, sizeof(module), "--module=%s", build_path("san/mod_gearman.so"));
	snprintf(args, sizeof(args), "--args=bridge_socket=%s", scratch_path("none.sock"));
	snprintf(log, sizeof(log), "--log=%s", scratch_path("log"));
	unlink(scratch_path("log"));
	if (tc_options_parse(&options, mode == NULL ? 9 : 10, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return "";
	is_int(tc_core_run(&options), 0, "the core ends well");
	return scratch_read(scratch_path("log"));
}

static void check_log(const char *log)
{
	has_str(log, "mod_gearman: initialized version ", "the module is active");
	ok(strstr(log, "nothing is taken over") == NULL, "its layout was proven");
}

int main(void)
{
	char ltdl[] = "--ltdl";

	scratch_make();
	check_log(run(NULL));
	check_log(run(ltdl));
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
