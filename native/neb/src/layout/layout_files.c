/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core_symbols.h"
#include "file_info.h"
#include "layout_text.h"

#define LINE_BYTES 1024
/* Folders hold other files too; a wrong one may hold millions. */
#define MAX_ENTRIES 4096

/* The files of one folder that end as they should, by name. */
struct folder {
	const char *path;
	DIR *stream;
	char *names[MGM_LAYOUT_MAX_FILES];
	size_t count;
	const struct mgm_layout_source *source;
};

static void complain(const struct folder *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void complain(const struct folder *folder, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	folder->source->complain(folder->source->arg, line);
}

/* @return NULL, or why something with this owner and mode is not trusted */
static const char *distrust(const struct stat *info)
{
	if (info->st_uid != 0 && info->st_uid != geteuid())
		return "it belongs to neither root nor the user of the core";
	return (info->st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "others than its owner may write it" : NULL;
}

static bool ends_right(const char *name)
{
	size_t length = strlen(name), ending = strlen(MGM_LAYOUT_ENDING);

	return name[0] != '.' && length > ending && strcmp(name + length - ending, MGM_LAYOUT_ENDING) == 0;
}

/* Keep the first names in order. @return false without memory */
static bool keep(struct folder *folder, const char *name, size_t *too_many)
{
	size_t at = folder->count;
	char *copy = strdup(name);

	if (copy == NULL)
		return false;
	if (folder->count == MGM_LAYOUT_MAX_FILES) {
		(*too_many)++;
		if (strcmp(copy, folder->names[--at]) >= 0) {
			free(copy);
			return true;
		}
		free(folder->names[at]);
		folder->count--;
	}
	for (; at > 0 && strcmp(folder->names[at - 1], copy) > 0; at--)
		folder->names[at] = folder->names[at - 1];
	folder->names[at] = copy;
	folder->count++;
	return true;
}

static void list(struct folder *folder)
{
	size_t too_many = 0, entries = 0;
	struct dirent *entry;

	while ((entry = readdir(folder->stream)) != NULL && entries++ < MAX_ENTRIES) {
		if (ends_right(entry->d_name) && !keep(folder, entry->d_name, &too_many)) {
			complain(folder, "no memory for the layout files of %s", folder->path);
			return;
		}
	}
	if (too_many > 0 || entry != NULL)
		complain(folder, "too many files in %s: at most %d layout files among %d entries are read", folder->path,
		         MGM_LAYOUT_MAX_FILES, MAX_ENTRIES);
}

static char *read_text(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t used = 0;

	while (text != NULL && used < size) {
		ssize_t got = read(fd, text + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			if (got == 0)
				errno = EIO; /* it became shorter */
			free(text);
			return NULL;
		}
		used += (size_t)got;
	}
	return text;
}

/* @return the table, or NULL and why */
static struct mgm_layout_row *read_file(int fd, char *why, size_t why_size)
{
	struct mgm_layout_row *row;
	struct stat info;
	const char *reason = NULL;
	char *text;

	if (!mgm_fd_info(fd, &info))
		reason = strerror(errno);
	else if (!S_ISREG(info.st_mode))
		reason = "it is not a regular file";
	else if (info.st_size > MGM_LAYOUT_MAX_BYTES)
		reason = "it is too large";
	else
		reason = distrust(&info);
	if (reason != NULL) {
		snprintf(why, why_size, "%s", reason);
		return NULL;
	}
	text = read_text(fd, (size_t)info.st_size);
	if (text == NULL) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	row = mgm_layout_parse(text, (size_t)info.st_size, why, why_size);
	free(text);
	return row;
}

static struct mgm_layout_row *read_named(const struct folder *folder, const char *name)
{
	struct mgm_layout_row *row = NULL;
	char why[256] = "";
	int fd = openat(dirfd(folder->stream), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0) {
		row = read_file(fd, why, sizeof(why));
		close(fd);
	} else {
		snprintf(why, sizeof(why), "%s", errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	}
	if (row == NULL)
		complain(folder, "layout file %s/%s is not used: %s", folder->path, name, why);
	return row;
}

static bool open_folder(struct folder *folder, bool may_be_absent)
{
	int fd = open(folder->path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NONBLOCK);
	const char *reason = NULL;
	struct stat info;

	if (fd < 0 && errno == ENOENT && may_be_absent)
		return false;
	if (fd < 0 || !mgm_fd_info(fd, &info))
		reason = strerror(errno);
	else
		reason = distrust(&info);
	if (reason == NULL) {
		folder->stream = fdopendir(fd);
		if (folder->stream != NULL)
			return true;
		reason = strerror(errno);
	}
	complain(folder, "the layout files of %s are not used: %s", folder->path, reason);
	if (fd >= 0)
		close(fd);
	return false;
}

struct mgm_layout_row *mgm_layout_files_read(const struct mgm_layout_source *source)
{
	char beside[LINE_BYTES / 2];
	struct folder folder = { .path = source->folder, .source = source };
	struct mgm_layout_row *first = NULL, **last = &first;

	if (folder.path == NULL) {
		if (!mgm_module_folder(beside, sizeof(beside) - sizeof("/" MGM_LAYOUT_FOLDER)))
			return NULL;
		strcat(beside, "/" MGM_LAYOUT_FOLDER);
		folder.path = beside;
	}
	if (!open_folder(&folder, source->folder == NULL))
		return NULL;
	list(&folder);
	for (size_t i = 0; i < folder.count; i++) {
		*last = read_named(&folder, folder.names[i]);
		if (*last != NULL)
			last = &(*last)->next;
		free(folder.names[i]);
	}
	closedir(folder.stream);
	return first;
}
