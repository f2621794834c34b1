/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One call of each broker_* function with marker arguments; the family decides the prototype. */
#ifndef MGM_PROOF_EVENT_CALLS_H
#define MGM_PROOF_EVENT_CALLS_H

#include "proof_child.h"

/* Times that appear nowhere else. */
#define MGM_START_SECONDS 1000000007
#define MGM_START_MICROSECONDS 100003
#define MGM_END_SECONDS 1000000009
#define MGM_END_MICROSECONDS 100019
#define MGM_STAMP_SECONDS 1000000021
#define MGM_STAMP_MICROSECONDS 100043

void mgm_call_service_check(struct mgm_proof *proof);
void mgm_call_host_check(struct mgm_proof *proof);
void mgm_call_service_handler(struct mgm_proof *proof);
void mgm_call_host_handler(struct mgm_proof *proof);
void mgm_call_notification(struct mgm_proof *proof);
void mgm_call_program_status(struct mgm_proof *proof);
void mgm_call_process(struct mgm_proof *proof);
void mgm_call_log(struct mgm_proof *proof);
void mgm_call_timed_event(struct mgm_proof *proof);

#endif
