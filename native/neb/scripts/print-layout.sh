#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Print a layout file for a core that this version of the module does not know, from that core's headers. Runs on any
# machine of the same architecture that has a C compiler and the headers; the file goes to the machine of the core, into
# the folder mod_gearman.d beside the module, or the one that layout_dir= of the module line names.
#
#   print-layout.sh naemon VERSION INCLUDE_FOLDER >naemon-VERSION.layout    holds naemon/naemon.h; needs glib-2.0 headers
#   print-layout.sh nagios VERSION SOURCE_FOLDER >nagios-VERSION.layout     a configured source tree (after ./configure)
#
# VERSION is the X.Y.Z that the core prints with --version.
set -eu
if [ $# -ne 3 ]; then
	sed -n 's/^#   /  /p' "$0" >&2
	exit 2
fi
exec sh "$(dirname "$0")/print-abi-row.sh" --layout "$@"
