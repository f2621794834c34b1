/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The program as the demo starts it: JSON lines on stdout and nothing else, exit codes, a signal that ends it. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "emulated.h"
#include "scratch.h"
#include "tap.h"

#define MAX_ARGUMENTS 16

struct outcome {
	int exit_code; /* -1: ended by a signal */
	char out[65536];
};

/* Run with stdout in a pipe; once the text `until` appeared, send SIGTERM. NULL: wait for the end. */
static void run(struct outcome *outcome, const char *until, char **arguments)
{
	char program[512];
	char *argv[MAX_ARGUMENTS + 2] = { program };
	size_t used = 0;
	int ends[2], status, null_fd;
	ssize_t got;
	pid_t child;

	snprintf(program, sizeof(program), "%s", build_path("san/mgm-testcore"));
	for (int i = 0; i < MAX_ARGUMENTS && arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	if (pipe(ends) != 0)
		exit(1);
	child = fork();
	if (child == 0) {
		null_fd = open("/dev/null", O_WRONLY);
		dup2(ends[1], 1);
		dup2(null_fd, 2);
		emulated_exec(program, argv);
		_exit(99);
	}
	close(ends[1]);
	while ((got = read(ends[0], outcome->out + used, sizeof(outcome->out) - 1 - used)) > 0) {
		used += (size_t)got;
		outcome->out[used] = '\0';
		if (until != NULL && strstr(outcome->out, until) != NULL) {
			kill(child, SIGTERM);
			until = NULL;
		}
	}
	outcome->out[used] = '\0';
	close(ends[0]);
	waitpid(child, &status, 0);
	outcome->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Every line is an object that begins with time and event. */
static bool all_json(char *text)
{
	double time;
	char event[32];
	int lines = 0;

	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
		if (sscanf(line, "{\"t\":%lf,\"event\":\"%31[a-z]\"", &time, event) != 2 || time < 1e9 || end[-1] != '}')
			return false;
	}
	return lines > 0;
}

static const char *line_with(const char *text, const char *first, const char *second)
{
	static char copy[2048];

	for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		snprintf(copy, sizeof(copy), "%.*s", (int)(end - line), line);
		if (strstr(copy, first) != NULL && strstr(copy, second) != NULL)
			return copy;
	}
	return NULL;
}

static void test_lines(void)
{
	static struct outcome outcome;
	char *arguments[] = { "--events-json",
		                  "--hosts=1",
		                  "--services=1",
		                  "--interval=3600",
		                  "--max-attempts=1",
		                  "--command=printf 'bad \"thing\" \\344|a=1'; exit 2",
		                  "--event-handler=true",
		                  "--host-command=exit 0",
		                  NULL };
	const char *line;
	double roundtrip = -1;

	run(&outcome, "\"passive\":false,\"output\":\"bad", arguments);
	is_int(outcome.exit_code, 0, "a signal ends it with 0");
	ok(all_json(outcome.out), "every line is JSON");
	ok(strstr(outcome.out, "\"event\":\"start\",\"pid\":") != NULL &&
	       line_with(outcome.out, "start", "\"services\":1}") != NULL,
	   "first line");
	line = line_with(outcome.out, "\"event\":\"local\"", "service-01");
	has_str(line, "\"host\":\"host-01\",\"service\":\"service-01\",\"by\":\"core\",\"command\":\"printf ",
	        "a local check");
	line = line_with(outcome.out, "\"event\":\"eventhandler\"", "service-01");
	has_str(line, "\"by\":\"core\",\"state\":2,\"command\":\"true\"}", "an event handler");
	line = line_with(outcome.out, "\"event\":\"result\"", "service-01");
	has_str(line, "\"state\":2,\"passive\":false,\"output\":\"bad \\\"thing\\\" \\u00e4\",\"source\":\"Core Worker\"",
	        "a result, quotes and odd bytes escaped");
	if (line != NULL && strstr(line, "roundtripMs") != NULL)
		roundtrip = strtod(strstr(line, "roundtripMs\":") + 13, NULL);
	ok(roundtrip > 0 && roundtrip < 60000, "with its round trip: %f ms", roundtrip);
	line = strstr(outcome.out, "{\"t\"");
	while (line != NULL && strstr(line + 1, "{\"t\"") != NULL)
		line = strstr(line + 1, "{\"t\"");
	has_str(line, "\"event\":\"summary\",\"check\":0,\"cancel\":0,\"local\":", "the summary is the last line");
}

static void test_ends(void)
{
	static struct outcome outcome;
	char log[600];
	char *brief[] = { "--hosts=1", "--services=0", "--no-host-checks", "--duration=0.01", log, NULL };
	char *wrong[] = { "--nosuch", NULL };
	char *refused[] = { "--module=./nosuch.so", log, NULL };
	char *no_log[] = { "--log=/nosuch/folder/log", NULL };

	snprintf(log, sizeof(log), "--log=%s", scratch_path("log"));
	run(&outcome, NULL, brief);
	is_int(outcome.exit_code, 0, "the duration ends it with 0");
	is_str(outcome.out, "summary: check=0 cancel=0 local=0 result=0 eventhandler=0 orphan=0 reload=0\n",
	       "and a summary line");
	run(&outcome, NULL, wrong);
	is_int(outcome.exit_code, 2, "a wrong option ends it with 2");
	is_str(outcome.out, "", "and nothing on stdout");
	run(&outcome, NULL, refused);
	is_int(outcome.exit_code, 1, "a module that cannot be loaded ends it with 1");
	run(&outcome, NULL, no_log);
	is_int(outcome.exit_code, 1, "so does a log that cannot be opened");
	unlink(scratch_path("log"));
}

int main(void)
{
	alarm(60);
	scratch_make();
	test_lines();
	test_ends();
	rmdir(scratch_folder);
	return tap_end();
}
