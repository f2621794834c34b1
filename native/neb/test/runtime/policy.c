/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The decision table of neb-module.md 6.3 and the phases that lead to it. */
#include "events/policy.h"

#include <string.h>

#include "tap.h"

static const char *const phases[] = { "waiting", "missing", "fault", "away", "ready" };

/* By phase: an object with a queue under hold and under local, an object without a queue. */
static const struct {
	enum mgm_decision hold, local, no_queue;
} checks[] = {
	{ MGM_HOLD, MGM_HOLD, MGM_HOLD }, /* the queue cannot be known yet */
	{ MGM_PASS, MGM_PASS, MGM_PASS }, { MGM_PASS, MGM_PASS, MGM_PASS },
	{ MGM_HOLD, MGM_PASS, MGM_PASS }, { MGM_SEND, MGM_SEND, MGM_PASS },
};

static const struct {
	enum mgm_decision local, keep, no_queue;
} handlers[] = {
	{ MGM_PASS, MGM_PASS, MGM_PASS }, { MGM_PASS, MGM_PASS, MGM_PASS }, { MGM_PASS, MGM_PASS, MGM_PASS },
	{ MGM_PASS, MGM_KEEP, MGM_PASS }, { MGM_SEND, MGM_SEND, MGM_PASS },
};

static void test_decisions(void)
{
	for (int p = MGM_PHASE_WAITING; p <= MGM_PHASE_READY; p++) {
		enum mgm_phase phase = (enum mgm_phase)p;

		CHECK(mgm_policy_check(phase, false, false) == checks[p].hold, "%s: check, hold", phases[p]);
		CHECK(mgm_policy_check(phase, false, true) == checks[p].local, "%s: check, local", phases[p]);
		CHECK(mgm_policy_check(phase, true, false) == checks[p].no_queue, "%s: check without queue", phases[p]);
		CHECK(mgm_policy_handler(phase, false, false) == handlers[p].local, "%s: handler, local", phases[p]);
		CHECK(mgm_policy_handler(phase, false, true) == handlers[p].keep, "%s: handler, keep", phases[p]);
		CHECK(mgm_policy_handler(phase, true, true) == handlers[p].no_queue, "%s: handler without queue", phases[p]);
	}
}

static void test_phases(void)
{
	struct mgm_policy p;

	mgm_policy_start(&p, 1000);
	CHECK(mgm_policy_phase(&p, 1000) == MGM_PHASE_WAITING, "waiting at first");
	CHECK(mgm_policy_phase(&p, 30999) == MGM_PHASE_WAITING, "waiting for 30 s");
	CHECK(mgm_policy_phase(&p, 31000) == MGM_PHASE_MISSING, "missing after 30 s");
	p.fault = true;
	CHECK(mgm_policy_phase(&p, 1000) == MGM_PHASE_FAULT, "fault before any settings");
	p.fault = false;
	p.settings_known = true;
	CHECK(mgm_policy_phase(&p, 99000) == MGM_PHASE_AWAY, "settings known, not linked");
	p.linked = true;
	CHECK(mgm_policy_phase(&p, 99000) == MGM_PHASE_READY, "linked: ready without a STATE");
	p.ready = false;
	CHECK(mgm_policy_phase(&p, 99000) == MGM_PHASE_AWAY, "STATE 0");
	p.ready = true;
	p.fault = true;
	CHECK(mgm_policy_phase(&p, 99000) == MGM_PHASE_FAULT, "fault later");
}

static void test_counts(void)
{
	struct mgm_policy p;

	mgm_policy_start(&p, 0);
	mgm_policy_count_check(&p, MGM_PHASE_AWAY, MGM_HOLD);
	mgm_policy_count_check(&p, MGM_PHASE_MISSING, MGM_PASS);
	mgm_policy_count_check(&p, MGM_PHASE_READY, MGM_PASS);
	mgm_policy_count_handler(&p, MGM_PHASE_AWAY, MGM_KEEP);
	mgm_policy_count_handler(&p, MGM_PHASE_AWAY, MGM_PASS);
	mgm_policy_count_handler(&p, MGM_PHASE_READY, MGM_PASS);
	CHECK(p.counts.checks_held == 1, "held checks are counted");
	CHECK(p.counts.checks_local == 1, "local ones only while away");
	CHECK(p.counts.handlers_kept == 1 && p.counts.handlers_local == 1, "event handlers likewise");
}

int main(void)
{
	test_decisions();
	test_phases();
	test_counts();
	return tap_done();
}
