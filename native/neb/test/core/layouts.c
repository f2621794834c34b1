/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The shim as it is shipped in cores whose structs it does not know, with and without a layout file. */
#include <fcntl.h>
#include <sys/stat.h>

#include "../../testcore/core.h"
#include "../../testcore/layout.h"
#include "layout/layout_row.h"
#include "layout_print.h"
#include "scratch.h"
#include "tap.h"

/* The core's own table and the one in the module's folder. */
static struct mgm_layout_row *core_row;

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, 0644) != 0)
		exit(1);
}

static void move_behind(struct mgm_layout_row *row, enum mgm_field first, int bytes)
{
	for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++)
		if (mgm_field_infos[field].owner == mgm_field_infos[first].owner && row->offset[field] != MGM_ABSENT &&
		    row->offset[field] >= core_row->offset[first])
			row->offset[field] = (uint16_t)(row->offset[field] + bytes);
	row->size[mgm_field_infos[first].owner] = (uint16_t)(row->size[mgm_field_infos[first].owner] + bytes);
}

/* Structs that no built-in class has. */
static void make_unknown(void)
{
	mgm_layout_rows_free(core_row);
	core_row = mgm_layout_row_copy(tc_abi());
	move_behind(core_row, MGM_F_HOST_PLUGIN_OUTPUT, 24);
	move_behind(core_row, MGM_F_SERVICE_CHECK_OPTIONS, 8);
	move_behind(core_row, MGM_F_CHECK_RESULT_OUTPUT, 16);
}

struct setup {
	const char *module;
	const char *args;    /* behind bridge_socket */
	const char *version; /* of the core */
	int api;
};

/* @return the core's log */
static const char *run(const struct setup *setup)
{
	static struct tc_options options;
	static char module[600], args[1200], log[600], layout[600], version[64];
	char message[4096];
	char *argv[] = {
		"t", "--hosts=2", "--services=2", "--no-host-checks", "--command=true", "--duration=0.01", module, args,
		log, layout,      version
	};

	write_file(scratch_path("core.txt"), layout_print(&core_row->abi, "core", "0.0.0", setup->api));
	snprintf(module, sizeof(module), "--module=%s", setup->module);
	snprintf(args, sizeof(args), "--args=bridge_socket=%s %s", scratch_path("none.sock"), setup->args);
	snprintf(log, sizeof(log), "--log=%s", scratch_path("log"));
	snprintf(layout, sizeof(layout), "--layout=%s", scratch_path("core.txt"));
	snprintf(version, sizeof(version), "--core-version=%s", setup->version);
	unlink(scratch_path("log"));
	if (tc_options_parse(&options, 11, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return message[0] != '\0' ? "" : NULL;
	is_int(tc_core_run(&options), 0, "the core ends well");
	tc_layout_use(NULL);
	return scratch_read(scratch_path("log"));
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
		count++;
	return count;
}

/* The bridge is absent in all of these runs, which is logged too. */
static size_t errors_of(const char *log)
{
	return count_of(log, "ERROR - ") - count_of(log, "ERROR - no way to the bridge");
}

static void is_active(const char *log, const char *layout, const char *name)
{
	char line[200];

	snprintf(line, sizeof(line), ", layout %s)", layout);
	has_str(log, line, name);
	ok(errors_of(log) == 0, "without an error line about layouts");
}

static void is_passive(const char *log, const char *name)
{
	has_str(log, "no known struct layout fits this core", name);
	has_str(log, "nothing is taken over, the core runs everything itself", "and runs without us");
}

static const char *folder_args(void)
{
	static char args[600];

	snprintf(args, sizeof(args), "layout_dir=%s", scratch_path("layouts"));
	return args;
}

static void put_layout(const struct mgm_layout_row *row, const char *versions, int api)
{
	write_file(scratch_path("layouts/new.layout"), layout_print(&row->abi, "from-a-file", versions, api));
}

static void test_unknown(void)
{
	struct setup setup = { build_path("san/mod_gearman.so"), "", "1.9.0", 8 };
	struct mgm_layout_row *wrong;
	const char *log;

	make_unknown();
	is_passive(run(&setup), "unknown structs, no file: refused");
	setup.args = folder_args();
	put_layout(core_row, "1.9.0 1.9.1", 8);
	log = run(&setup);
	is_active(log, "from-a-file", "with a file of the right numbers: taken");
	ok(strstr(log, "is not a measured release") == NULL, "without a warning, as it lists the version");
	put_layout(core_row, "1.8.0", 8);
	log = run(&setup);
	is_active(log, "from-a-file", "a file for another version is tried too");
	has_str(log, "core version 1.9.0 is not a measured release, but its structs are those of from-a-file",
	        "with a warning");
	wrong = mgm_layout_row_copy(&core_row->abi);
	wrong->offset[MGM_F_SERVICE_IS_EXECUTING] = (uint16_t)(wrong->offset[MGM_F_SERVICE_IS_EXECUTING] + 4);
	put_layout(wrong, "1.9.0", 8);
	log = run(&setup);
	is_passive(log, "one member of the file 4 bytes off: refused");
	has_str(log, "layout from-a-file fails at 4.", "by the proof");
	mgm_layout_rows_free(wrong);
}

static void test_bad_file(void)
{
	struct setup setup = { build_path("san/mod_gearman.so"), folder_args(), "1.9.0", 8 };
	const char *log;

	put_layout(core_row, "1.9.0", 8);
	chmod(scratch_path("layouts/new.layout"), 0666);
	log = run(&setup);
	is_passive(log, "a file that others may write is not used");
	is_int((long long)count_of(log, "new.layout is not used: others than its owner may write it"), 1,
	       "one line about it");
	ok(errors_of(log) == 2, "and one about the core");
	/* The core's own structs are known: a bad file changes nothing. */
	mgm_layout_rows_free(core_row);
	core_row = mgm_layout_row_copy(tc_abi());
	log = run(&setup);
	has_str(log, ", layout naemon-1.5.1)", "a core that is known does not need it");
	ok(errors_of(log) == 1, "one line, nothing else");
}

static void test_counts(void)
{
	struct setup setup = { build_path("san/mod_gearman.so"), "", "1.6.0", 8 };
	struct mgm_layout_row *more = mgm_layout_row_with_slots(tc_abi(), tc_const(MGM_C_MACRO_X_COUNT) + 6);
	char id[64];

	snprintf(id, sizeof(id), "naemon-1.5.1+macros=%d", tc_const(MGM_C_MACRO_X_COUNT) + 6);
	mgm_layout_rows_free(core_row);
	core_row = more;
	core_row->size[MGM_S_HOST] = (uint16_t)(core_row->size[MGM_S_HOST] + 64);
	core_row->size[MGM_S_SERVICE] = (uint16_t)(core_row->size[MGM_S_SERVICE] + 128);
	is_active(run(&setup), id, "more macros, members appended to host and service: taken without a file");
}

/* The file beside the module announces the API number before the module is asked. */
static void test_api(void)
{
	static char module[512];
	struct setup setup = { module, "", "1.9.0", 9 };
	const char *log;
	char *real;

	snprintf(module, sizeof(module), "%s", scratch_path("mod_gearman.so"));
	real = realpath(build_path("san/mod_gearman.so"), NULL);
	if (real == NULL || symlink(real, module) != 0)
		exit(1);
	free(real);
	make_unknown();
	mkdir(scratch_path("mod_gearman.d"), 0755);
	write_file(scratch_path("mod_gearman.d/new.layout"), layout_print(&core_row->abi, "beside", "1.9.0", 9));
	log = run(&setup);
	is_active(log, "beside", "a new API number, from the folder beside the module");
	unlink(scratch_path("mod_gearman.d/new.layout"));
	rmdir(scratch_path("mod_gearman.d"));
	unlink(module);
}

int main(void)
{
	scratch_make();
	mkdir(scratch_path("layouts"), 0755);
	core_row = mgm_layout_row_copy(tc_abi());
	test_unknown();
	test_bad_file();
	test_counts();
	test_api();
	mgm_layout_rows_free(core_row);
	unlink(scratch_path("layouts/new.layout"));
	rmdir(scratch_path("layouts"));
	unlink(scratch_path("core.txt"));
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
