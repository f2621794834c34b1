/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Events that the core does not wait for: performance data and exports. They are kept here until the bridge can take them, so that
 * they never take the place of a check. First in, first out; when the bound is reached the oldest are dropped. Pure.
 */
#ifndef MGM_RECORDS_H
#define MGM_RECORDS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pending.h"

#define MGM_RECORDS_MAX_BYTES (64u * 1024u * 1024u)

struct mgm_records {
	struct mgm_event *first;
	struct mgm_event *last;
	struct mgm_event *back; /* last one that was put back */
	size_t count;
	size_t bytes;     /* of memory */
	size_t max_bytes; /* bound of `bytes` */
	uint64_t dropped; /* all of this load */
	volatile sig_atomic_t busy;
	struct mgm_event_store store;
};

void mgm_records_init(struct mgm_records *records, size_t max_bytes);
/** @return whether events of this kind are kept here */
bool mgm_records_hold(enum mgm_event_kind kind);
/**
 * Keep one more; the oldest are dropped for it. One that cannot be kept at all counts as dropped too, as
 * does one that comes while the list is being changed: Nagios logs a line inside its signal handler.
 */
void mgm_records_add(struct mgm_records *records, enum mgm_event_kind kind, const uint8_t *frame, size_t frame_bytes);
/** Remove all of a kind. They do not count as dropped. */
void mgm_records_remove(struct mgm_records *records, enum mgm_event_kind kind);
/** Take out the oldest. @return it, owned by the caller; NULL if there is none */
struct mgm_event *mgm_records_next(struct mgm_records *records);
/**
 * Put back an event of a lost connection: in front, behind those that were put back before. `back` is to be cleared when
 * all are.
 */
void mgm_records_put_back(struct mgm_records *records, struct mgm_event *event);
void mgm_records_free(struct mgm_records *records);

#endif
