/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Which core loaded this module, and which layout its structs have. */
#ifndef MGM_CORE_FIND_H
#define MGM_CORE_FIND_H

#include <stddef.h>

#include "core.h"
#include "layout_files.h"

enum mgm_core_rc { MGM_CORE_OK, MGM_CORE_NO_FAMILY, MGM_CORE_MISSING_SYMBOL, MGM_CORE_NO_LAYOUT };

/**
 * Find family, names and candidate classes, and prove one of them in forked children. Called in nebmodule_init.
 * Waits for the children (normally some milliseconds, at most MGM_PROOF_TRIES * MGM_PROOF_LIMIT_MS per class).
 *
 * @param[out] core overwritten; `abi` is NULL unless MGM_CORE_OK is returned
 * @param module handle that nebmodule_init() got; borrowed
 * @param files where tables in files are, NULL: none are read
 * @param[out] why one readable line. Not empty after a failure; after a success it is empty, or a warning
 *             that the proven class is not the one the version number promises
 */
enum mgm_core_rc mgm_core_find(struct mgm_core *core, void *module, const struct mgm_layout_source *files, char *why,
                               size_t why_size);

/** Free what mgm_core_find() has allocated; no other function may be used with `core` after it. */
void mgm_core_free(struct mgm_core *core);

/**
 * The rest of the proof, which needs real objects (abi/README.md 4.13). Naemon: in nebmodule_init directly
 * after mgm_core_find(); Nagios: at NEBTYPE_PROCESS_EVENTLOOPSTART (its lists hold freed objects before).
 * A core without any object passes.
 *
 * After a failure `core->abi` stays, because registered callbacks still need to read what kind of event they got
 * (those structs are proven); object members must not be touched any more.
 */
enum mgm_core_rc mgm_core_prove_objects(struct mgm_core *core, char *why, size_t why_size);

#endif
