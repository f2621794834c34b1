/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the files of the fake core share with each other; tests use fake_core.h. */
#ifndef MGM_TEST_FAKE_PARTS_H
#define MGM_TEST_FAKE_PARTS_H

#include "layout/core.h"

void *fake_find_host(const char *name);
void *fake_find_service(const char *host, const char *description);
void *fake_find_hostgroup(const char *name);
void *fake_find_servicegroup(const char *name);
int fake_is_member(void *group, void *object);
void fake_drop_objects(void);
/** Macros, contacts and commands: fake_macros.c. */
void fake_wire_macros(struct mgm_core *core);
void fake_drop_macros(void);

int fake_io_register(void *iobs, int fd, void *arg, mgm_io_handler handler);
int fake_io_register_out(void *iobs, int fd, void *arg, mgm_io_handler handler);
int fake_io_unregister(void *iobs, int fd);
void *fake_schedule_event(int64_t delay, mgm_timer_handler handler, void *data);
void fake_destroy_event(void *event);
void *fake_schedule_new_event(int type, int high, int64_t run_time, int recurring, unsigned long interval, void *timing,
                              int compensate, void *data, void *argument, int options);
void fake_remove_event(void *events, void *event);
void fake_drop_loop(void);

#endif
