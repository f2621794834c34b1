#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#if defined(__x86_64__) || defined(__aarch64__)
#define MGM_HAS_CLONE3_CALL 1
#endif

// the child of a sanitized process has no shadow stack of its own
#define MGM_CHILD_CODE __attribute__((no_sanitize("address", "undefined", "thread"), noinline))

namespace mgm
{
namespace
{

constexpr size_t kStackBytes = 64 * 1024;
constexpr size_t kSignalSetBytes = 8;
constexpr int kSignals = 64;
/** The kernel resets signal handlers. Source: clone(2), since Linux 5.5. */
constexpr uint64_t kCloneClearSighand = 0x100000000ULL;

/** struct clone_args, first version. Source: clone(2). */
struct CloneArguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/** The kernel's struct sigaction, which differs from the C library's; all zero is the default action. */
struct KernelAction {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask[2];
};

/** Avoids the library's _exit(), in which a sanitizer would shut down for the parent as well. */
[[noreturn]] MGM_CHILD_CODE void quit()
{
	for (;;)
		syscall(SYS_exit_group, 127);
}

[[noreturn]] MGM_CHILD_CODE void fail(ChildPlan *plan, ChildStep step, int error)
{
	plan->step = step;
	plan->error = error;
	quit();
}

MGM_CHILD_CODE void reset_signals(const ChildPlan *plan, bool all)
{
	const KernelAction standard = {};
	for (int number = 1; number <= kSignals; number++) {
		bool reset = all || sigismember(plan->ignored, number) == 1;
		if (reset && number != SIGKILL && number != SIGSTOP)
			syscall(SYS_rt_sigaction, number, &standard, nullptr, kSignalSetBytes);
	}
}

MGM_CHILD_CODE void set_limit(ChildPlan *plan, RequestFlag flag, int resource, double value)
{
	if (!plan->request->has(flag))
		return;
	struct rlimit limit;
	limit.rlim_cur = static_cast<rlim_t>(value);
	// the kernel sends SIGXCPU at the soft limit, SIGKILL at the hard limit
	limit.rlim_max = limit.rlim_cur + (resource == RLIMIT_CPU ? 1 : 0);
	if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
		fail(plan, ChildStep::kLimits, errno);
}

MGM_CHILD_CODE void join_cgroup(ChildPlan *plan)
{
	int fd = open(plan->request->cgroup(), O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(plan, ChildStep::kCgroup, errno);
}

/**
 * Uses system calls, as the functions of the C library would change all threads of the parent. Ambient capabilities must
 * be cleared: they survive the change of user if securebits keep capabilities or if this process is not root.
 * Source: capabilities(7).
 */
MGM_CHILD_CODE void become_user(ChildPlan *plan)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		fail(plan, ChildStep::kUser, errno);
	const RequestHeader &header = plan->request->header();
	const std::vector<gid_t> &groups = plan->request->groups();
	if (syscall(SYS_setgroups, groups.size(), groups.data()) != 0 ||
	    syscall(SYS_setresgid, header.gid, header.gid, header.gid) != 0 ||
	    syscall(SYS_setresuid, header.uid, header.uid, header.uid) != 0)
		fail(plan, ChildStep::kUser, errno);
}

/** Like execvp(): EACCES takes precedence over ENOENT, and a file without an executable format is run by the shell. */
[[noreturn]] MGM_CHILD_CODE void execute(ChildPlan *plan)
{
	Request *request = plan->request;
	int error = ENOENT;
	for (char *const *file = request->files(); *file != nullptr; file++) {
		execve(*file, request->argv(), request->envp());
		if (errno == ENOEXEC) {
			char **shell = request->shell_argv();
			shell[1] = *file;
			execve(shell[0], shell, request->envp());
		}
		if (!request->is_searched() || (errno != EACCES && errno != ENOENT && errno != ENOTDIR))
			fail(plan, ChildStep::kStart, errno);
		if (errno == EACCES)
			error = EACCES;
	}
	fail(plan, ChildStep::kStart, error);
}

/**
 * A worker killed by SIGKILL cannot end its plugins, while the job server gives their jobs to other workers. The kernel
 * sends the signal when the thread that started the child ends, which a lane does only after killing its plugins itself.
 * A change of user and a setuid program clear the setting. Source: prctl(2).
 */
MGM_CHILD_CODE void die_with_parent(const ChildPlan *plan)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != plan->parent) // the parent ended before prctl()
		quit();
}

[[noreturn]] MGM_CHILD_CODE void run_child(ChildPlan *plan, bool handlers_are_reset)
{
	const Request *request = plan->request;
	reset_signals(plan, !handlers_are_reset);
	if (setpgid(0, 0) != 0)
		fail(plan, ChildStep::kGroup, errno);
	// system calls, because ThreadSanitizer would take the child's descriptors for the parent's
	if (syscall(SYS_dup3, plan->null_fd, 0, 0) < 0 || syscall(SYS_dup3, plan->stdout_fd, 1, 0) < 0 ||
	    syscall(SYS_dup3, plan->stderr_fd, 2, 0) < 0)
		fail(plan, ChildStep::kStart, errno);
	if (request->has(kJoinCgroup))
		join_cgroup(plan);
	set_limit(plan, kLimitCpu, RLIMIT_CPU, request->header().cpu_seconds);
	set_limit(plan, kLimitMemory, RLIMIT_AS, request->header().memory_bytes);
	set_limit(plan, kLimitFiles, RLIMIT_NOFILE, request->header().open_files);
	if (request->has(kRunAs))
		become_user(plan);
	die_with_parent(plan);
	// closes descriptors opened elsewhere in this process without close-on-exec; kernels before 5.9 leave them open
	syscall(SYS_close_range, 3, ~0U, 0);
	const unsigned long none = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kSignalSetBytes);
	execute(plan);
}

MGM_CHILD_CODE int child_of_clone(void *plan)
{
	run_child(static_cast<ChildPlan *>(plan), false);
}

#ifdef MGM_HAS_CLONE3_CALL
extern "C" MGM_CHILD_CODE __attribute__((used)) void mgm_child_of_clone3(ChildPlan *plan)
{
	run_child(plan, true);
}

/** The child returns from the system call on its own stack, so nothing on the caller's stack may be used after it. */
long call_clone3(CloneArguments *arguments, ChildPlan *plan)
{
#if defined(__x86_64__)
	long result = SYS_clone3;
	register long size __asm__("rsi") = sizeof(*arguments);
	register void (*entry)(ChildPlan *) __asm__("r8") = mgm_child_of_clone3;
	__asm__ volatile("movq %[plan], %%r9\n\t"
	                 "syscall\n\t"
	                 "testq %%rax, %%rax\n\t"
	                 "jnz 1f\n\t"
	                 "xorl %%ebp, %%ebp\n\t"
	                 "movq %%r9, %%rdi\n\t"
	                 "callq *%%r8\n\t"
	                 "hlt\n"
	                 "1:"
	                 : "+a"(result)
	                 : "D"(arguments), "r"(size), "r"(entry), [plan] "r"(plan)
	                 : "rcx", "r11", "r9", "memory", "cc");
	return result;
#else
	register long number __asm__("x8") = SYS_clone3;
	register long result __asm__("x0") = reinterpret_cast<long>(arguments);
	register long size __asm__("x1") = sizeof(*arguments);
	register void (*entry)(ChildPlan *) __asm__("x9") = mgm_child_of_clone3;
	register ChildPlan *given __asm__("x10") = plan;
	__asm__ volatile("svc #0\n\t"
	                 "cbnz x0, 1f\n\t"
	                 "mov x29, xzr\n\t"
	                 "mov x0, x10\n\t"
	                 "blr x9\n\t"
	                 "brk #1\n"
	                 "1:"
	                 : "+r"(result)
	                 : "r"(size), "r"(number), "r"(entry), "r"(given)
	                 : "memory", "cc");
	return result;
#endif
}
#endif

} // namespace

ChildStarter::ChildStarter() : process_(getpid())
{
	void *stack = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		throw std::bad_alloc();
	stack_ = static_cast<char *>(stack);
}

ChildStarter::~ChildStarter()
{
	munmap(stack_, kStackBytes);
}

pid_t ChildStarter::start(ChildPlan &plan)
{
	constexpr int kShared = CLONE_VM | CLONE_VFORK;
	plan.parent = process_;
#ifdef MGM_HAS_CLONE3_CALL
	if (has_clone3_) {
		CloneArguments arguments = {};
		arguments.flags = kShared | kCloneClearSighand;
		arguments.exit_signal = SIGCHLD;
		arguments.stack = reinterpret_cast<uint64_t>(stack_);
		arguments.stack_size = kStackBytes;
		long result = call_clone3(&arguments, &plan);
		if (result > 0)
			return static_cast<pid_t>(result);
		errno = static_cast<int>(-result);
		// an old kernel, or a sandbox that does not allow the call
		if (errno != ENOSYS && errno != EINVAL && errno != EPERM)
			return -1;
		has_clone3_ = false;
	}
#endif
	return clone(child_of_clone, stack_ + kStackBytes, kShared | SIGCHLD, &plan);
}

} // namespace mgm
