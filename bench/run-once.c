/*
 * run-once PROGRAM [ARGUMENT…]: runs it without output and prints what it has used from its start to its end, with its
 * children: CPU seconds and the most memory in KiB, separated by a blank. For programs of any runtime.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2 || posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) != 0)
		return 1;
	if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 2;
	printf("%.6f %ld\n",
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       usage.ru_maxrss);
	return 0;
}
