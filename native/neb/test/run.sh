#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run the native test programs (and scripts of Node) given as arguments, show the output of a failing one, print a summary.
MGM_EMULATOR=${MGM_EMULATOR-}
passed=0
failed=0
for program in "$@"; do
	case $program in
	*.mjs) out=$("$MGM_NODE" "$program" 2>&1) ;;
	# MGM_EMULATOR is a command line, of several words.
	*) out=$($MGM_EMULATOR "$program" 2>&1) ;;
	esac
	rc=$?
	good=$(printf '%s\n' "$out" | grep -c '^ok ')
	bad=$(printf '%s\n' "$out" | grep -c '^not ok ')
	# A program that ends badly or tests nothing counts as one failure of its own.
	if [ "$rc" -ne 0 ] || [ "$good" -eq 0 ]; then
		[ "$bad" -eq 0 ] && bad=1
		printf '%s\n' "$out" | grep -v '^ok ' | head -n 200
		echo "FAIL $program (exit $rc)"
	else
		echo "pass $program ($good)"
		printf '%s\n' "$out" | sed -n 's/^ok [0-9]* - \(.* # SKIP .*\)$/skip \1/p'
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "native: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
