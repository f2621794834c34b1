/*
 * spawn-loop COUNT PARALLEL PROGRAM: runs PROGRAM so many times, PARALLEL at once, with posix_spawn() and waitpid()
 * and nothing else: no pipes, no environment, no shell. The least that running checks can cost.
 * Prints seconds, own CPU seconds and CPU seconds of the children, separated by blanks.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static int spawn_one(char *program)
{
	char *const argv[] = { program, NULL };
	char *const envp[] = { NULL };
	pid_t pid;

	return posix_spawn(&pid, program, NULL, NULL, argv, envp);
}

static double cpu_seconds(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) != 0)
		return -1.0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/** Keep `parallel` children running until `count` have ended with exit code 0; 0, or -1 at the first failure. */
static int run(long count, long parallel, char *program)
{
	long started = 0;

	for (long ended = 0; ended < count; ended++) {
		int status;

		while (started < count && started - ended < parallel) {
			if (spawn_one(program) != 0)
				return -1;
			started++;
		}
		if (waitpid(-1, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct timespec from;
	struct timespec to;

	if (argc != 4) {
		fprintf(stderr, "usage: %s COUNT PARALLEL PROGRAM\n", argv[0]);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (run(strtol(argv[1], NULL, 10), strtol(argv[2], NULL, 10), argv[3]) != 0) {
		perror(argv[3]);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.6f %.6f %.6f\n", (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
	       cpu_seconds(RUSAGE_SELF), cpu_seconds(RUSAGE_CHILDREN));
	return 0;
}
