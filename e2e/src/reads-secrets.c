/* What a plugin can get of another process and its files: one line `WHAT got|refused` for each, to standard output.
 * Arguments: process id, then paths. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, int got)
{
	printf("%s %s\n", what, got ? "got" : "refused");
}

static int can_read(const char *path)
{
	char byte;
	const int file = open(path, O_RDONLY);
	const int got = file >= 0 && read(file, &byte, 1) == 1;
	if (file >= 0)
		close(file);
	return got;
}

/** The first mapping of the process that can be read. */
static unsigned long address_of(const char *maps)
{
	unsigned long from = 0;
	FILE *file = fopen(maps, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%lx", &from) != 1)
		from = 0;
	fclose(file);
	return from;
}

static int can_read_memory(pid_t pid, const char *mem, unsigned long at)
{
	char bytes[4] = { 0 };
	struct iovec own = { bytes, sizeof(bytes) }, other = { (void *)(uintptr_t)at, sizeof(bytes) };
	const int file = open(mem, O_RDONLY);
	const int by_file = file >= 0 && pread(file, bytes, sizeof(bytes), (off_t)at) == (ssize_t)sizeof(bytes);
	if (file >= 0)
		close(file);
	return by_file || process_vm_readv(pid, &own, 1, &other, 1, 0) == (ssize_t)sizeof(bytes);
}

static int can_trace(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0)
		return 0;
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 1;
}

int main(int count, char **args)
{
	char path[64];
	const pid_t pid = count > 1 ? (pid_t)atoi(args[1]) : 0;
	for (int at = 2; at < count; at++)
		say(strrchr(args[at], '/') == NULL ? args[at] : strrchr(args[at], '/') + 1, can_read(args[at]));
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	const unsigned long from = address_of(path);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	say("memory", can_read_memory(pid, path, from == 0 ? 0x10000 : from));
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	say("environment", can_read(path));
	say("trace", can_trace(pid));
	say("signal", kill(pid, 0) == 0);
	return 0;
}
