/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What can fail: calls of the linked objects that go through here (`--wrap` in the Makefile). */
#ifndef MGM_TEST_FAULTS_H
#define MGM_TEST_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/** Allocations that succeed from now on; the later ones get NULL. Negative: no limit. */
extern int fake_allocations_left;
/** The largest allocation from the heap so far. */
extern size_t fake_largest_allocation;
/** What is mapped now. */
extern size_t fake_mapped_bytes;
/** clone() fails with EAGAIN, dup2() with EBUSY. Also in a child made by vfork(). */
extern bool fake_clone_fails, fake_dup2_fails;

#endif
