/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What check_dummy answers, and which commands are left to a shell (neb-module.md 2.6). */
#include "events/check_dummy.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define NOT_HANDLED (-1)
#define USAGE "usage: check_dummy <state> <output>\nsee check_dummy --help for complete help."

static const struct {
	const char *command;
	int return_code;
	const char *output;
} rows[] = {
	{ "/usr/lib/nagios/plugins/check_dummy 0 \"all fine\"", 0, "OK: all fine\n" },
	{ "/p/check_dummy 1 'internal dummy'", 1, "WARNING: internal dummy\n" },
	{ "/p/check_dummy 2 word ignored", 2, "CRITICAL: word\n" },
	{ "/p/check_dummy 3 \ttext", 3, "UNKNOWN: text\n" },
	{ "/p/check_dummy 0", 0, "OK: \n" },
	{ "/p/check_dummy", 0, "OK: \n" },
	{ "/p/check_dummy2 1 x", 1, "WARNING: x\n" },
	{ "  /p/check_dummy   2 x", 2, "CRITICAL: x\n" },
	{ "/p/check_dummy \"2\" x", 2, "CRITICAL: x\n" },
	{ "/p/check_dummy '1' x", 1, "WARNING: x\n" },
	{ "/p/check_dummy '' x", 0, "OK: x\n" },
	{ "/p/check_dummy \"\" x", 0, "OK: x\n" },
	{ "/p/check_dummy 0 ''", 0, "OK: \n" },
	{ "/p/check_dummy 0 \"\"", 0, "OK: \n" },
	{ "/p/check_dummy 0 'a $b & \"c\" | `d`'", 0, "OK: a $b & \"c\" | `d`\n" },
	{ "/p/check_dummy 4 x", 3, "UNKNOWN: Status 4 is not a supported error state" },
	{ "/p/check_dummy 99999999999999999999 x", 3,
	  "UNKNOWN: Status 99999999999999999999 is not a supported error state" },
	{ "/p/check_dummy -V", 3, "internal mod-gearman check_dummy, v" MGM_VERSION "\n" },
	{ "/p/check_dummy --version", 3, "internal mod-gearman check_dummy, v" MGM_VERSION "\n" },
	{ "/p/check_dummy -h", 3, USAGE },
	{ "/p/check_dummy --help", 3, USAGE },
	{ "/p/check_dummy critical x", 3, USAGE },
	{ "/p/check_dummy -1 x", 3, USAGE },
	{ "/p/check_dummy 0 \"costs $5\"", NOT_HANDLED, NULL },
	{ "/p/check_dummy 0 a;b", NOT_HANDLED, NULL },
	{ "/p/check_dummy 0 a|b", NOT_HANDLED, NULL },
	{ "/p/check_dummy 0  \"two blanks\"", NOT_HANDLED, NULL },
	{ "/p/check_dummy 0 \"it's\"", NOT_HANDLED, NULL },
	{ "/p/check_ping -H /check_dummy", NOT_HANDLED, NULL },
	{ "check_dummy 0 x", NOT_HANDLED, NULL },
	{ "", NOT_HANDLED, NULL },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mgm_check_dummy answer = { 0 };
		bool handled = mgm_check_dummy(rows[i].command, &answer);

		if (rows[i].return_code == NOT_HANDLED) {
			CHECK(!handled, "left alone: %s", rows[i].command);
			continue;
		}
		CHECK(handled && answer.return_code == rows[i].return_code && strcmp(answer.output, rows[i].output) == 0,
		      "answered: %s", rows[i].command);
		if (handled)
			free(answer.output);
	}
	return tap_done();
}
