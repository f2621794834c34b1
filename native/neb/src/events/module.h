/* SPDX-License-Identifier: GPL-2.0-or-later */
/** State of one loaded shim, made by nebmodule_init() and passed around. */
#ifndef MGM_MODULE_H
#define MGM_MODULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/args.h"
#include "link/clock.h"
#include "layout/core.h"
#include "dedupe.h"
#include "link/endpoint.h"
#include "held.h"
#include "link/later.h"
#include "link/link.h"
#include "link/log.h"
#include "owned.h"
#include "pending.h"
#include "own_queue.h"
#include "policy.h"
#include "queues.h"
#include "records.h"
#include "template.h"
#include "wire/settings.h"
#include "link/pulse.h"
#include "link/spawn.h"
#include "link/timer.h"

/* Return values of a callback; NEB_OK and NEB_ERROR are the same in every core. */
#define MGM_NEB_OK 0
#define MGM_NEB_ERROR (-1)

/** Longest time, microseconds, that work which can be cut takes in one call; the rest is done at the next turns of the loop. */
#define MGM_SLICE_US 300

/** Results that the bridge may send unanswered. */
#define MGM_RESULT_WINDOW 200u

struct mgm_totals {
	uint64_t checks_sent;
	uint64_t handlers_sent;
	uint64_t notifications_sent;
	uint64_t results;
	uint64_t duplicates;
	uint64_t rejected;
	uint64_t released;
	uint64_t handlers_lost;
	uint64_t notifications_lost;
	uint64_t records_sent;
	uint64_t records_rejected;
};

/** What performance data needs; see perfdata.c. */
struct mgm_perfdata {
	struct mgm_template host;
	struct mgm_template service;
	struct mgm_frame frame; /* its memory is used again */
};

/** Held checks that are being planned again; see replan.c. */
struct mgm_replan {
	size_t total;
	size_t left;
	size_t planned;
	int64_t from_s; /* wall clock */
	int64_t window_s;
};

struct mgm_module {
	void *handle;                   /* of the core */
	pid_t pid;                      /* a forked child of the core must not act */
	bool passive;                   /* nothing hooked, the core runs everything itself */
	bool ending;                    /* after the loop, connection open for the last exports */
	bool looping;                   /* between EVENTLOOPSTART and EVENTLOOPEND */
	bool verified[MGM_EVENT_KINDS]; /* first event of each enum mgm_event_kind was looked at */
	struct mgm_core core;
	const struct mgm_clock *clock;
	struct mgm_log log;
	struct mgm_args args;
	struct mgm_settings settings;
	struct mgm_owned owned;
	struct mgm_held held;
	struct mgm_replan replan;
	struct mgm_queues queues;
	struct mgm_policy policy;
	struct mgm_pending pending;
	struct mgm_records records;
	struct mgm_perfdata perfdata;
	struct mgm_frame check_frame; /* its memory is used again */
	struct mgm_dedupe dedupe;
	struct mgm_dedupe doubtful; /* applied last before the loss of a connection, see results.h */
	struct mgm_own_queue own_queue;
	int own_fd; /* eventfd, readable while some wait in it; -1: none */
	struct mgm_link link;
	struct mgm_spawn spawn;
	struct mgm_timer tick;
	struct mgm_pulse hurry; /* see connect.h */
	pid_t bridge_pid;       /* of the last connection; 0: not known */
	unsigned int silences;  /* connections in a row that ended because nothing was heard */
	struct mgm_later later; /* goes on with work that was cut into slices */
	struct mgm_totals totals;
	uint64_t records_reported; /* dropped ones, in the last line about them */
	int64_t records_reported_ms;
	uint64_t records_sent_dropped; /* dropped ones that the bridge knows of */
	char socket_path[MGM_ENDPOINT_BYTES];
	char connect_why[256]; /* last reason logged; the same one is not logged again */
	char fault_text[400];  /* of the last FAULT, and when it was logged */
	int64_t fault_ms;
	char away_why[200];        /* reason given in the line about it */
	void *result_buffer;       /* one check_result of the core */
	const char *source_worker; /* check source, interned: see results.c */
	const char *source_unknown;
	int64_t result_seq; /* last result of this connection */
	int64_t result_seq_reported;
	bool results_unread;      /* an acknowledgement was sent on this connection */
	bool naming;              /* checks under way, to the bridge; see under_way.h */
	bool settings_unfinished; /* their groups are still being looked for */
	size_t given_back;        /* checks of the lost connection, until all are */
	uint64_t spread;          /* see release.c */
	uint64_t flatten_random;  /* see flatten.c */
};

#endif
