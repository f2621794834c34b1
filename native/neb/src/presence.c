/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "presence.h"

#include <string.h>

#include "session.h"

static void report_back(struct mgm_module *m, int64_t now)
{
	const struct mgm_policy_counts *counts = &m->policy.counts;
	int64_t since = m->policy.away_reported ? m->policy.away_since_ms : m->policy.started_ms;

	mgm_log_info(&m->log,
	             "the bridge is back after %lld s: %llu checks were held, %llu ran locally; "
	             "%llu event handlers ran locally, %llu were kept for it",
	             (long long)((now - since) / 1000), (unsigned long long)counts->checks_held,
	             (unsigned long long)counts->checks_local, (unsigned long long)counts->handlers_local,
	             (unsigned long long)counts->handlers_kept);
}

void mgm_presence_update(struct mgm_module *m, const char *why)
{
	struct mgm_policy *policy = &m->policy;
	int64_t now = mgm_steady_ms(m->clock);
	enum mgm_phase phase = mgm_policy_phase(policy, now);

	if (phase == MGM_PHASE_AWAY && !policy->away_reported && m->looping) {
		memset(&policy->counts, 0, sizeof(policy->counts));
		policy->away_reported = true;
		policy->away_since_ms = now;
		mgm_log_error(&m->log, "the bridge is away (%s): checks are %s and event handlers are %s until it is back",
		              why, m->settings.checks_local_when_away ? "run locally" : "held",
		              m->settings.eventhandlers_kept_when_away ? "kept for it" : "run locally");
	} else if (phase == MGM_PHASE_READY && (policy->away_reported || policy->reported_ms != 0)) {
		report_back(m, now);
		policy->away_reported = false;
		policy->reported_ms = 0;
		memset(&policy->counts, 0, sizeof(policy->counts));
	}
}

void mgm_presence_tick(struct mgm_module *m)
{
	struct mgm_policy *policy = &m->policy;
	int64_t now = mgm_steady_ms(m->clock);

	if (mgm_policy_phase(policy, now) != MGM_PHASE_MISSING)
		return;
	if (policy->reported_ms != 0 && now - policy->reported_ms < MGM_POLICY_REPEAT_MS)
		return;
	policy->reported_ms = now;
	mgm_log_error(&m->log,
	              "the bridge did not come up in %lld s, the core runs everything itself: "
	              "%llu checks were held, %llu checks and %llu event handlers ran locally so far",
	              (long long)((now - policy->started_ms) / 1000), (unsigned long long)policy->counts.checks_held,
	              (unsigned long long)policy->counts.checks_local,
	              (unsigned long long)policy->counts.handlers_local);
}
