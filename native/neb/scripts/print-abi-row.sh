#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Print the row of abi/core-abi.json for a core version, measured on its own headers; with --layout as the text of a
# layout file, which the module reads at run time.
#
#   print-abi-row.sh [--layout] naemon VERSION INCLUDE_FOLDER    holds naemon/naemon.h; needs glib-2.0 headers
#   print-abi-row.sh [--layout] nagios VERSION SOURCE_FOLDER     a configured source tree (after ./configure)
#
# It compiles one line per known member and constant, drops the lines the compiler refuses (members and constants
# this version does not have), and prints what the rest says. Nothing of the core is linked or run.
# A member whose kind differs from abi/core-abi.json is listed in "type_overrides": look at it before use.
# CC chooses the compiler.
set -eu

usage() {
	sed -n 's/^#   /  /p' "$0" >&2
	exit 2
}

form=row
if [ "${1-}" = --layout ]; then
	form=layout
	shift
fi
[ $# -eq 3 ] || usage
family=$1
version=$2
headers=$3
table=$(dirname "$0")/../abi/core-abi.json
compiler=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $version in
*[!A-Za-z0-9.+_-]* | "")
	echo "$0: VERSION is not one: $version" >&2
	exit 2
	;;
esac
case $family in
naemon)
	includes='#include <naemon/naemon.h>'
	flags="-I$headers $(pkg-config --cflags glib-2.0)"
	;;
nagios)
	includes='#define NSCORE 1
#include "include/config.h"
#include "include/common.h"
#include "include/objects.h"
#include "include/nagios.h"
#include "include/macros.h"
#include "include/broker.h"
#include "include/nebmodules.h"
#include "include/nebcallbacks.h"
#include "include/neberrors.h"
#include "include/nebstructs.h"
#include "include/nebmods.h"'
	flags="-I$headers -I$headers/include -I$headers/lib"
	;;
*)
	usage
	;;
esac

# check_engine, object_count and the timer argument have no typedef.
c_type() {
	case $1 in
	check_engine | object_count | nm_event_execution_properties) echo "struct $1" ;;
	*) echo "$1" ;;
	esac
}

# Naemon declares the timed event struct but never sends it, so its rows leave it out.
body() {
	all_lines | if [ "$family" = naemon ]; then grep -v nebstruct_timed_event_data; else cat; fi
}

# Lines of facts: one call each, so that a refused line is one member or constant.
all_lines() {
	sed -n 's/^  "\([a-z_]*\)\.\([a-zA-Z_]*\)": {"type": "\([^"]*\)".*/\1 \2 \3/p' "$table" | while read -r struct member type; do
		echo "field(\"$struct.$member\", offsetof($(c_type "$struct"), $member), KIND((($(c_type "$struct") *)0)->$member), \"$type\");"
	done
	sed -n 's/^  "\([a-z_]*\)\.[a-zA-Z_]*": {"type".*/\1/p' "$table" | sort -u | while read -r struct; do
		echo "size(\"$struct\", sizeof($(c_type "$struct")));"
	done
	grep -o '"[A-Z][A-Z0-9_]*": -\{0,1\}[0-9]' "$table" | cut -d'"' -f2 | sort -u | while read -r name; do
		echo "constant(\"$name\", (long)($name));"
	done
}

prologue() {
	cat <<EOF
$includes
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#define KIND(x) _Generic((x), int: "i32", unsigned int: "u32", long: "i64", unsigned long: "u64", double: "f64", \\
	struct timeval: "timeval", char *: "cstr", const char *: "cstr", char **: "cstr[]", default: "ptr")
static const char *part = "";
static char offsets[65536], sizes[65536], enums[65536], kinds[65536];
static void add(char *to, const char *name, long value)
{ sprintf(to + strlen(to), "%s\"%s\": %ld", *to ? ", " : "", name, value); }
static void field(const char *name, size_t offset, const char *kind, const char *known)
{
	add(offsets, name, (long)offset);
	/* Enumerations are int or unsigned; pointers, functions and unions look alike here. */
	if (strcmp(kind, "ptr") == 0 || strcmp(kind, known) == 0) return;
	if ((kind[0] == 'i' || kind[0] == 'u') && strcmp(kind + 1, known + 1) == 0) return;
	sprintf(kinds + strlen(kinds), "%s\"%s\": \"%s\"", *kinds ? ", " : "", name, kind);
}
static void size(const char *name, size_t bytes) { add(sizes, name, (long)bytes); }
static void constant(const char *name, long value) { add(enums, name, value); }
EOF
	[ "$form" = row ] || prologue_layout
	echo "int main(void) {"
}

# The same calls print lines at once; a kind of C tells i32 from ptr, the table knows the rest.
prologue_layout() {
	cat <<'EOF'
static void field_line(const char *name, size_t offset, const char *kind, const char *known)
{
	int same = strcmp(kind, "ptr") == 0 || ((kind[0] == 'i' || kind[0] == 'u') && strcmp(kind + 1, known + 1) == 0);
	printf("offset %s %zu\ntype %s %s\n", name, offset, name, same ? known : kind);
}
#define field(name, offset, kind, known) field_line(name, offset, kind, known)
#define size(name, bytes) printf("size %s %zu\n", name, (size_t)(bytes))
#define constant(name, value) printf("constant %s %ld\n", name, (long)(value))
EOF
}

# Text around the lines of facts, in the form that was asked for.
first_facts() {
	[ "$form" = row ] || cat <<EOF
printf("mod_gearman layout 1\n# $family $version, printed from its headers by print-layout.sh\n");
printf("id $family-$version\nfamily $family\nversions $version\nneb_api %ld\n", (long)CURRENT_NEB_API_VERSION);
EOF
}

last_facts() {
	if [ "$form" = layout ]; then
		echo 'puts("end");'
	else
		cat <<EOF
printf("{\"id\": \"?\", \"core\": \"$family\", \"versions\": [\"$version\"], \"neb_api\": %ld,\n \"sizes\": {%s},\n \"offsets\": {%s},\n \"enums\": {%s},\n \"type_overrides\": {%s}}\n",
	(long)CURRENT_NEB_API_VERSION, sizes, offsets, enums, kinds);
EOF
	fi
}

body >"$work/lines"
{
	prologue
	first_facts
} >"$work/head"
first=$(($(wc -l <"$work/head") + 1))

# -fmax-errors=0: every refused line in one go. A second round finds what the first one hid.
round=0
while :; do
	{
		cat "$work/head" "$work/lines"
		last_facts
		echo "(void)part; return 0; }"
	} >"$work/row.c"
	# shellcheck disable=SC2086
	if LC_ALL=C $compiler -std=gnu11 -w -fmax-errors=0 $flags -o "$work/row" "$work/row.c" 2>"$work/errors"; then
		break
	fi
	round=$((round + 1))
	sed -n "s|^$work/row.c:\([0-9]*\):[0-9]*: error:.*|\1|p" "$work/errors" | sort -un >"$work/refused"
	if [ $round -gt 5 ] || [ ! -s "$work/refused" ] || [ "$(head -n 1 "$work/refused")" -lt "$first" ]; then
		head -n 20 "$work/errors" >&2
		exit 1
	fi
	awk -v first="$first" 'NR == FNR { drop[$1 - first + 1] = 1; next } !(FNR in drop) || $0 == ""' \
		"$work/refused" "$work/lines" >"$work/kept"
	mv "$work/kept" "$work/lines"
done
"$work/row"
