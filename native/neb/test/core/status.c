/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The status file and the object text: contents, form, atomic replacement. */
#include "../../testcore/status.h"

#include <dirent.h>
#include <sys/stat.h>

#include "../../testcore/exports.h"
#include "../../testcore/log.h"
#include "../../testcore/objects.h"
#include "scratch.h"
#include "tap.h"

static void set_up_service(void)
{
	void *service = find_service("host-02", "service-01");

	tc_set_i32(service, MGM_F_SERVICE_CURRENT_STATE, 2);
	tc_set_i32(service, MGM_F_SERVICE_HAS_BEEN_CHECKED, 1);
	/* Not a real flag, but different from the others. */
	tc_set_i32(service, MGM_F_SERVICE_IS_EXECUTING, 5);
	tc_set_i32(service, MGM_F_SERVICE_CURRENT_ATTEMPT, 3);
	tc_set_i64(service, MGM_F_SERVICE_LAST_CHECK, 1700000001);
	tc_set_i64(service, MGM_F_SERVICE_NEXT_CHECK, 1700000061);
	tc_set_f64(service, MGM_F_SERVICE_LATENCY, 0.125);
	tc_set_f64(service, MGM_F_SERVICE_EXECUTION_TIME, 2.5);
	tc_take_str(service, MGM_F_SERVICE_PLUGIN_OUTPUT, tc_strdup("bad = worse"));
	tc_take_str(service, MGM_F_SERVICE_LONG_PLUGIN_OUTPUT, tc_strdup("second\\nthird"));
	tc_take_str(service, MGM_F_SERVICE_PERF_DATA, tc_strdup("a=1;2;3"));
	tc_set_ptr(service, MGM_F_SERVICE_CHECK_SOURCE, "Mod-Gearman Worker");
}

static int count(const char *text, const char *part)
{
	int found = 0;

	for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
		found++;
	return found;
}

static void test_contents(const char *path)
{
	static const char *const lines[] = {
		"\n\tservice_description=service-01\n",
		"\n\tcurrent_state=2\n",
		"\n\tplugin_output=bad = worse\n",
		"\n\tlong_plugin_output=second\\nthird\n",
		"\n\tperformance_data=a=1;2;3\n",
		"\n\thas_been_checked=1\n",
		"\n\tis_executing=5\n",
		"\n\tlast_check=1700000001\n",
		"\n\tnext_check=1700000061\n",
		"\n\tcheck_latency=0.125\n",
		"\n\tcheck_execution_time=2.500\n",
		"\n\tcheck_source=Mod-Gearman Worker\n",
		"\n\tcurrent_attempt=3\n",
	};
	char *text, *block, *end;

	ok(tc_status_write(path), "written");
	text = strdup(scratch_read(path));
	is_int(count(text, "\nhoststatus {\n"), 2, "a block for each host");
	is_int(count(text, "\nservicestatus {\n"), 4, "and for each service");
	is_int(count(text, "\n\t}\n"), 8, "every block is closed: info, programstatus and the objects");
	block = strstr(text, "servicestatus {\n\thost_name=host-02\n\tservice_description=service-01\n");
	ok(block != NULL, "block of the changed service");
	if (block != NULL) {
		end = strstr(block, "\n\t}\n");
		end[1] = '\0';
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			has_str(block, lines[i], "line");
	}
	free(text);
}

static int files_in_folder(void)
{
	DIR *folder = opendir(scratch_folder);
	int files = 0;

	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		files += entry->d_name[0] != '.';
	closedir(folder);
	return files;
}

static void test_replacement(const char *path)
{
	FILE *reader = fopen(path, "r");
	struct stat before, after, held;

	ok(reader != NULL && stat(path, &before) == 0, "a reader holds the old file");
	tc_take_str(find_host("host-01"), MGM_F_HOST_PLUGIN_OUTPUT, tc_strdup("new text"));
	ok(tc_status_write(path) && stat(path, &after) == 0 && fstat(fileno(reader), &held) == 0, "written again");
	ok(before.st_ino != after.st_ino && held.st_ino == before.st_ino && held.st_size == before.st_size,
	   "the name moved to a new file, the reader keeps a whole old one");
	fclose(reader);
	has_str(scratch_read(path), "\n\tplugin_output=new text\n", "the new file has the change");
	is_int(files_in_folder(), 1, "no temporary file stays");
	ok(!tc_status_write(scratch_path("nofolder/status")), "an impossible path is an error");
	mkdir(scratch_path("folder"), 0700);
	ok(!tc_status_write(scratch_path("folder")), "so is the name of a folder");
	rmdir(scratch_path("folder"));
	is_int(files_in_folder(), 1, "and leaves nothing behind");
}

static char *object_text(void (*print)(FILE *, const void *), const void *object)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	print(file, object);
	fclose(file);
	return text;
}

static void test_object_text(void)
{
	void *service = find_service("host-01", "service-02"), *host = find_host("host-01");
	char *text = object_text(fcache_service, service);

	has_str(text, "define service {\n\thost_name\thost-01\n\tservice_description\tservice-02\n", "service head");
	ok(strstr(text, "display_name") == NULL, "no display name of its own");
	has_str(text, "\tcheck_interval\t30.000000\n", "interval");
	has_str(text, "\t_COLOR\tred\n", "custom variable");
	has_str(text, "\t_EMPTY\tnull\n", "custom variable without value");
	free(text);
	tc_set_ptr(host, MGM_F_HOST_DISPLAY_NAME, "other");
	text = object_text(fcache_host, host);
	has_str(text, "define host {\n\thost_name\thost-01\n\tdisplay_name\tother\n\talias\thost-01\n", "host head");
	free(text);
}

static void test_lookup(void)
{
	ok(find_service("host-02", "service-02") != NULL && find_service("host-02", "service-03") == NULL &&
	       find_service("host-03", "service-01") == NULL && find_service("host-01", NULL) == NULL &&
	       find_host(NULL) == NULL && find_host("service-01") == NULL,
	   "objects by name, and only those");
	ok(is_host_member_of_hostgroup(find_hostgroup("linux"), find_host("host-01")) == 1 &&
	       is_host_member_of_hostgroup(find_hostgroup("linux"), find_host("host-02")) == 0 &&
	       is_service_member_of_servicegroup(find_servicegroup("demo-services"), service_list) == 1,
	   "the first object is in its group");
}

int main(void)
{
	static struct tc_options options;
	char message[4096];
	char *argv[] = { "t",
		             "--hosts=2",
		             "--services=2",
		             "--interval=30",
		             "--hostgroup=linux",
		             "--custom-variable=host-01/service-02:COLOR=red",
		             "--custom-variable=host-01/service-02:EMPTY" };

	scratch_make();
	if (tc_options_parse(&options, 7, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return 1;
	tc_objects_create(&options);
	set_up_service();
	test_contents(scratch_path("status.dat"));
	test_replacement(scratch_path("status.dat"));
	test_object_text();
	test_lookup();
	tc_objects_free();
	unlink(scratch_path("status.dat"));
	rmdir(scratch_folder);
	return tap_end();
}
