/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_results.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "results.h"

/* Calls into the core, which may call our handlers, which may add another one. @return false when none waits */
static bool give_one(struct mgm_module *m)
{
	struct mgm_own_result *result = mgm_own_queue_take(&m->own_queue);

	if (result == NULL)
		return false;
	mgm_results_give_own(m, result->host, result->service, result->output, result->return_code, result->seconds);
	free(result);
	return true;
}

/* While some wait the descriptor stays readable; checks that would add more run in turns without input only. */
static int on_readable(int fd, int events, void *arg)
{
	struct mgm_module *m = arg;
	int64_t until = mgm_steady_us(m->clock) + MGM_OWN_RESULTS_BUDGET_US;
	eventfd_t value;

	(void)events;
	for (unsigned int given = 0; given < MGM_OWN_RESULTS_AT_ONCE; given++) {
		if (!give_one(m)) {
			eventfd_read(fd, &value);
			return 0;
		}
		if (mgm_steady_us(m->clock) >= until)
			return 0;
	}
	return 0;
}

static void *iobs(const struct mgm_module *m)
{
	return m->core.nagios_iobs != NULL ? *m->core.nagios_iobs : NULL;
}

void mgm_own_results_start(struct mgm_module *m)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	m->own_fd = -1;
	if (fd >= 0 && m->core.iobroker_register(iobs(m), fd, m, on_readable) == 0) {
		m->own_fd = fd;
		return;
	}
	if (fd >= 0)
		close(fd);
	mgm_log_error(&m->log, "no descriptor for results of the module itself; orphaned checks and check_dummy get none");
}

static void stop(struct mgm_module *m)
{
	if (m->own_fd < 0)
		return;
	/* Without an iobroker the core has closed what was registered there. */
	if (iobs(m) != NULL) {
		m->core.iobroker_unregister(iobs(m), m->own_fd);
		close(m->own_fd);
	}
	m->own_fd = -1;
}

bool mgm_own_results_add(struct mgm_module *m, const char *host, const char *service, int return_code,
                         const char *output)
{
	int64_t seconds = mgm_wall_us(m->clock) / 1000000;

	if (m->own_fd < 0 || !mgm_own_queue_add(&m->own_queue, host, service, output, return_code, seconds))
		return false;
	if (m->own_queue.count == 1)
		eventfd_write(m->own_fd, 1);
	return true;
}

void mgm_own_results_end(struct mgm_module *m)
{
	while (give_one(m))
		;
	stop(m);
}

void mgm_own_results_forget(struct mgm_module *m)
{
	if (m->own_fd >= 0)
		close(m->own_fd);
	m->own_fd = -1;
}

void mgm_own_results_free(struct mgm_module *m)
{
	mgm_own_queue_free(&m->own_queue);
	stop(m);
}
