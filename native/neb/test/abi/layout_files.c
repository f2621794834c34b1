/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The folder of layout files: what is read, in which order, and what is refused with one line each. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout/layout_files.h"
#include "layout_print.h"
#include "tap.h"

static char folder[64] = "/tmp/mgm-layouts-XXXXXX";
static char lines[8][1200];
static size_t line_count;

static void note(void *arg, const char *line)
{
	(void)arg;
	if (line_count < 8)
		snprintf(lines[line_count], sizeof(lines[0]), "%s", line);
	line_count++;
}

static struct mgm_layout_row *read_folder(const char *path)
{
	const struct mgm_layout_source source = { path, note, NULL };

	line_count = 0;
	return mgm_layout_files_read(&source);
}

static const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text, size_t size)
{
	FILE *file = fopen(path_of(name), "we");

	if (file == NULL || fwrite(text, 1, size, file) != size || fclose(file) != 0 || chmod(path_of(name), 0644) != 0)
		abort();
}

static void put_layout(const char *name, const char *id)
{
	const char *text = layout_print(&mgm_abi_classes[0], id, "1.2.3", 5);

	put(name, text, strlen(text));
}

static void test_order(void)
{
	struct mgm_layout_row *row;

	put_layout("b.layout", "second");
	put_layout("a.layout", "first");
	put_layout("c.layout.bak", "other ending");
	put_layout(".hidden.layout", "hidden");
	put_layout(".layout", "only the ending");
	row = read_folder(folder);
	CHECK(row != NULL && strcmp(row->id, "first") == 0 && row->next != NULL && strcmp(row->next->id, "second") == 0 &&
	          row->next->next == NULL,
	      "files that end in .layout, by name");
	CHECK(line_count == 0, "without a line");
	mgm_layout_rows_free(row);
	unlink(path_of("a.layout"));
	unlink(path_of("c.layout.bak"));
	unlink(path_of(".hidden.layout"));
	unlink(path_of(".layout"));
}

/* One bad file beside a good one, `b.layout`. */
static void check_bad(const char *reason)
{
	struct mgm_layout_row *row = read_folder(folder);

	CHECK(row != NULL && strcmp(row->id, "second") == 0 && row->next == NULL, "the good file beside it is read");
	CHECK(line_count == 1 && strstr(lines[0], "bad.layout is not used: ") != NULL && strstr(lines[0], reason) != NULL &&
	          strchr(lines[0], '\n') == NULL,
	      "one line: %s", lines[0]);
	mgm_layout_rows_free(row);
	unlink(path_of("bad.layout"));
	rmdir(path_of("bad.layout"));
}

static void test_bad_files(void)
{
	char *large = calloc(1, MGM_LAYOUT_MAX_BYTES + 1);
	char *text = layout_print(&mgm_abi_classes[0], "bad", "1.2.3", 5);

	put("bad.layout", text, strlen(text) / 2);
	check_bad("");
	put("bad.layout", "", 0);
	check_bad("cut");
	put("bad.layout",
	    "\x7f"
	    "ELF\x02\x01\x01\0\0\0",
	    10);
	check_bad("not text");
	put("bad.layout", large, MGM_LAYOUT_MAX_BYTES + 1);
	check_bad("it is too large");
	free(large);
	put_layout("bad.layout", "bad");
	chmod(path_of("bad.layout"), 0664);
	check_bad("others than its owner may write it");
	put_layout("bad.layout", "bad");
	chmod(path_of("bad.layout"), 0646);
	check_bad("others than its owner may write it");
	if (symlink("b.layout", path_of("bad.layout")) == 0)
		check_bad("it is a symbolic link");
	if (mkfifo(path_of("bad.layout"), 0600) == 0)
		check_bad("it is not a regular file");
	if (mkdir(path_of("bad.layout"), 0700) == 0)
		check_bad("it is not a regular file");
}

/* Only root can give a file away, and only others are kept from reading. */
static void test_owner(void)
{
	if (geteuid() != 0) {
		put_layout("bad.layout", "bad");
		chmod(path_of("bad.layout"), 0);
		check_bad("Permission denied");
		return;
	}
	put_layout("bad.layout", "bad");
	if (chown(path_of("bad.layout"), 12345, 12345) != 0)
		abort();
	check_bad("it belongs to neither root nor the user of the core");
	if (chown(folder, 12345, 12345) != 0)
		abort();
	CHECK(read_folder(folder) == NULL && line_count == 1 && strstr(lines[0], "neither root nor") != NULL,
	      "a folder of another user: %s", lines[0]);
	if (chown(folder, 0, 0) != 0)
		abort();
}

static void test_folder(void)
{
	CHECK(read_folder("/nonexistent/mod_gearman.d") == NULL && line_count == 1 &&
	          strstr(lines[0], "/nonexistent/mod_gearman.d are not used: No such file") != NULL,
	      "a folder that was named has to exist: %s", lines[0]);
	CHECK(read_folder(path_of("b.layout")) == NULL && line_count == 1 && strstr(lines[0], "Not a directory") != NULL,
	      "a file instead of a folder: %s", lines[0]);
	CHECK(read_folder(NULL) == NULL && line_count == 0, "the one beside the module may be absent");
	chmod(folder, 0777);
	CHECK(read_folder(folder) == NULL && line_count == 1 && strstr(lines[0], "others than its owner") != NULL,
	      "a folder that others may write: %s", lines[0]);
	chmod(folder, 0755);
}

static void test_many(void)
{
	struct mgm_layout_row *row, *last = NULL;
	size_t count = 0;
	char name[32];

	for (int i = 0; i < MGM_LAYOUT_MAX_FILES + 3; i++) {
		snprintf(name, sizeof(name), "m%03d.layout", (i * 3) % (MGM_LAYOUT_MAX_FILES + 3));
		put_layout(name, name);
	}
	row = read_folder(folder);
	for (struct mgm_layout_row *at = row; at != NULL; at = at->next, count++)
		last = at;
	CHECK(count == MGM_LAYOUT_MAX_FILES && line_count == 1 && strcmp(last->id, "m030.layout") == 0,
	      "of too many files the first ones by name are read: %s", lines[0]);
	mgm_layout_rows_free(row);
	for (int i = 0; i < MGM_LAYOUT_MAX_FILES + 3; i++) {
		snprintf(name, sizeof(name), "m%03d.layout", i);
		unlink(path_of(name));
	}
}

int main(void)
{
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		return 1;
	test_order();
	test_bad_files();
	test_owner();
	test_folder();
	test_many();
	unlink(path_of("b.layout"));
	rmdir(folder);
	return tap_done();
}
