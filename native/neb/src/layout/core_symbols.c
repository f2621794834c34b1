/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_symbols.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Bind to the oldest version of these names: linking on glibc >= 2.34 would otherwise exclude older systems. */
#if defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
__asm__(".symver dladdr, dladdr@GLIBC_2.2.5");
__asm__(".symver dlerror, dlerror@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.17");
__asm__(".symver dladdr, dladdr@GLIBC_2.17");
__asm__(".symver dlerror, dlerror@GLIBC_2.17");
#endif

void *mgm_symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

bool mgm_same_object(const char *one, const char *two)
{
	void *first = mgm_symbol(one), *second = mgm_symbol(two);
	Dl_info here, there;

	return first != NULL && second != NULL && dladdr(first, &here) != 0 && dladdr(second, &there) != 0 &&
	       here.dli_fbase == there.dli_fbase;
}

void *mgm_core_function(const char *name)
{
	return mgm_same_object("process_check_result", name) ? mgm_symbol(name) : NULL;
}

static bool exports(enum mgm_family family, enum mgm_exported_by by)
{
	return by == MGM_BY_BOTH || by == (family == MGM_NAEMON ? MGM_BY_NAEMON : MGM_BY_NAGIOS);
}

const char *mgm_resolve(const struct mgm_symbol_row *rows, size_t count, enum mgm_family family, void *target)
{
	for (size_t i = 0; i < count; i++) {
		void *found;

		if (!exports(family, rows[i].by))
			continue;
		found = rows[i].variable ? mgm_symbol(rows[i].name) : mgm_core_function(rows[i].name);
		if (found == NULL)
			return rows[i].name;
		memcpy((char *)target + rows[i].offset, &found, sizeof(found));
	}
	return NULL;
}

bool mgm_module_folder(char *out, size_t out_size)
{
	static const char here = 0;
	const char *slash;
	Dl_info info;

	if (dladdr(&here, &info) == 0 || info.dli_fname == NULL || (slash = strrchr(info.dli_fname, '/')) == NULL ||
	    (size_t)(slash - info.dli_fname) >= out_size)
		return false;
	snprintf(out, out_size, "%.*s", (int)(slash - info.dli_fname), info.dli_fname);
	return true;
}

void mgm_symbol_errors_clear(void)
{
	dlerror();
}

bool mgm_family_by_names(enum mgm_family *family)
{
	bool nm_log = mgm_symbol("nm_log") != NULL;
	bool schedule_event = mgm_symbol("schedule_event") != NULL;
	bool logit = mgm_symbol("logit") != NULL;
	bool schedule_new_event = mgm_symbol("schedule_new_event") != NULL;

	if (nm_log && schedule_event && !logit && !schedule_new_event) {
		*family = MGM_NAEMON;
		return true;
	}
	if (logit && schedule_new_event && !nm_log && !schedule_event) {
		*family = MGM_NAGIOS;
		return true;
	}
	return false;
}

static const struct mgm_abi *class_by_id(const char *id)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++) {
		if (strcmp(mgm_abi_classes[i].id, id) == 0)
			return &mgm_abi_classes[i];
	}
	return NULL;
}

const struct mgm_abi *mgm_class_by_names(enum mgm_family family)
{
	for (size_t i = 0; i < mgm_abi_rule_count; i++) {
		const struct mgm_abi_rule *rule = &mgm_abi_rules[i];

		if (rule->core == family && (rule->symbol == NULL || mgm_symbol(rule->symbol) != NULL))
			return class_by_id(rule->class_id);
	}
	return NULL;
}

/* The digits X.Y.Z at the start, between blanks as in mgm_abi.versions; what follows (-pkg, .source) is ignored. */
static bool version_digits(const char *version, char *out, size_t out_size)
{
	unsigned int major, minor, patch;

	if (version == NULL || sscanf(version, "%3u.%3u.%3u", &major, &minor, &patch) != 3)
		return false;
	snprintf(out, out_size, " %u.%u.%u ", major, minor, patch);
	return true;
}

bool mgm_class_lists(const struct mgm_abi *abi, const char *version)
{
	char digits[32];

	return version_digits(version, digits, sizeof(digits)) && strstr(abi->versions, digits) != NULL;
}

const struct mgm_abi *mgm_class_by_version(enum mgm_family family, const char *version)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++) {
		if (mgm_abi_classes[i].core == family && mgm_class_lists(&mgm_abi_classes[i], version))
			return &mgm_abi_classes[i];
	}
	return NULL;
}

bool mgm_version_unmeasured(enum mgm_family family, const char *version)
{
	unsigned int major, minor;

	if (family != MGM_NAEMON || version == NULL || sscanf(version, "%3u.%3u", &major, &minor) != 2)
		return false;
	return major == 0 || (major == 1 && minor == 0);
}
