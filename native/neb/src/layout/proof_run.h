/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The checks of the layout proof, in order. */
#ifndef MGM_PROOF_RUN_H
#define MGM_PROOF_RUN_H

#include "proof_child.h"

enum mgm_proof_part {
	MGM_PROOF_LAYOUT,  /* 4.1 to 4.12, need no configured object */
	MGM_PROOF_OBJECTS, /* 4.13, on the objects of the core */
	MGM_PROOF_SLOTS    /* no proof: measures the macro slots, for which no table is needed (4.5) */
};

/**
 * Run all checks of a part in the current process. Only for the child: it writes into the core's memory.
 *
 * @return whether all passed; if not, proof->check and proof->reason are set
 */
bool mgm_proof_run(struct mgm_proof *proof, enum mgm_proof_part part);

#endif
