/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The text of a layout file for a table, as scripts/print-layout.sh prints it for headers. */
#ifndef MGM_TEST_LAYOUT_PRINT_H
#define MGM_TEST_LAYOUT_PRINT_H

#include <stdio.h>
#include <string.h>

#include "layout/abi.h"

/** Stays below the limit of a layout file. */
#define LAYOUT_TEXT_BYTES 65536

/** @return the text, in a static buffer */
__attribute__((unused)) static char *layout_print(const struct mgm_abi *abi, const char *id, const char *versions,
                                                  int api)
{
	static const char *const types[] = { "i32",  "u32",    "i64", "u64",   "f64",  "timeval",
		                                 "cstr", "cstr[]", "ptr", "fnptr", "union" };
	static char text[LAYOUT_TEXT_BYTES];
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (out == NULL)
		return NULL;
	fprintf(out, "mod_gearman layout 1\n# for a test\nid %s\nfamily %s\nversions %s\nneb_api %d\n", id, abi->family,
	        versions, api);
	for (size_t i = 0; i < MGM_SIZE_COUNT; i++)
		if (abi->size[i] != 0)
			fprintf(out, "size %s %u\n", mgm_size_names[i], abi->size[i]);
	for (size_t i = 0; i < MGM_FIELD_COUNT; i++)
		if (abi->offset[i] != MGM_ABSENT)
			fprintf(out, "offset %s %u\ntype %s %s\n", mgm_field_infos[i].name, abi->offset[i], mgm_field_infos[i].name,
			        types[abi->type[i]]);
	for (size_t i = 0; i < MGM_CONST_COUNT; i++)
		if (abi->constant[i] != MGM_NO_CONST)
			fprintf(out, "constant %s %d\n", mgm_const_names[i], (int)abi->constant[i]);
	fprintf(out, "end\n");
	fclose(out);
	return text;
}

#endif
