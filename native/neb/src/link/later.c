/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "later.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

void mgm_later_init(struct mgm_later *later, const struct mgm_core *core, void (*fire)(void *arg), void *arg)
{
	memset(later, 0, sizeof(*later));
	later->core = core;
	later->fd = -1;
	later->fire = fire;
	later->arg = arg;
}

static void close_fd(struct mgm_later *later)
{
	if (later->fd < 0)
		return;
	if (*later->core->nagios_iobs != NULL)
		later->core->iobroker_unregister(*later->core->nagios_iobs, later->fd);
	close(later->fd);
	later->fd = -1;
}

static void on_turn(void *arg)
{
	struct mgm_later *later = arg;

	later->wanted = false;
	later->fire(later->arg);
}

static int on_readable(int fd, int events, void *arg)
{
	struct mgm_later *later = arg;

	(void)fd;
	(void)events;
	on_turn(later);
	/* Kept while there is more to do. */
	if (!later->wanted)
		close_fd(later);
	return 0;
}

static bool open_fd(struct mgm_later *later)
{
	void *iobs = *later->core->nagios_iobs;

	if (later->fd >= 0)
		return true;
	if (iobs == NULL)
		return false;
	later->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (later->fd < 0)
		return false;
	if (later->core->iobroker_register(iobs, later->fd, later, on_readable) == 0)
		return true;
	close(later->fd);
	later->fd = -1;
	return false;
}

bool mgm_later_request(struct mgm_later *later)
{
	if (later->wanted)
		return true;
	later->wanted = later->core->family == MGM_NAEMON ? mgm_timer_start(&later->timer, later->core, 0, on_turn, later)
	                                                  : open_fd(later);
	return later->wanted;
}

void mgm_later_stop(struct mgm_later *later)
{
	if (later->core == NULL)
		return;
	mgm_timer_stop(&later->timer);
	close_fd(later);
	later->wanted = false;
}
