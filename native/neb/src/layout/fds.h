/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Closing descriptors in a child of the core. Async-signal-safe, needs no descriptor and no /proc. */
#ifndef MGM_FDS_H
#define MGM_FDS_H

/** Close `first` to `last`, both included; `last` may be ~0u. */
void mgm_fds_close(unsigned int first, unsigned int last);
/** Close all but two descriptors, which may be the same one. */
void mgm_fds_close_others(int one, int two);

#endif
