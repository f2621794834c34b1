/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_CHECK_OUTPUT_H
#define TC_CHECK_OUTPUT_H

/** The parts of a plugin's output; each malloc()ed or NULL. */
struct tc_check_output {
	char *short_output; /* NULL only for no output at all */
	char *long_output;  /* line feeds and backslashes escaped by a backslash */
	char *perf_data;
};

/** Split as Naemon does: first line up to `|`, perfdata, further lines, perfdata of further lines after a `|`. */
struct tc_check_output tc_parse_output(const char *text);

/** Cut blanks, tabs and line ends at the end of `text`, in place. */
void tc_trim_end(char *text);

#endif
