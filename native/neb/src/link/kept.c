/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kept.h"

#include <libintl.h>
#include <stddef.h>

const char *mgm_keep(const char *name, const char *text)
{
	return bindtextdomain(name, text);
}

const char *mgm_kept(const char *name)
{
	return bindtextdomain(name, NULL);
}
