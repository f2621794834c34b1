/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The calls and expectations of check 4.11, one case per event struct. */
#ifndef MGM_PROOF_EVENT_ROWS_H
#define MGM_PROOF_EVENT_ROWS_H

#include "proof_child.h"

/** What a member must hold; the pointers are those of struct mgm_proof. */
enum mgm_event_kind {
	MGM_E_NUMBER,
	MGM_E_REAL,
	MGM_E_TEXT,
	MGM_E_START,
	MGM_E_END,
	MGM_E_STAMP,
	MGM_E_HOST,
	MGM_E_SERVICE,
	MGM_E_CONTACT,
	MGM_E_MARK
};

struct mgm_event_row {
	enum mgm_field field;
	enum mgm_event_kind kind;
	double number;
	const char *text;
};

/** One call of a broker_* function and the event it must deliver. */
struct mgm_event_case {
	const char *name;
	enum mgm_const callback;
	bool only_nagios;
	void (*call)(struct mgm_proof *proof);
	const struct mgm_event_row *rows;
	size_t count;
};

extern const struct mgm_event_case mgm_event_cases[];
extern const size_t mgm_event_case_count;

#endif
