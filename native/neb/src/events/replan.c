/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replan.h"

int mgm_replan_forced(const struct mgm_module *m)
{
	return mgm_constant(m->core.abi, MGM_C_CHECK_OPTION_FORCE_EXECUTION, 1);
}

bool mgm_replan_has_room(const struct mgm_module *m)
{
	return m->pending.count < m->pending.max_events / 2 && m->pending.bytes < m->pending.max_bytes / 2;
}

void mgm_replan_note(struct mgm_module *m, void *object, bool is_service, int options)
{
	struct mgm_held_check check = { object, is_service, (options & mgm_replan_forced(m)) != 0 };

	mgm_held_add(&m->held, check, mgm_steady_ms(m->clock));
}

static void begin(struct mgm_module *m)
{
	int64_t away_s = (mgm_steady_ms(m->clock) - m->held.since_ms) / 1000;

	m->replan.total = m->replan.left = m->held.count;
	m->replan.planned = 0;
	m->replan.from_s = mgm_wall_us(m->clock) / 1000000 + 1;
	m->replan.window_s = away_s < 1 ? 1 : away_s < MGM_REPLAN_MAX_S ? away_s : MGM_REPLAN_MAX_S;
}

static void plan_next(struct mgm_module *m)
{
	const struct mgm_abi *abi = m->core.abi;
	struct mgm_held_check held = mgm_held_take(&m->held);
	size_t before = m->replan.total - m->replan.left--;
	int64_t when = m->replan.from_s + (int64_t)before * m->replan.window_s / (int64_t)m->replan.total;
	int64_t next = mgm_get_i64(abi, held.object, held.is_service ? MGM_F_SERVICE_NEXT_CHECK : MGM_F_HOST_NEXT_CHECK);
	int32_t planned =
		mgm_get_i32(abi, held.object, held.is_service ? MGM_F_SERVICE_CHECK_OPTIONS : MGM_F_HOST_CHECK_OPTIONS);
	int options = held.is_forced ? mgm_replan_forced(m) : 0;
	/* An old time: there is no interval, and so no event either. */
	bool soon = next > mgm_wall_us(m->clock) / 1000000 && next <= when;

	if ((soon && (planned & options) == options) ||
	    mgm_get_i32(abi, held.object, held.is_service ? MGM_F_SERVICE_IS_EXECUTING : MGM_F_HOST_IS_EXECUTING) != 0)
		return;
	mgm_core_schedule(&m->core, held.is_service, held.object, when, options);
	m->replan.planned++;
}

static void finish(struct mgm_module *m)
{
	if (m->replan.planned > 0)
		mgm_log_info(&m->log, "%zu checks that were held run within %lld s; %llu wait for their next interval",
		             m->replan.planned, (long long)m->replan.window_s, (unsigned long long)m->held.forgotten);
	if (m->held.count == 0) {
		mgm_held_free(&m->held);
		return;
	}
	/* Held meanwhile. */
	m->held.forgotten = 0;
	m->held.since_ms = mgm_steady_ms(m->clock);
}

bool mgm_replan_slice(struct mgm_module *m, bool is_ready)
{
	int64_t end;

	if (m->held.count == 0)
		return true;
	if (!is_ready || !mgm_replan_has_room(m)) {
		m->replan.left = 0;
		return true;
	}
	if (m->replan.left == 0)
		begin(m);
	end = mgm_steady_us(m->clock) + MGM_SLICE_US;
	do
		plan_next(m);
	while (m->replan.left > 0 && mgm_steady_us(m->clock) < end);
	if (m->replan.left > 0)
		return false;
	finish(m);
	return true;
}
