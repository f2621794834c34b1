/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Log lines and timed events on both families. */
#include <string.h>

#include "fake_core.h"
#include "link/log.h"
#include "tap.h"
#include "link/timer.h"

static void test_log(enum mgm_family family, const char *name)
{
	struct mgm_log log;

	fake_start(family);
	mgm_log_init(&log, &fake.core, &fake_clock);
	mgm_log_info(&log, "one %d", 1);
	mgm_log_error(&log, "two\n\tthree\x7f");
	CHECK(strcmp(fake.log, "mod_gearman: one 1\nmod_gearman: ERROR - two  three \n") == 0, "%s: prefix, one line each",
	      name);
	mgm_log_output(&log, "\xc3\x9b \xe2\x82\xac \xe4\x9b[1m \xc2\x9b[1m \x9b \xfc");
	CHECK(fake_logged("mod_gearman: bridge: \xc3\x9b \xe2\x82\xac \xe4 [1m   [1m   \xfc\n") == 1,
	      "%s: no terminal obeys a line; other bytes stay", name);
	mgm_log_bridge(&log, 0, "bad\r\n");
	mgm_log_bridge(&log, 1, "100%s");
	CHECK(fake_logged("mod_gearman: ERROR - bad  \n") == 1 && fake_logged("mod_gearman: 100%s\n") == 1,
	      "%s: lines of the bridge", name);
	for (int i = 0; i < 100; i++)
		mgm_log_info(&log, "many");
	CHECK(fake_logged("many") == 58 && log.dropped_total == 42, "%s: limited and counted", name);
	mgm_log_bridge(&log, 2, "still");
	CHECK(fake_logged("still") == 1, "%s: the bridge has a budget of its own", name);
	for (int i = 0; i < 500; i++) {
		mgm_log_bridge(&log, 2, "a job");
		mgm_log_debug(&log, "passing by");
	}
	mgm_log_bridge(&log, 0, "worse");
	CHECK(fake_logged("worse") == 1 && fake_logged("a job") == 500 && fake_logged("passing by") == 500,
	      "%s: lines of debugging take no place of an error", name);
	fake_time(60);
	mgm_log_info(&log, "later");
	CHECK(fake_logged("mod_gearman: 42 more lines were not logged\nmod_gearman: later\n") == 1,
	      "%s: their number is logged in the next minute", name);
	fake_time(60);
	for (int i = 0; i < 100; i++)
		mgm_log_event(&log, i % 2 == 0, "a check");
	mgm_log_error(&log, "the reason");
	CHECK(fake_logged("mod_gearman: ERROR - a check\n") == 30 && fake_logged("mod_gearman: a check\n") == 30 &&
	          fake_logged("mod_gearman: ERROR - the reason\n") == 1,
	      "%s: lines about single events take no place of others", name);
	fake_stop();
}

static int fired;

static void fire(void *arg)
{
	fired += *(int *)arg;
}

static void test_timer(enum mgm_family family, const char *name)
{
	struct mgm_timer timer = { 0 };
	int one = 1;

	fake_start(family);
	fired = 0;
	CHECK(mgm_timer_start(&timer, &fake.core, 2, fire, &one) && fake.timer_count == 1, "%s: armed", name);
	fake_time(1);
	CHECK(fired == 0, "%s: not early", name);
	fake_time(1);
	CHECK(fired == 1 && fake.timer_count == 1 && timer.event != NULL, "%s: fires and stays armed", name);
	fake_time(2);
	CHECK(fired == 2, "%s: again", name);
	mgm_timer_stop(&timer);
	CHECK(fake.timer_count == 0 && timer.event == NULL && fired == 2, "%s: stopped without firing", name);
	mgm_timer_stop(&timer);
	fake_time(10);
	CHECK(fired == 2, "%s: stopping twice is fine", name);
	fake_stop();
}

static void test_once(void)
{
	struct mgm_timer timer = { 0 };
	int one = 1;

	fake_start(MGM_NAEMON);
	fired = 0;
	mgm_timer_start(&timer, &fake.core, 0, fire, &one);
	fake_time(0);
	CHECK(fired == 1 && fake.timer_count == 0 && timer.event == NULL, "Naemon: zero seconds fire once");
	fake_stop();
	fake_start(MGM_NAGIOS);
	CHECK(!mgm_timer_start(&timer, &fake.core, 0, fire, &one), "Nagios: no zero second timer");
	*fake.core.nagios_squeue = NULL;
	CHECK(!mgm_timer_start(&timer, &fake.core, 1, fire, &one), "Nagios: no timer before there is a queue");
	fake_stop();
}

int main(void)
{
	test_log(MGM_NAEMON, "Naemon");
	test_log(MGM_NAGIOS, "Nagios");
	test_timer(MGM_NAEMON, "Naemon");
	test_timer(MGM_NAGIOS, "Nagios");
	test_once();
	return tap_done();
}
