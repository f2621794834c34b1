/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The checks by number in abi/README.md 4; one file each, or one for neighbours that share a stand-in. */
#ifndef MGM_PROOF_CHECKS_H
#define MGM_PROOF_CHECKS_H

#include "proof_child.h"

/** One check: @return true when it passed, else the reason is set. */
typedef bool (*mgm_proof_check)(struct mgm_proof *proof);

bool mgm_check_result_map(struct mgm_proof *proof);     /* 4.1 */
bool mgm_check_result_strings(struct mgm_proof *proof); /* 4.2 */
bool mgm_check_lists(struct mgm_proof *proof);          /* 4.3 */
bool mgm_check_object_text(struct mgm_proof *proof);    /* 4.4 */
bool mgm_measure_macro_slots(struct mgm_proof *proof);  /* the first half of 4.5: needs no table */
bool mgm_check_macro_slots(struct mgm_proof *proof);    /* 4.5 */
bool mgm_check_macros(struct mgm_proof *proof);         /* 4.6 */
bool mgm_check_macro_indices(struct mgm_proof *proof);  /* 4.7 */
bool mgm_check_command(struct mgm_proof *proof);        /* 4.8 */
bool mgm_check_scheduling(struct mgm_proof *proof);     /* 4.9 */
bool mgm_check_timer(struct mgm_proof *proof);          /* 4.10 */
bool mgm_check_events(struct mgm_proof *proof);         /* 4.11 */
bool mgm_check_results(struct mgm_proof *proof);        /* 4.12 */
bool mgm_check_objects(struct mgm_proof *proof);        /* 4.13 */
bool mgm_check_object_lists(struct mgm_proof *proof);   /* 4.13, all but its last step */
bool mgm_check_real_result(struct mgm_proof *proof);    /* 4.13, its last step */

#endif
