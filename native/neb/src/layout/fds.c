/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fds.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Without close_range() and with an unlimited number of descriptors. */
#define MANY_FDS 65536u

void mgm_fds_close(unsigned int first, unsigned int last)
{
	struct rlimit limit;
	unsigned int end = MANY_FDS;

	if (first > last)
		return;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < end)
		end = (unsigned int)limit.rlim_cur;
	for (; first < end && first <= last; first++)
		close((int)first);
}

void mgm_fds_close_others(int one, int two)
{
	unsigned int low = (unsigned int)(one < two ? one : two);
	unsigned int high = (unsigned int)(one < two ? two : one);

	if (low > 0)
		mgm_fds_close(0, low - 1);
	mgm_fds_close(low + 1, high - 1);
	mgm_fds_close(high + 1, ~0u);
}
