/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "faults.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int fake_allocations_left = -1;
size_t fake_largest_allocation, fake_mapped_bytes;
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
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__real_mremap(void *block, size_t size, size_t more, int flags);
void *__wrap_mremap(void *block, size_t size, size_t more, int flags);
int __real_munmap(void *block, size_t size);
int __wrap_munmap(void *block, size_t size);
int __real_clone(int (*run)(void *), void *stack, int flags, void *arg);
int __wrap_clone(int (*run)(void *), void *stack, int flags, void *arg);
int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);

static bool allowed(size_t size)
{
	fake_largest_allocation = size > fake_largest_allocation ? size : fake_largest_allocation;
	if (fake_allocations_left == 0)
		return false;
	if (fake_allocations_left > 0)
		fake_allocations_left--;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return allowed(size) ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return allowed(count * size) ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *block, size_t size)
{
	return allowed(size) ? __real_realloc(block, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
	return allowed(strlen(text)) ? __real_strdup(text) : NULL;
}

char *__wrap_strndup(const char *text, size_t size)
{
	return allowed(strnlen(text, size)) ? __real_strndup(text, size) : NULL;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	void *block = allowed(0) ? __real_mmap(at, size, protection, flags, fd, offset) : MAP_FAILED;

	if (block != MAP_FAILED)
		fake_mapped_bytes += size;
	return block;
}

void *__wrap_mremap(void *block, size_t size, size_t more, int flags)
{
	void *moved = allowed(0) ? __real_mremap(block, size, more, flags) : MAP_FAILED;

	if (moved != MAP_FAILED)
		fake_mapped_bytes += more - size;
	return moved;
}

int __wrap_munmap(void *block, size_t size)
{
	fake_mapped_bytes -= size;
	return __real_munmap(block, size);
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
