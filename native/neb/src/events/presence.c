/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "presence.h"

#include <stdio.h>
#include <string.h>

static bool anything_happened(const struct mgm_policy_counts *counts)
{
	return counts->checks_held + counts->checks_local + counts->handlers_local + counts->handlers_kept +
	           counts->notifications_local + counts->notifications_kept >
	       0;
}

static void report_back(struct mgm_module *m, int64_t now)
{
	const struct mgm_policy_counts *counts = &m->policy.counts;
	int64_t since = m->policy.away ? m->policy.away_since_ms : m->policy.started_ms;
	char notifications[100] = "";

	if (m->settings.notifications)
		snprintf(notifications, sizeof(notifications), "; %llu notifications ran locally, %llu were kept for it",
		         (unsigned long long)counts->notifications_local, (unsigned long long)counts->notifications_kept);
	mgm_log_info(&m->log,
	             "the bridge is back after %lld s: %llu checks were held, %llu ran locally; "
	             "%llu event handlers ran locally, %llu were kept for it%s",
	             (long long)((now - since) / 1000), (unsigned long long)counts->checks_held,
	             (unsigned long long)counts->checks_local, (unsigned long long)counts->handlers_local,
	             (unsigned long long)counts->handlers_kept, notifications);
}

void mgm_presence_update(struct mgm_module *m, const char *why)
{
	struct mgm_policy *policy = &m->policy;
	int64_t now = mgm_steady_ms(m->clock);
	enum mgm_phase phase = mgm_policy_phase(policy, now);

	if (phase == MGM_PHASE_AWAY && !policy->away && m->looping) {
		memset(&policy->counts, 0, sizeof(policy->counts));
		policy->away = true;
		policy->away_reported = false;
		policy->away_since_ms = now;
		snprintf(m->away_why, sizeof(m->away_why), "%s", why);
	} else if (phase == MGM_PHASE_READY) {
		if (policy->away_reported || policy->reported_ms != 0 || (policy->away && anything_happened(&policy->counts)))
			report_back(m, now);
		policy->away = false;
		policy->away_reported = false;
		policy->reported_ms = 0;
		memset(&policy->counts, 0, sizeof(policy->counts));
	}
}

static void log_away(struct mgm_module *m)
{
	const char *checks = m->settings.checks_local_when_away ? "run locally" : "held";
	const char *handlers = m->settings.eventhandlers_kept_when_away ? "kept for it" : "run locally";

	m->policy.away_reported = true;
	if (m->settings.notifications)
		mgm_log_error(&m->log,
		              "the bridge is away (%s): checks are %s, event handlers are %s and notifications are %s "
		              "until it is back",
		              m->away_why, checks, handlers,
		              m->settings.notifications_kept_when_away ? "kept for it" : "run locally");
	else
		mgm_log_error(&m->log, "the bridge is away (%s): checks are %s and event handlers are %s until it is back",
		              m->away_why, checks, handlers);
}

static void log_missing(struct mgm_module *m, int64_t now)
{
	const struct mgm_policy_counts *counts = &m->policy.counts;

	m->policy.reported_ms = now;
	mgm_log_error(&m->log,
	              "the bridge did not come up in %lld s, the core runs everything itself: "
	              "%llu checks were held, %llu checks and %llu event handlers ran locally so far",
	              (long long)((now - m->policy.started_ms) / 1000), (unsigned long long)counts->checks_held,
	              (unsigned long long)counts->checks_local, (unsigned long long)counts->handlers_local);
}

void mgm_presence_log_fault(struct mgm_module *m)
{
	m->fault_ms = mgm_steady_ms(m->clock);
	mgm_log_error(&m->log, "%s; the core runs everything itself until this is corrected", m->fault_text);
}

/* Records are dropped in masses: one line a minute. */
static void log_dropped(struct mgm_module *m, int64_t now)
{
	uint64_t dropped = m->records.dropped - m->records_reported;

	if (dropped == 0 || (m->records_reported_ms != 0 && now - m->records_reported_ms < MGM_POLICY_REPEAT_MS))
		return;
	m->records_reported = m->records.dropped;
	m->records_reported_ms = now;
	mgm_log_error(
		&m->log,
		"%llu records of performance data and exports were dropped, the oldest first: the bridge does not take them",
		(unsigned long long)dropped);
}

/* For the metrics of the bridge. */
static void report_dropped(struct mgm_module *m)
{
	uint64_t dropped = m->records.dropped - m->records_sent_dropped;
	struct mgm_frame frame = { 0 };

	if (dropped == 0 || !m->policy.linked)
		return;
	mgm_frame_begin(&frame, MGM_MSG_RECORDS_DROPPED);
	mgm_frame_i64(&frame, MGM_ID_RECORDS, (int64_t)dropped);
	if (mgm_frame_end(&frame)) {
		mgm_link_send(&m->link, frame.data, frame.size);
		m->records_sent_dropped += dropped;
	}
	mgm_frame_free(&frame);
}

void mgm_presence_tick(struct mgm_module *m)
{
	const struct mgm_policy *policy = &m->policy;
	int64_t now = mgm_steady_ms(m->clock);
	enum mgm_phase phase = mgm_policy_phase(policy, now);

	log_dropped(m, now);
	report_dropped(m);
	if (phase == MGM_PHASE_FAULT && now - m->fault_ms >= MGM_POLICY_FAULT_MS)
		mgm_presence_log_fault(m);
	if (phase == MGM_PHASE_AWAY && policy->away && !policy->away_reported)
		log_away(m);
	else if (phase == MGM_PHASE_MISSING &&
	         (policy->reported_ms == 0 || now - policy->reported_ms >= MGM_POLICY_REPEAT_MS))
		log_missing(m, now);
}
