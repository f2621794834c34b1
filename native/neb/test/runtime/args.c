/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The module line: own keys, everything else untouched. */
#include "wire/args.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct row {
	const char *name, *text, *socket, *command, *instance, *extra;
} rows[] = {
	{ "nothing", NULL, NULL, NULL, "default", NULL },
	{ "empty", "", NULL, NULL, "default", NULL },
	{ "an old line", "config=/etc/mod_gearman/module.conf", NULL, NULL, "default", NULL },
	{ "socket", "bridge_socket=/run/b.sock", "/run/b.sock", NULL, "default", NULL },
	{ "between others", "server=a:1 bridge_command=/x/y  key=z", NULL, "/x/y", "default", NULL },
	{ "the last one wins", "bridge_instance=a bridge_instance=b", NULL, NULL, "b", NULL },
	{ "case and dashes", "--Bridge_Instance=site", NULL, NULL, "site", NULL },
	{ "no value", "bridge_socket= bridge_command bridge_instance=", NULL, NULL, "default", NULL },
	{ "value with equals signs", "bridge_arg=--config=/a=b", NULL, NULL, "default", "--config=/a=b" },
	{ "similar keys", "bridge_socket2=/a xbridge_socket=/b", NULL, NULL, "default", NULL },
	{ "no quoting", "bridge_arg=\"a b\"", NULL, NULL, "default", "\"a" },
};

int main(void)
{
	struct mgm_args args;
	char many[40 * 16] = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		CHECK(mgm_args_parse(&args, r->text) && same(args.text, r->text) && same(args.socket, r->socket) &&
		          same(args.command, r->command) && same(args.instance, r->instance) &&
		          same(args.extra_count > 0 ? args.extra[0] : NULL, r->extra),
		      "%s", r->name);
		mgm_args_free(&args);
	}
	for (int i = 0; i < 40; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "bridge_arg=%d ", i);
	CHECK(mgm_args_parse(&args, many) && args.extra_count == MGM_ARGS_MAX && args.extra_dropped &&
	          same(args.extra[31], "31"),
	      "repeated, bounded");
	mgm_args_free(&args);
	return tap_done();
}
