/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Building of event structs; the broker_* functions themselves are in exports.h. */
#ifndef TC_BROKER_H
#define TC_BROKER_H

#include <stdbool.h>

#include "layout.h"

/** @return whether event_broker_options has this BROKER_* bit */
bool tc_broker_wants(enum mgm_const bit);

/**
 * A zeroed event with type, flags, attr and the time of day set.
 *
 * @param type_field the event's `type`; flags, attr and timestamp follow it in the table
 * @return for tc_event_send()
 */
void *tc_event_new(enum mgm_size size, enum mgm_field type_field, int type, int flags, int attr);

/** Split `name!args` into the two members. @return the copy that tc_event_send() frees; NULL for NULL */
char *tc_event_command(void *event, enum mgm_field name_field, enum mgm_field args_field, const char *command);

/** Show the event to the modules and free it. @return their verdict */
int tc_event_send(enum mgm_const callback, void *event, char *command_copy);

#endif
