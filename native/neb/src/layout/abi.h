/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Layout of the monitoring cores as numbers. No core header is used anywhere in the shim: every access to a
 * core struct goes through one typed accessor below, with the offset taken from the table of the class that
 * mgm_core_find() has proven for the running core. Source of the numbers: abi/README.md.
 */
#ifndef MGM_ABI_H
#define MGM_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "abi_fields.h"

/** Offset of a member that the class does not have. */
#define MGM_ABSENT 0xffffu

/** Constant that the class does not have. */
#define MGM_NO_CONST INT32_MIN

enum mgm_family { MGM_NAEMON, MGM_NAGIOS };

/** Kind of a member; all are little-endian LP64. */
enum mgm_type {
	MGM_T_I32,
	MGM_T_U32,
	MGM_T_I64,
	MGM_T_U64,
	MGM_T_F64,
	MGM_T_TIMEVAL,
	MGM_T_CSTR,
	MGM_T_CSTR_ARRAY,
	MGM_T_PTR,
	MGM_T_FNPTR,
	MGM_T_UNION
};

/** One class of releases with identical layout. All arrays are indexed by the enums of abi_fields.h. */
struct mgm_abi {
	const char *id;     /* "naemon-1.5.1" */
	const char *family; /* "naemon" or "nagios" */
	enum mgm_family core;
	int neb_api;             /* what the core demands in __neb_api_version */
	const char *versions;    /* " 1.5.1 1.5.2 ", blank before and after each */
	const uint16_t *offset;  /* [MGM_FIELD_COUNT] bytes, MGM_ABSENT if absent */
	const uint16_t *size;    /* [MGM_SIZE_COUNT] bytes, 0 if absent */
	const int32_t *constant; /* [MGM_CONST_COUNT], MGM_NO_CONST if absent */
	const uint8_t *type;     /* [MGM_FIELD_COUNT] enum mgm_type */
};

/** First rule whose family fits and whose symbol the core exports (NULL: always) names the class. */
struct mgm_abi_rule {
	enum mgm_family core;
	const char *symbol;
	const char *class_id;
};

/** What a field is, independent of a class. */
struct mgm_field_info {
	const char *name;    /* "host.is_executing" */
	enum mgm_size owner; /* the struct, MGM_SIZE_COUNT when its size is not tabulated */
	bool production;     /* false: only the layout proof uses it */
};

extern const struct mgm_abi mgm_abi_classes[];
extern const size_t mgm_abi_class_count;
extern const struct mgm_abi_rule mgm_abi_rules[];
extern const size_t mgm_abi_rule_count;
extern const struct mgm_field_info mgm_field_infos[MGM_FIELD_COUNT];
extern const char *const mgm_size_names[MGM_SIZE_COUNT];
extern const char *const mgm_const_names[MGM_CONST_COUNT];

/** @return whether the class has this member; the setters ignore and the getters answer 0/NULL otherwise */
bool mgm_has(const struct mgm_abi *abi, enum mgm_field field);

/** @return the constant, or `fallback` when the class has no such constant */
int32_t mgm_constant(const struct mgm_abi *abi, enum mgm_const name, int32_t fallback);

/** @return address of the member inside `base`, NULL when absent. Prefer the typed accessors. */
void *mgm_at(const struct mgm_abi *abi, void *base, enum mgm_field field);

/* Typed access. `base` is the core's struct (or our zeroed, over-allocated stand-in), never NULL. */
int32_t mgm_get_i32(const struct mgm_abi *abi, const void *base, enum mgm_field field);
void mgm_set_i32(const struct mgm_abi *abi, void *base, enum mgm_field field, int32_t value);
int64_t mgm_get_i64(const struct mgm_abi *abi, const void *base, enum mgm_field field);
void mgm_set_i64(const struct mgm_abi *abi, void *base, enum mgm_field field, int64_t value);
double mgm_get_f64(const struct mgm_abi *abi, const void *base, enum mgm_field field);
void mgm_set_f64(const struct mgm_abi *abi, void *base, enum mgm_field field, double value);
/** Borrowed string of the core; may be NULL. */
const char *mgm_get_cstr(const struct mgm_abi *abi, const void *base, enum mgm_field field);
/** Stores the pointer, copies nothing. */
void mgm_set_cstr(const struct mgm_abi *abi, void *base, enum mgm_field field, const char *value);
void *mgm_get_ptr(const struct mgm_abi *abi, const void *base, enum mgm_field field);
void mgm_set_ptr(const struct mgm_abi *abi, void *base, enum mgm_field field, const void *value);
struct timeval mgm_get_timeval(const struct mgm_abi *abi, const void *base, enum mgm_field field);
void mgm_set_timeval(const struct mgm_abi *abi, void *base, enum mgm_field field, struct timeval value);
/** Function members (check_engine). */
void mgm_set_fn(const struct mgm_abi *abi, void *base, enum mgm_field field, void (*value)(void));

#endif
