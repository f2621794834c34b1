/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the checks of the layout proof share. All of it lives and dies in the forked child. */
#ifndef MGM_PROOF_CHILD_H
#define MGM_PROOF_CHILD_H

#include <stdbool.h>

#include "proof_calls.h"

/** Bytes of every stand-in: far more than any core struct, so that a wrong offset stays inside. */
#define MGM_STAND_IN_BYTES 8192

/** Longest reason, terminator included. */
#define MGM_PROOF_REASON_BYTES 256

/** One run of the proof. */
struct mgm_proof {
	const struct mgm_core *core;
	const struct mgm_abi *abi;
	struct mgm_proof_calls calls;
	const char *check; /* number of the running check, "4.4" */
	char reason[MGM_PROOF_REASON_BYTES];
	int32_t slots;          /* macro slots of the core, set by 4.5 */
	void *host, *service;   /* stand-ins of MGM_STAND_IN_BYTES */
	void *contact;          /* another stand-in, made by 4.6 */
	void *mark;             /* a stand-in for everything else that is passed by pointer */
	void *custom_variables; /* list of three, built by 4.3 */
};

/** Note why the table is refused. @return false always, so that a check can return it */
bool mgm_refuse(struct mgm_proof *proof, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Zeroed memory of MGM_STAND_IN_BYTES; the child ends soon, so it is not freed. NULL without memory. */
void *mgm_stand_in(void);

#endif
