/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * LD_PRELOAD of a Naemon: how long the broker module's callbacks take, without the functions of the core that they call.
 *
 *   cc -O2 -fPIC -shared -o callback-times.so callback-times.c -ldl
 *   CALLBACK_TIMES=FILE LD_PRELOAD=./callback-times.so naemon naemon.cfg
 *
 * FILE gets a line of JSON every ten seconds: for each kind of callback the calls, their time, the longest one by the clock and
 * by processor time, which leaves out that other processes ran, how many took a millisecond or more by either, and how many
 * page faults and how much of sendmsg() were in those. "control" is a loop that does nothing, as long as the event before it,
 * after every eighth event: what it shows, the machine does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MODULE "mod_gearman.so"
#define DEPTH 16
#define HANDLERS 8
#define EVENTS 64
#define MILLISECOND 1000000
#define EVERY_S 10
#define CONTROL_EVERY 8

struct times {
	uint64_t calls, wall_ns, wall_max, cpu_max, wall_long, cpu_long;
	uint64_t faults, send_ns; /* in those of cpu_long: of pages; processor time of sending */
};

struct frame {
	int64_t wall, cpu, send, resumed_wall, resumed_cpu;
	long faults, resumed_faults;
};

static struct frame stack[DEPTH];
static int depth;
static bool in_core; /* the top of the stack is in a function of the core */
static pid_t core_pid;
static uintptr_t low, high; /* of the module */
static int64_t written_at;

enum { TIMER = EVENTS, INPUT, CONTROL, KINDS };
static const char *const names[] = { "timer", "input", "control" };
static struct times kinds[KINDS];
static uint64_t results; /* process_check_result() called by the module */

static int64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static long page_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static void pause_frame(void)
{
	struct frame *top = &stack[depth - 1];

	top->faults += page_faults() - top->resumed_faults;
	top->cpu += clock_ns(CLOCK_THREAD_CPUTIME_ID) - top->resumed_cpu;
	top->wall += clock_ns(CLOCK_MONOTONIC) - top->resumed_wall;
}

static void resume_frame(void)
{
	struct frame *top = &stack[depth - 1];

	top->resumed_faults = page_faults();
	top->resumed_wall = clock_ns(CLOCK_MONOTONIC);
	top->resumed_cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void enter(void)
{
	if (depth == DEPTH)
		abort();
	memset(&stack[depth++], 0, sizeof(stack[0]));
	in_core = false;
	resume_frame();
}

static void write_times(int64_t now)
{
	const char *path = getenv("CALLBACK_TIMES");
	FILE *file = path != NULL ? fopen(path, "a") : NULL;

	written_at = now;
	if (file == NULL)
		return;
	fprintf(file, "{\"t\":%lld,\"results\":%llu,\"kinds\":{", (long long)time(NULL), (unsigned long long)results);
	for (int kind = 0, first = 1; kind < KINDS; kind++) {
		const struct times *t = &kinds[kind];

		if (t->calls == 0)
			continue;
		fprintf(file, "%s\"%s%d\":{\"calls\":%llu,\"wallNs\":%llu,\"wallMaxNs\":%llu,\"cpuMaxNs\":%llu,",
		        first ? "" : ",", kind < TIMER ? "event" : names[kind - TIMER], kind, (unsigned long long)t->calls,
		        (unsigned long long)t->wall_ns, (unsigned long long)t->wall_max, (unsigned long long)t->cpu_max);
		fprintf(file, "\"wallLong\":%llu,\"cpuLong\":%llu,\"faults\":%llu,\"sendNs\":%llu}",
		        (unsigned long long)t->wall_long, (unsigned long long)t->cpu_long, (unsigned long long)t->faults,
		        (unsigned long long)t->send_ns);
		first = 0;
	}
	fprintf(file, "}}\n");
	fclose(file);
}

static struct frame leave(int kind, bool was_in_core)
{
	struct times *t = &kinds[kind];
	const struct frame *top = &stack[depth - 1];

	pause_frame();
	depth--;
	in_core = was_in_core;
	t->calls++;
	t->wall_ns += (uint64_t)top->wall;
	t->wall_max = (uint64_t)top->wall > t->wall_max ? (uint64_t)top->wall : t->wall_max;
	t->cpu_max = (uint64_t)top->cpu > t->cpu_max ? (uint64_t)top->cpu : t->cpu_max;
	t->wall_long += top->wall >= MILLISECOND;
	t->cpu_long += top->cpu >= MILLISECOND;
	t->faults += top->cpu >= MILLISECOND ? (uint64_t)top->faults : 0;
	t->send_ns += top->cpu >= MILLISECOND ? (uint64_t)top->send : 0;
	if (depth == 0 && top->resumed_wall - written_at > (int64_t)EVERY_S * 1000 * MILLISECOND)
		write_times(top->resumed_wall);
	return *top;
}

/* Touches no memory but this stack, calls nothing but the clock: it can take longer only if it was stopped. */
static void control(int64_t ns)
{
	int64_t until;

	enter();
	until = stack[depth - 1].resumed_wall + ns;
	while (clock_ns(CLOCK_MONOTONIC) < until)
		continue;
	leave(CONTROL, false);
}

/* ---- functions of the core: time in them is not the module's ---- */

typedef long (*six)(long, long, long, long, long, long);

static six next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);
	six function;

	if (found == NULL)
		abort();
	memcpy(&function, &found, sizeof(function));
	return function;
}

static long call_core(six function, const long *a)
{
	bool ours = depth > 0 && !in_core && getpid() == core_pid;
	long value;

	if (ours) {
		pause_frame();
		in_core = true;
	}
	value = function(a[0], a[1], a[2], a[3], a[4], a[5]);
	if (ours) {
		in_core = false;
		resume_frame();
	}
	return value;
}

#define CORE(name)                                            \
	long name(long a, long b, long c, long d, long e, long f) \
	{                                                         \
		static six function;                                  \
		const long arguments[] = { a, b, c, d, e, f };        \
                                                              \
		if (function == NULL)                                 \
			function = next(#name);                           \
		return call_core(function, arguments);                \
	}

/* The module wants all that it calls from one object. */
CORE(get_program_version)
CORE(neb_set_module_info)
CORE(init_check_result)
CORE(free_check_result)
CORE(find_host)
CORE(find_service)
CORE(find_contact)
CORE(find_command)
CORE(find_hostgroup)
CORE(find_servicegroup)
CORE(is_host_member_of_hostgroup)
CORE(is_service_member_of_servicegroup)
CORE(schedule_service_check)
CORE(schedule_host_check)
CORE(update_check_stats)
CORE(grab_host_macros_r)
CORE(grab_service_macros_r)
CORE(grab_contact_macros_r)
CORE(get_raw_command_line_r)
CORE(process_macros_r)
CORE(clear_volatile_macros_r)
CORE(iobroker_unregister)
CORE(iobroker_close)
CORE(iobroker_is_registered)
CORE(nm_log)
CORE(destroy_event)

long process_check_result(long result)
{
	static six function;
	const long arguments[6] = { result };

	if (function == NULL)
		function = next("process_check_result");
	results += depth > 0;
	return call_core(function, arguments);
}

/* Of the C library: the module's own time, of which this says what part the kernel took. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	int64_t before = depth > 0 && !in_core ? clock_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
	ssize_t sent = next("sendmsg")(fd, (long)message, flags, 0, 0, 0);

	if (depth > 0 && !in_core)
		stack[depth - 1].send += clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
	return sent;
}
/* Called by the proof of the layout only, with arguments of any kind: nothing but a jump, which x86_64 can do. */
#define PASS(name)                                                                                   \
	__attribute__((visibility("hidden"))) void *next_##name;                                         \
	__asm__(".globl " #name "\n.type " #name ", @function\n" #name ": jmp *next_" #name "(%rip)\n"); \
	__attribute__((constructor)) static void find_##name(void)                                       \
	{                                                                                                \
		next_##name = dlsym(RTLD_NEXT, #name);                                                       \
	}

PASS(add_custom_variable_to_object)
PASS(broker_contact_notification_method_data)
PASS(broker_event_handler)
PASS(broker_host_check)
PASS(broker_log_data)
PASS(broker_program_state)
PASS(broker_program_status)
PASS(broker_service_check)
PASS(fcache_host)
PASS(fcache_service)
PASS(handle_async_host_check_result)
PASS(handle_async_service_check_result)
PASS(prepend_object_to_objectlist)
PASS(squeue_create)

/* ---- what the module registers ---- */

static int find_module(struct dl_phdr_info *info, size_t size __attribute__((unused)),
                       void *arg __attribute__((unused)))
{
	if (strstr(info->dlpi_name, MODULE) == NULL)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		low = low == 0 || from < low ? from : low;
		high = from + info->dlpi_phdr[i].p_memsz > high ? from + info->dlpi_phdr[i].p_memsz : high;
	}
	return 1;
}

__attribute__((constructor)) static void remember_core(void)
{
	core_pid = getpid();
}

/* In a child that tries the layouts nothing is measured. */
static bool is_of_module(void *function)
{
	if (low == 0)
		dl_iterate_phdr(find_module, NULL);
	return getpid() == core_pid && (uintptr_t)function >= low && (uintptr_t)function < high;
}

static int (*event_handlers[EVENTS])(int, void *);

static int on_event(int type, void *data)
{
	bool was_in_core = in_core;
	struct frame last;
	int value;

	enter();
	value = event_handlers[type](type, data);
	last = leave(type, was_in_core);
	if (depth == 0 && kinds[type].calls % CONTROL_EVERY == 0 && last.wall < MILLISECOND / 2)
		control(last.wall);
	return value;
}

int neb_register_callback(int type, void *module, int priority, int (*handler)(int, void *))
{
	const long arguments[6] = { type, (long)module, priority,
		                        (long)(is_of_module((void *)handler) ? on_event : handler) };

	if (is_of_module((void *)handler))
		event_handlers[type] = handler;
	return (int)call_core(next("neb_register_callback"), arguments);
}

static void (*timers[HANDLERS])(void *);
static int (*inputs[HANDLERS])(int, int, void *);

#define TIMER_OF(n)                       \
	static void on_timer_##n(void *event) \
	{                                     \
		bool was_in_core = in_core;       \
                                          \
		enter();                          \
		timers[n](event);                 \
		leave(TIMER, was_in_core);        \
	}
#define INPUT_OF(n)                                        \
	static int on_input_##n(int fd, int events, void *arg) \
	{                                                      \
		bool was_in_core = in_core;                        \
		int value;                                         \
                                                           \
		enter();                                           \
		value = inputs[n](fd, events, arg);                \
		leave(INPUT, was_in_core);                         \
		return value;                                      \
	}
/* clang-format off */
TIMER_OF(0) TIMER_OF(1) TIMER_OF(2) TIMER_OF(3)
INPUT_OF(0) INPUT_OF(1) INPUT_OF(2) INPUT_OF(3)
	/* clang-format on */

	static void (*const timer_calls[])(void *) = { on_timer_0, on_timer_1, on_timer_2, on_timer_3 };
static int (*const input_calls[])(int, int, void *) = { on_input_0, on_input_1, on_input_2, on_input_3 };

void *schedule_event(long delay, void (*callback)(void *), void *user_data)
{
	long arguments[6] = { delay, (long)callback, (long)user_data };

	for (int i = 0; i < 4 && is_of_module((void *)callback); i++) {
		if (timers[i] != NULL && timers[i] != callback)
			continue;
		timers[i] = callback;
		arguments[1] = (long)timer_calls[i];
		break;
	}
	return (void *)call_core(next("schedule_event"), arguments);
}

static int register_input(const char *name, void *set, int fd, void *arg, int (*handler)(int, int, void *))
{
	long arguments[6] = { (long)set, fd, (long)arg, (long)handler };

	for (int i = 0; i < 4 && is_of_module((void *)handler); i++) {
		if (inputs[i] != NULL && inputs[i] != handler)
			continue;
		inputs[i] = handler;
		arguments[3] = (long)input_calls[i];
		break;
	}
	return (int)call_core(next(name), arguments);
}

int iobroker_register(void *set, int fd, void *arg, int (*handler)(int, int, void *))
{
	return register_input("iobroker_register", set, fd, arg, handler);
}

int iobroker_register_out(void *set, int fd, void *arg, int (*handler)(int, int, void *))
{
	return register_input("iobroker_register_out", set, fd, arg, handler);
}
