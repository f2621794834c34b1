/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "abi.h"

#include <string.h>

bool mgm_has(const struct mgm_abi *abi, enum mgm_field field)
{
	return abi->offset[field] != MGM_ABSENT;
}

int32_t mgm_constant(const struct mgm_abi *abi, enum mgm_const name, int32_t fallback)
{
	return abi->constant[name] == MGM_NO_CONST ? fallback : abi->constant[name];
}

void *mgm_at(const struct mgm_abi *abi, void *base, enum mgm_field field)
{
	return mgm_has(abi, field) ? (char *)base + abi->offset[field] : NULL;
}

/* memcpy instead of casts: the compiler may not assume anything about memory it never saw a type for. */
static void get(const struct mgm_abi *abi, const void *base, enum mgm_field field, void *to, size_t size)
{
	if (mgm_has(abi, field))
		memcpy(to, (const char *)base + abi->offset[field], size);
	else
		memset(to, 0, size);
}

static void set(const struct mgm_abi *abi, void *base, enum mgm_field field, const void *from, size_t size)
{
	if (mgm_has(abi, field))
		memcpy((char *)base + abi->offset[field], from, size);
}

int32_t mgm_get_i32(const struct mgm_abi *abi, const void *base, enum mgm_field field)
{
	int32_t value;

	get(abi, base, field, &value, sizeof(value));
	return value;
}

void mgm_set_i32(const struct mgm_abi *abi, void *base, enum mgm_field field, int32_t value)
{
	set(abi, base, field, &value, sizeof(value));
}

int64_t mgm_get_i64(const struct mgm_abi *abi, const void *base, enum mgm_field field)
{
	int64_t value;

	get(abi, base, field, &value, sizeof(value));
	return value;
}

void mgm_set_i64(const struct mgm_abi *abi, void *base, enum mgm_field field, int64_t value)
{
	set(abi, base, field, &value, sizeof(value));
}

double mgm_get_f64(const struct mgm_abi *abi, const void *base, enum mgm_field field)
{
	double value;

	get(abi, base, field, &value, sizeof(value));
	return value;
}

void mgm_set_f64(const struct mgm_abi *abi, void *base, enum mgm_field field, double value)
{
	set(abi, base, field, &value, sizeof(value));
}

const char *mgm_get_cstr(const struct mgm_abi *abi, const void *base, enum mgm_field field)
{
	const char *value;

	get(abi, base, field, &value, sizeof(value));
	return value;
}

void mgm_set_cstr(const struct mgm_abi *abi, void *base, enum mgm_field field, const char *value)
{
	set(abi, base, field, &value, sizeof(value));
}

void *mgm_get_ptr(const struct mgm_abi *abi, const void *base, enum mgm_field field)
{
	void *value;

	get(abi, base, field, &value, sizeof(value));
	return value;
}

void mgm_set_ptr(const struct mgm_abi *abi, void *base, enum mgm_field field, const void *value)
{
	set(abi, base, field, &value, sizeof(value));
}

struct timeval mgm_get_timeval(const struct mgm_abi *abi, const void *base, enum mgm_field field)
{
	struct timeval value;

	get(abi, base, field, &value, sizeof(value));
	return value;
}

void mgm_set_timeval(const struct mgm_abi *abi, void *base, enum mgm_field field, struct timeval value)
{
	set(abi, base, field, &value, sizeof(value));
}

void mgm_set_fn(const struct mgm_abi *abi, void *base, enum mgm_field field, void (*value)(void))
{
	set(abi, base, field, &value, sizeof(value));
}
