/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_RETENTION_H
#define TC_RETENTION_H

/** Remember the state of all objects, before a reload frees them. */
void tc_retention_save(void);

/** Give the remembered state to the new objects and forget it. Execution flags start as 0, as in Naemon. */
void tc_retention_restore(void);

/** Forget without restoring. */
void tc_retention_drop(void);

#endif
