/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "faults.h"

#include <errno.h>
#include <stddef.h>

int fake_allocations_left = -1;
bool fake_clone_fails, fake_dup2_fails;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
int __real_clone(int (*run)(void *), void *stack, int flags, void *arg);
int __wrap_clone(int (*run)(void *), void *stack, int flags, void *arg);
int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);

static bool allowed(void)
{
	if (fake_allocations_left == 0)
		return false;
	if (fake_allocations_left > 0)
		fake_allocations_left--;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return allowed() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return allowed() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *block, size_t size)
{
	return allowed() ? __real_realloc(block, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
	return allowed() ? __real_strdup(text) : NULL;
}

char *__wrap_strndup(const char *text, size_t size)
{
	return allowed() ? __real_strndup(text, size) : NULL;
}

int __wrap_clone(int (*run)(void *), void *stack, int flags, void *arg)
{
	if (!fake_clone_fails)
		return __real_clone(run, stack, flags, arg);
	errno = EAGAIN;
	return -1;
}

int __wrap_dup2(int from, int to)
{
	if (!fake_dup2_fails)
		return __real_dup2(from, to);
	errno = EBUSY;
	return -1;
}
