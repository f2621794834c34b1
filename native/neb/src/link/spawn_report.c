/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawn_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout/file_info.h"
#include "kept.h"
#include "spawn_child.h"

#define KEPT_NAME "mod_gearman.bridge.pipes"
/* A shell's way to say 128 + signal; no program of ours has exit codes of its own there. */
#define SIGNALLED 128
#define HIGHEST_SIGNAL 64

static void on_failure(struct mgm_spawn *spawn, const char *what, int error)
{
	spawn->watcher = 0;
	mgm_log_error(spawn->log, "the bridge cannot be started: %s: %s", what, strerror(error));
}

static void on_report(void *arg, const char *line)
{
	struct mgm_spawn *spawn = arg;
	int number = atoi(line + 1);

	switch (line[0]) {
	case MGM_SPAWN_PID: spawn->watcher = number; return;
	case MGM_SPAWN_CLONE: on_failure(spawn, "no process", number); return;
	case MGM_SPAWN_FDS: on_failure(spawn, "no descriptors", number); return;
	case MGM_SPAWN_EXEC: on_failure(spawn, spawn->command, number); return;
	case MGM_SPAWN_STATUS: spawn->status = number; return;
	default: return;
	}
}

static void on_error_line(void *arg, const char *line)
{
	struct mgm_spawn *spawn = arg;

	mgm_log_output(spawn->log, line);
}

static void log_end(struct mgm_spawn *spawn)
{
	int status = spawn->status;

	mgm_lines_finish(&spawn->errors, on_error_line, spawn);
	mgm_lines_close(&spawn->report);
	spawn->status = -1;
	spawn->watcher = 0;
	if (status == 0)
		mgm_log_info(spawn->log, "the bridge has ended");
	else if (status > SIGNALLED && status <= SIGNALLED + HIGHEST_SIGNAL)
		mgm_log_error(spawn->log, "the bridge was ended by signal %d (%s)", status - SIGNALLED,
		              strsignal(status - SIGNALLED));
	else
		mgm_log_error(spawn->log, "the bridge ended with exit code %d", status);
}

static void listen_to(struct mgm_spawn *spawn)
{
	/* First the report: what the bridge wrote before its end is in the other pipe by then. */
	mgm_lines_read(&spawn->report, on_report, spawn);
	if (mgm_lines_read(&spawn->errors, on_error_line, spawn) != MGM_LINES_MORE && spawn->status >= 0)
		log_end(spawn);
}

void mgm_spawn_tick(struct mgm_spawn *spawn)
{
	/* Nagios waits for any child now and then and may have been faster: ECHILD is fine. */
	if (spawn->middle > 0 && waitpid(spawn->middle, NULL, WNOHANG) != 0)
		spawn->middle = 0;
	listen_to(spawn);
}

/* A number alone could have become that of something else meanwhile. */
static unsigned long pipe_inode(int fd)
{
	struct stat info;

	return fd >= 0 && mgm_fd_info(fd, &info) && S_ISFIFO(info.st_mode) ? (unsigned long)info.st_ino : 0;
}

void mgm_spawn_keep(struct mgm_spawn *spawn)
{
	char text[160];

	mgm_spawn_tick(spawn);
	if (spawn->report.fd < 0 || spawn->errors.fd < 0)
		return;
	snprintf(text, sizeof(text), "%ld %d %lu %d %lu", (long)spawn->core_pid, spawn->report.fd,
	         pipe_inode(spawn->report.fd), spawn->errors.fd, pipe_inode(spawn->errors.fd));
	if (mgm_keep(KEPT_NAME, text) == NULL)
		return;
	spawn->report.fd = -1;
	spawn->errors.fd = -1;
}

void mgm_spawn_adopt(struct mgm_spawn *spawn)
{
	const char *text = mgm_kept(KEPT_NAME);
	unsigned long report_inode, errors_inode;
	int report, errors;
	long pid;

	if (text == NULL || sscanf(text, "%ld %d %lu %d %lu", &pid, &report, &report_inode, &errors, &errors_inode) != 5 ||
	    pid != spawn->core_pid || report_inode == 0 || pipe_inode(report) != report_inode || errors_inode == 0 ||
	    pipe_inode(errors) != errors_inode)
		return;
	mgm_lines_open(&spawn->report, report);
	mgm_lines_open(&spawn->errors, errors);
	mgm_keep(KEPT_NAME, "taken");
}
