/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Short texts that outlive this object, which the core unmaps at every reload. libc keeps one folder name per domain
 * of message catalogues for the life of the process: one copy, not in the environment, and so not in that of plugins.
 */
#ifndef MGM_KEPT_H
#define MGM_KEPT_H

/**
 * Keep a text, in place of a former one of this name.
 *
 * @param name `mod_gearman.…`
 * @return the copy, the same one for the same text, valid until the name gets another; NULL without memory
 */
const char *mgm_keep(const char *name, const char *text);
/**
 * @return what an earlier load of this module in this process, or in the one it was forked from, has kept. Anything
 *         else or NULL for a name that was never used: the text must be recognisable as ours
 */
const char *mgm_kept(const char *name);

#endif
