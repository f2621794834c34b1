/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The text of performance data (neb-module.md 2.9): a template with macros. Macros whose value is one member of host
 * or service are filled in directly, as the core's own expansion runs on the core's only thread.
 */
#ifndef MGM_TEMPLATE_H
#define MGM_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout/abi.h"
#include "wire/frame.h"

struct mgm_template_part;

struct mgm_template {
	char *text; /* with a line feed at the end, for the core's own expansion */
	struct mgm_template_part *parts;
	size_t count;
	bool direct;            /* every macro is one that can be filled in */
	unsigned int compared;  /* texts that were the core's own */
	unsigned int different; /* texts that were not */
};

/** What the macros are about. */
struct mgm_template_objects {
	const void *host;
	const void *service; /* NULL for a host */
	int64_t now_s;       /* seconds since 1970 */
};

/** @param text copied. @return false without memory; the template is empty then */
bool mgm_template_set(struct mgm_template *template, const char *text);
/**
 * Add the text as a field of a frame.
 *
 * @return false, with nothing added, when the core has to expand it: another macro, or a state without a name
 */
bool mgm_template_print(const struct mgm_template *template, const struct mgm_abi *abi,
                        const struct mgm_template_objects *objects, struct mgm_frame *frame, enum mgm_id id);
void mgm_template_free(struct mgm_template *template);

#endif
