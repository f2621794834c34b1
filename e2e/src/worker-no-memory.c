/*
 * Runs a program for which no process can be started while a file exists: clone(), clone3(), fork() and vfork() then fail
 * with ENOMEM for every caller, except those that make threads.
 *
 *   worker-no-memory FILE PROGRAM [ARGUMENT...]
 *
 * The program is this process; a child of it decides on its system calls (seccomp_unotify(2)) and ends with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/** Notices of all calls that make a process; clone() for a thread is recognised by its flags here. */
static int install_filter(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 5, 0),
#ifdef SYS_fork
		                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fork, 4, 0),
		                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_vfork, 3, 0),
#else
		                          BPF_STMT(BPF_MISC | BPF_TAX, 0),
		                          BPF_STMT(BPF_MISC | BPF_TXA, 0),
#endif
		                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		                          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		                          BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("PR_SET_NO_NEW_PRIVS");
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

union control {
	struct cmsghdr header;
	char control[CMSG_SPACE(sizeof(int))];
};

static void send_descriptor(int socket, int fd)
{
	union control control = { 0 };
	char byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		die("sendmsg");
}

static int receive_descriptor(int socket)
{
	union control control = { 0 };
	char byte;
	int fd;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	if (recvmsg(socket, &message, 0) != 1)
		exit(125); // the other one has said why
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/** clone3() keeps its flags in memory. */
static int is_thread(const struct seccomp_notif *notice)
{
	char path[64];
	uint64_t flags = 0;
	if (notice->data.nr != SYS_clone3)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/mem", notice->pid);
	int memory = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = memory < 0 ? -1 : pread(memory, &flags, sizeof(flags), (off_t)notice->data.args[0]);
	close(memory);
	return got == (ssize_t)sizeof(flags) && (flags & CLONE_THREAD) != 0;
}

static void decide(int listener, const char *file)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	while (poll(&ready, 1, -1) >= 0 && (ready.revents & POLLIN) != 0) {
		struct seccomp_notif notice = { 0 };
		struct seccomp_notif_resp answer = { 0 };
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0)
			continue; // the caller was killed meanwhile
		answer.id = notice.id;
		if (access(file, F_OK) == 0 && !is_thread(&notice))
			answer.error = -ENOMEM;
		else
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int main(int argc, char **argv)
{
	int sockets[2];
	if (argc < 3)
		return 125;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
		die("socketpair");
	pid_t judge = fork();
	if (judge < 0)
		die("fork");
	if (judge == 0) {
		close(sockets[1]);
		decide(receive_descriptor(sockets[0]), argv[1]);
		_exit(0);
	}
	int listener = install_filter();
	if (listener < 0)
		die("seccomp");
	send_descriptor(sockets[1], listener);
	close(listener);
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
