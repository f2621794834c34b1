/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The layout proof inside running cores: the test core always, Debian's nagios4 where it is installed, and what
 * MGM_TEST_CORES lists ("naemon=/path/to/naemon nagios=/path/to/nagios"). In each one exactly one class of the
 * tables must pass, and every wrong table made from it must be refused.
 */
#include <errno.h>
#include <pwd.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulated.h"
#include "tap.h"

#define PATH_BYTES 1024
#define RUN_LIMIT_SECONDS 240
#define MIN_MUTATIONS 900

struct run {
	char folder[PATH_BYTES / 4];
	char config[PATH_BYTES / 2], report[PATH_BYTES / 2], module[PATH_BYTES / 2], build[PATH_BYTES / 4];
};

static pid_t running;

/* The probe ends the core itself; a core that hangs instead is ended here, and the test sees no "done". */
static void on_alarm(int number)
{
	(void)number;
	kill(-running, SIGKILL);
}

static void write_objects(FILE *out)
{
	fprintf(out, "define timeperiod {\n timeperiod_name always\n alias always\n}\n");
	for (int i = 1; i <= 5; i++)
		fprintf(out, "define command {\n command_name command%d\n command_line /bin/true $ARG1$\n}\n", i);
	for (int i = 1; i <= 4; i++)
		fprintf(out,
		        "define contact {\n contact_name contact%d\n alias Contact %d\n host_notification_period always\n"
		        " service_notification_period always\n host_notification_options d,r\n"
		        " service_notification_options c,r\n host_notification_commands command1\n"
		        " service_notification_commands command1\n}\n",
		        i, i);
	for (int i = 1; i <= 3; i++)
		fprintf(out,
		        "define host {\n host_name host%d\n alias Host %d\n address 127.0.0.%d\n max_check_attempts 3\n"
		        " check_interval 5\n check_command command2!h%d\n check_period always\n contacts contact1\n"
		        " notification_interval 60\n notification_period always\n _QUEUE q%d\n}\n",
		        i, i, i, i, i);
	for (int i = 1; i <= 6; i++)
		fprintf(out,
		        "define service {\n host_name host%d\n service_description service%d\n max_check_attempts 3\n"
		        " check_interval 5\n check_command command2!s%d\n check_period always\n contacts contact1\n"
		        " notification_interval 60\n notification_period always\n _QUEUE s%d\n}\n",
		        (i + 1) / 2, i, i, i);
	for (int i = 1; i <= 2; i++)
		fprintf(out, "define hostgroup {\n hostgroup_name hostgroup%d\n alias H\n members host1,host2\n}\n", i);
	for (int i = 1; i <= 7; i++)
		fprintf(out, "define servicegroup {\n servicegroup_name servicegroup%d\n alias S\n members host1,service1\n}\n",
		        i);
}

static void write_main(FILE *out, const struct run *run, bool nagios)
{
	const char *folder = run->folder;
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group = getgrgid(getegid());

	fprintf(out, "log_file=%s/log\ncfg_file=%s/objects.cfg\nobject_cache_file=%s/objects.cache\n", folder, folder,
	        folder);
	fprintf(out, "status_file=%s/status\ncommand_file=%s/command\nlock_file=%s/lock\ntemp_file=%s/temp\n", folder,
	        folder, folder, folder);
	fprintf(out, "temp_path=%s\nlog_archive_path=%s\ncheck_result_path=%s\nstate_retention_file=%s/retention\n", folder,
	        folder, folder, folder);
	fprintf(out, "query_socket=%s/query\ncheck_workers=1\nuse_syslog=0\nevent_broker_options=-1\n", folder);
	fprintf(out, "broker_module=%s %s mutate\n", run->module, run->report);
	if (nagios && user != NULL && group != NULL)
		fprintf(out, "nagios_user=%s\nnagios_group=%s\n", user->pw_name, group->gr_name);
}

static bool write_config(const struct run *run, bool nagios)
{
	char path[PATH_BYTES];
	FILE *out;

	snprintf(path, sizeof(path), "%s/objects.cfg", run->folder);
	out = fopen(path, "we");
	if (out == NULL)
		return false;
	write_objects(out);
	fclose(out);
	out = fopen(run->config, "we");
	if (out == NULL)
		return false;
	write_main(out, run, nagios);
	return fclose(out) == 0;
}

/* Returns when the core has ended; what it says goes to <folder>/output. */
static void run_core(const struct run *run, char *const *arguments)
{
	char output[PATH_BYTES];

	snprintf(output, sizeof(output), "%s/output", run->folder);
	fflush(stdout);
	running = fork();
	if (running == 0) {
		setsid();
		if (freopen("/dev/null", "r", stdin) == NULL || freopen(output, "w", stdout) == NULL || dup2(1, 2) < 0)
			_exit(126);
		emulated_exec(arguments[0], arguments);
		_exit(127);
	}
	alarm(RUN_LIMIT_SECONDS);
	while (waitpid(running, NULL, 0) < 0 && errno == EINTR)
		;
	alarm(0);
	/* Workers of the core that have not noticed yet. */
	kill(-running, SIGKILL);
}

/* @return number of classes accepted; a miss of a production field is printed and counted */
static void check_report(const struct run *run, const char *name)
{
	char line[1024], proven[64] = "none", taken[64] = "";
	size_t accepted = 0, tried = 0, detected = 0, misses = 0;
	bool done = false, objects = false;
	FILE *in = fopen(run->report, "re");

	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		char id[64], verdict[16];
		size_t some, found, missed;

		if (sscanf(line, "find 0 class %63s", id) == 1)
			snprintf(proven, sizeof(proven), "%s", id);
		if (sscanf(line, "class %63s %15s", id, verdict) == 2 && strcmp(verdict, "accepted") == 0) {
			accepted++;
			snprintf(taken, sizeof(taken), "%s", id);
		}
		if (sscanf(line, "mutations %*s %zu detected %zu production-misses %zu", &some, &found, &missed) == 3) {
			tried += some;
			detected += found;
			misses += missed;
		}
		objects = objects || strncmp(line, "objects loop 0", 14) == 0;
		done = done || strcmp(line, "done\n") == 0;
		if (strncmp(line, "miss", 4) == 0 || strncmp(line, "find", 4) == 0 || strncmp(line, "objects", 7) == 0)
			printf("# %s: %s", name, line);
	}
	if (in != NULL)
		fclose(in);
	printf("# %s: %zu mutations, %zu detected, %zu production fields missed\n", name, tried, detected, misses);
	CHECK(done, "%s: the probe ran to its end", name);
	CHECK(strcmp(proven, "none") != 0 && objects, "%s: a layout is proven, with the core's objects", name);
	CHECK(accepted == 1 && strcmp(taken, proven) == 0, "%s: only class %s passes", name, proven);
	CHECK(tried >= MIN_MUTATIONS, "%s: the mutations were tried", name);
	CHECK(misses == 0, "%s: every wrong place of a production field is refused", name);
}

static bool make_run(struct run *run)
{
	const char *build = getenv("MGM_BUILD");
	char here[PATH_BYTES / 8], probe[PATH_BYTES];

	if (getcwd(here, sizeof(here)) == NULL)
		return false;
	snprintf(run->folder, sizeof(run->folder), "/tmp/mgm-abi-XXXXXX");
	snprintf(run->build, sizeof(run->build), "%s%s%.100s", build != NULL && build[0] == '/' ? "" : here,
	         build != NULL && build[0] == '/' ? "" : "/", build != NULL ? build : "build");
	snprintf(probe, sizeof(probe), "%s/test/abi-module/probe.so", run->build);
	if (mkdtemp(run->folder) == NULL)
		return false;
	/* A core cuts its module line at blanks, and the checkout's path may have some. */
	snprintf(run->module, sizeof(run->module), "%s/probe.so", run->folder);
	if (symlink(probe, run->module) != 0)
		return false;
	snprintf(run->config, sizeof(run->config), "%s/main.cfg", run->folder);
	snprintf(run->report, sizeof(run->report), "%s/report", run->folder);
	return true;
}

static void remove_folder(const struct run *run)
{
	char *arguments[] = { (char *)"rm", (char *)"-rf", (char *)run->folder, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execvp(arguments[0], arguments);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void test_testcore(void)
{
	struct run run;
	char program[PATH_BYTES], module[PATH_BYTES], args[PATH_BYTES];
	char *arguments[] = { program, module, args, (char *)"--hosts=3", (char *)"--services=2", NULL };

	if (!CHECK(make_run(&run), "test core: a folder"))
		return;
	snprintf(program, sizeof(program), "%s/mgm-testcore", run.build);
	snprintf(module, sizeof(module), "--module=%s", run.module);
	snprintf(args, sizeof(args), "--args=%s mutate", run.report);
	run_core(&run, arguments);
	check_report(&run, "test core");
	remove_folder(&run);
}

static void test_real_core(bool nagios, const char *program)
{
	struct run run;
	char *nagios_arguments[] = { (char *)program, run.config, NULL };
	char *naemon_arguments[] = { (char *)program, (char *)"--allow-root", run.config, NULL };

	if (!CHECK(make_run(&run) && write_config(&run, nagios), "%s: a folder with a configuration", program))
		return;
	run_core(&run, nagios ? nagios_arguments : naemon_arguments);
	check_report(&run, program);
	remove_folder(&run);
}

int main(void)
{
	const char *debian = "/usr/sbin/nagios4", *more = getenv("MGM_TEST_CORES");
	char *list = strdup(more != NULL ? more : ""), *rest = NULL;
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
	test_testcore();
	if (emulated())
		CHECK(true, "the proof inside a real core # SKIP emulated, the core is of this machine");
	else if (access(debian, X_OK) == 0)
		test_real_core(true, debian);
	else
		CHECK(true, "the proof inside a real core # SKIP no %s (Debian: nagios4-core)", debian);
	for (char *one = strtok_r(list, " ", &rest); one != NULL; one = strtok_r(NULL, " ", &rest)) {
		if (strncmp(one, "nagios=", 7) == 0 || strncmp(one, "naemon=", 7) == 0)
			test_real_core(one[2] == 'g', one + 7);
		else
			CHECK(false, "MGM_TEST_CORES: '%s' starts with neither naemon= nor nagios=", one);
	}
	free(list);
	return tap_done();
}
