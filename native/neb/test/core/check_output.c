/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Plugin output in parts, and text for JSON lines. */
#include "../../testcore/check_output.h"

#include "../../testcore/report.h"
#include "tap.h"

static const struct {
	const char *name, *text, *short_output, *long_output, *perf_data;
} rows[] = {
	{ "nothing", NULL, NULL, NULL, NULL },
	{ "empty", "", NULL, NULL, NULL },
	{ "one line", "OK - fine", "OK - fine", NULL, NULL },
	{ "perfdata", "OK | a=1;2;3 b=4", "OK", NULL, "a=1;2;3 b=4" },
	{ "only perfdata", "|a=1", "", NULL, "a=1" },
	{ "empty perfdata", "OK|", "OK", NULL, NULL },
	{ "long output is escaped", "OK\nline 2\nback\\slash", "OK", "line 2\\nback\\\\slash", NULL },
	{ "perfdata of further lines", "OK|a=1\nlong\n|b=2\nc=3", "OK", "long\\n", "a=1 b=2 c=3" },
	{ "second part without long output", "OK\n|b=2", "OK", NULL, "b=2" },
	{ "leading empty lines", "\n\nOK", "OK", NULL, NULL },
};

static const struct {
	const char *name, *text, *json;
} strings[] = {
	{ "plain", "abc", "\"abc\"" },
	{ "quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "control characters", "\n\t\x01", "\"\\u000a\\u0009\\u0001\"" },
	{ "UTF-8 stays", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "Latin-1 becomes its code point", "\xe4", "\"\\u00e4\"" },
	{ "overlong, surrogate, cut", "\xc0\xaf\xed\xa0\x80\xe2\x82",
	  "\"\\u00c0\\u00af\\u00ed\\u00a0\\u0080\\u00e2\\u0082\"" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc_check_output parts = tc_parse_output(rows[i].text);

		is_str(parts.short_output, rows[i].short_output, rows[i].name);
		is_str(parts.long_output, rows[i].long_output, "its long output");
		is_str(parts.perf_data, rows[i].perf_data, "its perfdata");
		free(parts.short_output);
		free(parts.long_output);
		free(parts.perf_data);
	}
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		char *text = NULL;
		size_t size;
		FILE *file = open_memstream(&text, &size);

		tc_json_string(file, strings[i].text);
		fclose(file);
		is_str(text, strings[i].json, strings[i].name);
		free(text);
	}
	return tap_end();
}
