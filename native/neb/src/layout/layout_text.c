/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Members are read and written within the stand-ins of the proof only. */
#define MAX_OFFSET 8160
#define MAX_SIZE 8192
#define MAX_WORDS 64

/* One text being read. */
struct reading {
	struct mgm_layout_row *row;
	bool have_family, have_id, have_api, ended;
	size_t line;
	char *why;
	size_t why_size;
};

static const char *const type_names[] = { "i32",  "u32",    "i64", "u64",   "f64",  "timeval",
	                                      "cstr", "cstr[]", "ptr", "fnptr", "union" };

static bool refuse(struct reading *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(struct reading *in, const char *format, ...)
{
	va_list arguments;
	int used = in->line > 0 ? snprintf(in->why, in->why_size, "line %zu: ", in->line) : 0;

	if (used < 0 || (size_t)used >= in->why_size)
		return false;
	va_start(arguments, format);
	vsnprintf(in->why + used, in->why_size - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
}

static bool number(const char *text, long low, long high, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return *text != '\0' && *end == '\0' && errno == 0 && *value >= low && *value <= high;
}

/* @return index, or `count` for a name that this module does not know */
static size_t index_of(const char *name, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

static size_t field_of(const char *name)
{
	size_t i = 0;

	while (i < MGM_FIELD_COUNT && strcmp(mgm_field_infos[i].name, name) != 0)
		i++;
	return i;
}

static bool read_family(struct reading *in, const char *name)
{
	struct mgm_abi *abi = &in->row->abi;

	abi->core = strcmp(name, "naemon") == 0 ? MGM_NAEMON : MGM_NAGIOS;
	abi->family = abi->core == MGM_NAEMON ? "naemon" : "nagios";
	if (strcmp(name, abi->family) != 0)
		return refuse(in, "the family is neither naemon nor nagios");
	in->have_family = true;
	return true;
}

static bool read_id(struct reading *in, const char *name)
{
	if (strlen(name) >= sizeof(in->row->id) / 2)
		return refuse(in, "the id is too long");
	snprintf(in->row->id, sizeof(in->row->id), "%s", name);
	in->have_id = true;
	return true;
}

static bool read_versions(struct reading *in, char *const *words, size_t count)
{
	char *versions = in->row->versions;
	size_t used = 1;

	versions[0] = ' ';
	for (size_t i = 1; i < count; i++) {
		size_t length = strlen(words[i]);

		if (used + length + 2 > sizeof(in->row->versions))
			return refuse(in, "too many versions");
		memcpy(versions + used, words[i], length);
		used += length;
		versions[used++] = ' ';
	}
	versions[used] = '\0';
	return true;
}

static bool read_offset(struct reading *in, const char *name, const char *text)
{
	size_t field = field_of(name);
	long value;

	if (!number(text, 0, MAX_OFFSET, &value))
		return refuse(in, "the offset is not a number from 0 to %d", MAX_OFFSET);
	if (field < MGM_FIELD_COUNT)
		in->row->offset[field] = (uint16_t)value;
	return true;
}

static bool read_size(struct reading *in, const char *name, const char *text)
{
	size_t size = index_of(name, mgm_size_names, MGM_SIZE_COUNT);
	long value;

	if (!number(text, 1, MAX_SIZE, &value))
		return refuse(in, "the size is not a number from 1 to %d", MAX_SIZE);
	if (size < MGM_SIZE_COUNT)
		in->row->size[size] = (uint16_t)value;
	return true;
}

static bool read_constant(struct reading *in, const char *name, const char *text)
{
	size_t constant = index_of(name, mgm_const_names, MGM_CONST_COUNT);
	long value;

	if (!number(text, -INT32_MAX, INT32_MAX, &value))
		return refuse(in, "the value is not a number of 32 bits");
	if (constant < MGM_CONST_COUNT)
		in->row->constant[constant] = (int32_t)value;
	return true;
}

static bool read_type(struct reading *in, const char *name, const char *text)
{
	const size_t count = sizeof(type_names) / sizeof(type_names[0]);
	size_t field = field_of(name), type = index_of(text, type_names, count);

	if (type == count)
		return refuse(in, "the type is not known");
	if (field < MGM_FIELD_COUNT)
		in->row->type[field] = (uint8_t)type;
	return true;
}

static bool read_api(struct reading *in, const char *text)
{
	long value;

	if (!number(text, 1, 1000, &value))
		return refuse(in, "the API number is not one from 1 to 1000");
	in->row->abi.neb_api = (int)value;
	in->have_api = true;
	return true;
}

static bool read_words(struct reading *in, char *const *words, size_t count)
{
	if (strcmp(words[0], "versions") == 0)
		return read_versions(in, words, count);
	if (count == 1 && strcmp(words[0], "end") == 0)
		return in->ended = true;
	if (count == 2 && strcmp(words[0], "family") == 0)
		return read_family(in, words[1]);
	if (count == 2 && strcmp(words[0], "id") == 0)
		return read_id(in, words[1]);
	if (count == 2 && strcmp(words[0], "neb_api") == 0)
		return read_api(in, words[1]);
	if (count == 3 && strcmp(words[0], "offset") == 0)
		return read_offset(in, words[1], words[2]);
	if (count == 3 && strcmp(words[0], "size") == 0)
		return read_size(in, words[1], words[2]);
	if (count == 3 && strcmp(words[0], "constant") == 0)
		return read_constant(in, words[1], words[2]);
	if (count == 3 && strcmp(words[0], "type") == 0)
		return read_type(in, words[1], words[2]);
	return refuse(in, "not a line of a layout file");
}

static bool read_line(struct reading *in, char *line)
{
	char *words[MAX_WORDS], *rest = NULL;
	size_t count = 0;

	in->line++;
	if (in->line == 1)
		return strcmp(line, MGM_LAYOUT_HEAD) == 0 || refuse(in, "it does not begin with '%s'", MGM_LAYOUT_HEAD);
	if (in->ended)
		return *line == '\0' || refuse(in, "text after the end");
	if (*line == '#')
		return true;
	for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		if (count == MAX_WORDS)
			return refuse(in, "too many words");
		words[count++] = word;
	}
	return count == 0 || read_words(in, words, count);
}

static bool always_has(enum mgm_family family, enum mgm_field field)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++)
		if (mgm_abi_classes[i].core == family && !mgm_has(&mgm_abi_classes[i], field))
			return false;
	return true;
}

static bool always_sized(enum mgm_family family, enum mgm_size size)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++)
		if (mgm_abi_classes[i].core == family && mgm_abi_classes[i].size[size] == 0)
			return false;
	return true;
}

static bool always_defines(enum mgm_family family, enum mgm_const name)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++)
		if (mgm_abi_classes[i].core == family && mgm_abi_classes[i].constant[name] == MGM_NO_CONST)
			return false;
	return true;
}

/* What every known table of the family has must be there. */
static bool complete(struct reading *in)
{
	const struct mgm_layout_row *row = in->row;
	bool all = true;

	in->line = 0;
	if (!in->ended)
		return refuse(in, "it has no end line: it was cut");
	if (!in->have_family || !in->have_id || !in->have_api)
		return refuse(in, "%s is missing", !in->have_family ? "family" : !in->have_id ? "id" : "neb_api");
	for (size_t i = 0; i < MGM_FIELD_COUNT && all; i++)
		if (row->offset[i] == MGM_ABSENT && always_has(row->abi.core, (enum mgm_field)i))
			all = refuse(in, "offset %s is missing", mgm_field_infos[i].name);
	for (size_t i = 0; i < MGM_SIZE_COUNT && all; i++)
		if (row->size[i] == 0 && always_sized(row->abi.core, (enum mgm_size)i))
			all = refuse(in, "size %s is missing", mgm_size_names[i]);
	for (size_t i = 0; i < MGM_CONST_COUNT && all; i++)
		if (row->constant[i] == MGM_NO_CONST && always_defines(row->abi.core, (enum mgm_const)i))
			all = refuse(in, "constant %s is missing", mgm_const_names[i]);
	return all;
}

static void begin(struct mgm_layout_row *row)
{
	for (size_t i = 0; i < MGM_FIELD_COUNT; i++)
		row->offset[i] = MGM_ABSENT;
	memset(row->size, 0, sizeof(row->size));
	for (size_t i = 0; i < MGM_CONST_COUNT; i++)
		row->constant[i] = MGM_NO_CONST;
}

static bool read_all(struct reading *in, char *text, size_t size)
{
	char *end = text + size;

	for (size_t i = 0; i < size; i++)
		if (text[i] != '\n' && ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~'))
			return refuse(in, "it holds bytes that are not text");
	for (char *line = text; line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line));

		if (stop == NULL)
			return refuse(in, "it has no end line: it was cut");
		*stop = '\0';
		if (!read_line(in, line))
			return false;
		line = stop + 1;
	}
	return complete(in);
}

struct mgm_layout_row *mgm_layout_parse(char *text, size_t size, char *why, size_t why_size)
{
	/* The kinds of the oldest class, unless a line says otherwise. */
	struct reading in = { .row = mgm_layout_row_copy(&mgm_abi_classes[0]), .why = why, .why_size = why_size };

	if (in.row == NULL) {
		refuse(&in, "no memory");
		return NULL;
	}
	begin(in.row);
	if (read_all(&in, text, size))
		return in.row;
	mgm_layout_rows_free(in.row);
	return NULL;
}
