/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Unanswered events: numbering, answers in any order, loss of the connection, bounds. */
#include "events/pending.h"

#include <stdio.h>
#include <string.h>

#include "wire/frame.h"
#include "tap.h"

static const uint8_t frame_bytes[30];

static bool add(struct mgm_pending *p, enum mgm_event_kind kind, const char *host, const char *service)
{
	struct mgm_event_info info = { kind, 1, NULL, host, service };

	return mgm_pending_add(p, &info, frame_bytes, sizeof(frame_bytes));
}

static void send_all(struct mgm_pending *p)
{
	while (mgm_pending_next(p) != NULL)
		;
}

static void test_order(void)
{
	struct mgm_pending p;
	struct mgm_event *e;

	mgm_pending_init(&p, 10, 1000);
	add(&p, MGM_EVENT_HOST_CHECK, "a", NULL);
	add(&p, MGM_EVENT_SERVICE_CHECK, "b", "s");
	e = mgm_pending_next(&p);
	CHECK(e != NULL && e->seq == 1 && strcmp(e->host, "a") == 0 && e->service == NULL, "first in, first sent");
	CHECK(e != NULL && e->frame[21] == 1 && e->frame[14] == 0, "the number is in the frame");
	e = mgm_pending_next(&p);
	CHECK(e != NULL && e->seq == 2 && strcmp(e->service, "s") == 0, "second");
	CHECK(mgm_pending_next(&p) == NULL && p.sent == 2 && p.count == 2, "nothing left to send");
	add(&p, MGM_EVENT_HANDLER, "c", NULL);
	CHECK(p.sent == 2 && p.count == 3, "a third one waits");
	CHECK(mgm_pending_done(&p, 2) == 2 && p.count == 1 && p.sent == 0, "done up to a number");
	CHECK(mgm_pending_done(&p, 99) == 0 && p.count == 1, "an unsent one cannot be done");
	e = mgm_pending_next(&p);
	CHECK(e != NULL && e->seq == 3, "numbers go on");
	mgm_pending_free(&p);
	CHECK(p.count == 0 && p.bytes == 0 && p.next_seq == 1, "freed");
}

static void test_reject(void)
{
	struct mgm_pending p;
	struct mgm_event *e;

	mgm_pending_init(&p, 10, 1000);
	for (int i = 0; i < 4; i++)
		add(&p, MGM_EVENT_HOST_CHECK, "h", NULL);
	mgm_pending_next(&p);
	mgm_pending_next(&p);
	mgm_pending_next(&p);
	e = mgm_pending_take(&p, 2);
	CHECK(e != NULL && e->seq == 2 && p.count == 3 && p.sent == 2, "one out of the middle");
	mgm_event_free(e);
	CHECK(mgm_pending_take(&p, 2) == NULL, "only once");
	CHECK(mgm_pending_take(&p, 0) == NULL && mgm_pending_take(&p, 4) == NULL, "not one that was not sent");
	e = mgm_pending_take(&p, 3);
	CHECK(e != NULL, "the last sent one");
	mgm_event_free(e);
	e = mgm_pending_next(&p);
	CHECK(e != NULL && e->seq == 4, "the unsent one is still next");
	CHECK(mgm_pending_done(&p, 4) == 2 && p.first == NULL && p.last == NULL, "rest done");
	add(&p, MGM_EVENT_HOST_CHECK, "h", NULL);
	CHECK(mgm_pending_next(&p) != NULL, "usable after it was empty");
	mgm_pending_free(&p);
}

/* Names of the checks that come back from the next `steps` events, one after the other. */
static const char *reclaim(struct mgm_pending *p, int steps)
{
	static char names[100];
	struct mgm_event *check;

	names[0] = '\0';
	while (steps-- > 0 && mgm_pending_reclaim(p, &check)) {
		if (check != NULL)
			strcat(strcat(names, check->host), " ");
		mgm_event_free(check);
	}
	return names;
}

/* Names of the events in the order in which they are sent. */
static const char *sent_order(struct mgm_pending *p)
{
	static char names[100];
	struct mgm_event *e;

	names[0] = '\0';
	while ((e = mgm_pending_next(p)) != NULL)
		strcat(strcat(names, e->host), " ");
	return names;
}

static void add_six(struct mgm_pending *p)
{
	mgm_pending_init(p, 20, 1000);
	add(p, MGM_EVENT_HANDLER, "e1", NULL);
	add(p, MGM_EVENT_HOST_CHECK, "c1", NULL);
	add(p, MGM_EVENT_HANDLER, "e2", "s");
	add(p, MGM_EVENT_SERVICE_CHECK, "c2", "s");
	send_all(p);
	add(p, MGM_EVENT_HOST_CHECK, "c3", NULL);
	add(p, MGM_EVENT_HANDLER, "e3", NULL);
	mgm_pending_disconnect(p);
}

static void test_disconnect(void)
{
	struct mgm_pending p;

	add_six(&p);
	CHECK(p.count == 6 && p.sent == 0 && mgm_pending_next(&p) == NULL, "all of them wait, and count");
	CHECK(mgm_pending_done(&p, 99) == 0 && mgm_pending_take(&p, 1) == NULL, "none has a number");
	CHECK(strcmp(reclaim(&p, 2), "c1 ") == 0 && p.count == 5, "the checks come back, a few at a time");
	add(&p, MGM_EVENT_HANDLER, "e4", NULL);
	CHECK(mgm_pending_next(&p) == NULL, "nothing is sent before older events");
	CHECK(strcmp(reclaim(&p, 99), "c2 c3 ") == 0 && p.count == 4, "all of them, sent or not");
	CHECK(strcmp(sent_order(&p), "e1 e2 e3 e4 ") == 0 && p.sent == 4 && p.next_seq == 5,
	      "event handlers are sent again, from 1, in order");
	CHECK(mgm_pending_done(&p, 4) == 4 && p.bytes == 0, "answered");
	mgm_pending_free(&p);
}

/* The next connection is lost while events of the last one still wait, at every step. */
static void test_disconnect_twice(void)
{
	for (int steps = 0; steps <= 6; steps++) {
		struct mgm_pending p;
		char checks[100];

		add_six(&p);
		snprintf(checks, sizeof(checks), "%s", reclaim(&p, steps));
		add(&p, MGM_EVENT_HANDLER, "e4", NULL);
		add(&p, MGM_EVENT_HOST_CHECK, "c4", NULL);
		mgm_pending_disconnect(&p);
		mgm_pending_disconnect(&p);
		strcat(checks, reclaim(&p, 99));
		CHECK(strcmp(checks, "c1 c2 c3 c4 ") == 0, "after %d steps: each check comes back once: %s", steps, checks);
		CHECK(strcmp(sent_order(&p), "e1 e2 e3 e4 ") == 0 && p.count == 4, "after %d steps: the order stays", steps);
		mgm_pending_disconnect(&p);
		mgm_pending_free(&p);
		CHECK(p.count == 0 && p.returned == NULL, "after %d steps: freed in any state", steps);
	}
}

static void test_bounds(void)
{
	struct mgm_pending p;

	mgm_pending_init(&p, 3, 1000);
	CHECK(add(&p, MGM_EVENT_HANDLER, "a", NULL) && add(&p, MGM_EVENT_HANDLER, "a", NULL) &&
	          add(&p, MGM_EVENT_HANDLER, "a", NULL) && !add(&p, MGM_EVENT_HANDLER, "a", NULL),
	      "bounded by number");
	mgm_pending_free(&p);
	mgm_pending_init(&p, 100, 2 * sizeof(frame_bytes));
	CHECK(add(&p, MGM_EVENT_HANDLER, "a", NULL) && add(&p, MGM_EVENT_HANDLER, "a", NULL) &&
	          !add(&p, MGM_EVENT_HANDLER, "a", NULL),
	      "bounded by bytes");
	send_all(&p);
	mgm_pending_done(&p, 1);
	CHECK(add(&p, MGM_EVENT_HANDLER, "a", NULL), "an answer frees a slot");
	mgm_pending_free(&p);
}

int main(void)
{
	test_order();
	test_reject();
	test_disconnect();
	test_disconnect_twice();
	test_bounds();
	return tap_done();
}
