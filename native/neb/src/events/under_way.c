/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "under_way.h"

/* @return false without memory */
static bool name_check(struct mgm_module *m, const char *host, const char *description)
{
	struct mgm_frame *frame = &m->check_frame;

	mgm_frame_begin(frame, MGM_MSG_CHECK_UNDER_WAY);
	mgm_frame_text(frame, MGM_ID_HOST_NAME, host);
	mgm_frame_text(frame, MGM_ID_SERVICE_DESCRIPTION, description);
	return mgm_frame_end(frame) && mgm_link_queue(&m->link, frame->data, frame->size);
}

static bool name_object(struct mgm_module *m, const void *entry)
{
	const struct mgm_abi *abi = m->core.abi;
	bool service = mgm_owned_is_service(entry);
	const void *object = mgm_owned_object(entry);
	const void *host = service ? mgm_get_ptr(abi, object, MGM_F_SERVICE_HOST_PTR) : object;

	/* Names were there when the check was taken. */
	return name_check(m, mgm_get_cstr(abi, host, MGM_F_HOST_NAME),
	                  service ? mgm_get_cstr(abi, object, MGM_F_SERVICE_DESCRIPTION) : NULL);
}

void mgm_under_way_start(struct mgm_module *m)
{
	m->naming = true;
	mgm_owned_walk_start(&m->owned);
}

void mgm_under_way_go_on(struct mgm_module *m)
{
	int64_t end = mgm_steady_us(m->clock) + MGM_SLICE_US;
	bool more = true;

	/* Those that are being given back are about to leave the set. */
	if (!m->naming || !m->looping || !m->policy.linked || m->pending.returned != NULL)
		return;
	while (more && mgm_link_writable(&m->link) && mgm_steady_us(m->clock) < end) {
		const void *entry;

		more = mgm_owned_walk(&m->owned, &entry);
		if (entry != NULL && !name_object(m, entry)) {
			mgm_owned_walk_start(&m->owned); /* once more with the next tick */
			return;
		}
	}
	if (!more && name_check(m, NULL, NULL))
		m->naming = false;
	mgm_link_flush(&m->link);
	if (more && mgm_link_writable(&m->link))
		mgm_later_request(&m->later);
}
