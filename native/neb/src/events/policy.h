/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What happens to an event, given what is known about the bridge (neb-module.md 6.3 and the policy of the
 * settings). Decides and counts; does not act. Pure.
 */
#ifndef MGM_POLICY_H
#define MGM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/** How long checks are held after a start while the bridge has sent no settings yet, milliseconds. */
#define MGM_POLICY_WAIT_MS 30000
/** Interval of the log line that the bridge did not come up, milliseconds. */
#define MGM_POLICY_REPEAT_MS 60000

/** Interval of the log line that the configuration cannot be used, milliseconds. */
#define MGM_POLICY_FAULT_MS 600000

/** What is known about the bridge. */
enum mgm_phase {
	MGM_PHASE_WAITING, /* no settings since this start, not long ago */
	MGM_PHASE_MISSING, /* the same, for too long */
	MGM_PHASE_FAULT,   /* it reported that the configuration cannot be used */
	MGM_PHASE_AWAY,    /* settings known, but not reachable or not ready */
	MGM_PHASE_READY
};

enum mgm_decision {
	MGM_PASS, /* NEB_OK: the core runs it */
	MGM_HOLD, /* not run now, the core tries again */
	MGM_SEND, /* hand it to the bridge */
	MGM_KEEP  /* take it over, send it when the bridge is back */
};

/** Events by decision since the last report. */
struct mgm_policy_counts {
	uint64_t checks_held;
	uint64_t checks_local;
	uint64_t handlers_local;
	uint64_t handlers_kept;
	uint64_t notifications_local;
	uint64_t notifications_kept;
};

struct mgm_policy {
	int64_t started_ms;
	int64_t reported_ms; /* last "did not come up" line; 0: none */
	int64_t away_since_ms;
	bool settings_known; /* since this start */
	bool fault;
	bool linked; /* connection up, and settings received on it */
	bool ready;  /* last STATE on it; without one, ready */
	bool away;   /* since `away_since_ms` */
	bool away_reported;
	struct mgm_policy_counts counts;
};

void mgm_policy_start(struct mgm_policy *policy, int64_t now_ms);
enum mgm_phase mgm_policy_phase(const struct mgm_policy *policy, int64_t now_ms);

/**
 * @param local the object has no queue (unknown before the settings are: pass false)
 * @param checks_local policy of the settings
 */
enum mgm_decision mgm_policy_check(enum mgm_phase phase, bool local, bool checks_local);
/** For event handlers and notifications. `keep` is the policy of the settings. */
enum mgm_decision mgm_policy_handler(enum mgm_phase phase, bool local, bool keep);

/** Events that were not sent because of the phase are counted for the log line. */
void mgm_policy_count_check(struct mgm_policy *policy, enum mgm_phase phase, enum mgm_decision decision);
void mgm_policy_count_handler(struct mgm_policy *policy, enum mgm_phase phase, enum mgm_decision decision);
void mgm_policy_count_notification(struct mgm_policy *policy, enum mgm_phase phase, enum mgm_decision decision);

#endif
