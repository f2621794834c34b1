/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proof_child.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool mgm_refuse(struct mgm_proof *proof, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(proof->reason, sizeof(proof->reason), format, arguments);
	va_end(arguments);
	return false;
}

void *mgm_stand_in(void)
{
	return calloc(1, MGM_STAND_IN_BYTES);
}
