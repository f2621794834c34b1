/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <string.h>

void mgm_policy_start(struct mgm_policy *policy, int64_t now_ms)
{
	memset(policy, 0, sizeof(*policy));
	policy->started_ms = now_ms;
	policy->ready = true;
}

enum mgm_phase mgm_policy_phase(const struct mgm_policy *policy, int64_t now_ms)
{
	if (policy->fault)
		return MGM_PHASE_FAULT;
	if (!policy->settings_known)
		return now_ms - policy->started_ms < MGM_POLICY_WAIT_MS ? MGM_PHASE_WAITING : MGM_PHASE_MISSING;
	return policy->linked && policy->ready ? MGM_PHASE_READY : MGM_PHASE_AWAY;
}

enum mgm_decision mgm_policy_check(enum mgm_phase phase, bool local, bool checks_local)
{
	switch (phase) {
	case MGM_PHASE_WAITING: return MGM_HOLD;
	case MGM_PHASE_AWAY: return local || checks_local ? MGM_PASS : MGM_HOLD;
	case MGM_PHASE_READY: return local ? MGM_PASS : MGM_SEND;
	default: return MGM_PASS;
	}
}

enum mgm_decision mgm_policy_handler(enum mgm_phase phase, bool local, bool keep)
{
	if (local)
		return MGM_PASS;
	if (phase == MGM_PHASE_READY)
		return MGM_SEND;
	return phase == MGM_PHASE_AWAY && keep ? MGM_KEEP : MGM_PASS;
}

void mgm_policy_count_check(struct mgm_policy *policy, enum mgm_phase phase, enum mgm_decision decision)
{
	if (decision == MGM_HOLD)
		policy->counts.checks_held++;
	else if (decision == MGM_PASS && phase != MGM_PHASE_READY)
		policy->counts.checks_local++;
}

static void count(enum mgm_phase phase, enum mgm_decision decision, uint64_t *kept, uint64_t *local)
{
	if (decision == MGM_KEEP)
		(*kept)++;
	else if (decision == MGM_PASS && phase != MGM_PHASE_READY)
		(*local)++;
}

void mgm_policy_count_handler(struct mgm_policy *policy, enum mgm_phase phase, enum mgm_decision decision)
{
	count(phase, decision, &policy->counts.handlers_kept, &policy->counts.handlers_local);
}

void mgm_policy_count_notification(struct mgm_policy *policy, enum mgm_phase phase, enum mgm_decision decision)
{
	count(phase, decision, &policy->counts.notifications_kept, &policy->counts.notifications_local);
}
