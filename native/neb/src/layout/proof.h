/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Proof that a layout table fits the running core (abi/README.md 4). Everything happens in a forked
 * child, so a wrong table can crash or write anywhere without harm to the core.
 */
#ifndef MGM_PROOF_H
#define MGM_PROOF_H

#include <stdbool.h>
#include <stddef.h>

#include "proof_run.h"

/** Real time one child may take before it is given up. */
#define MGM_PROOF_LIMIT_MS 400

/** Children per table: with busy threads of other modules a child may hang in a libc lock. */
#define MGM_PROOF_TRIES 6

/**
 * Fork, let the child check the table, wait for its report. The parent's memory, files and children stay as
 * they were.
 *
 * @param core resolved core; `abi` in it is not used
 * @param tries children to start when one runs out of time (1 to MGM_PROOF_TRIES)
 * @param[out] why empty after a success, else number of the failed check and what differed
 * @return whether every check of the part passed
 */
bool mgm_prove(const struct mgm_core *core, const struct mgm_abi *abi, enum mgm_proof_part part, int tries, char *why,
               size_t why_size);

/** Measure the macro slots of the core in a forked child (4.5). @return -1 if that failed */
int32_t mgm_measure_slots(const struct mgm_core *core);

#endif
