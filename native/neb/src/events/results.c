/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dedupe_text.h"
#include "link/kept.h"

/* More than any known check_result: a core of the same class may have grown it at the end. */
#define SLACK_BYTES 256u
/* Process id of the core, a blank, ids with their seconds. */
#define KEPT_NAME "mod_gearman.result_ids"
#define KEPT_HEAD_BYTES 24u

/*
 * The cores keep the pointer to a check source for as long as the object lives, and other modules' threads may
 * read it until the objects are freed, which is after this object has been unmapped. So the text has to live
 * outside of us, and a strdup() per load would leak with every reload. Keeping the same text again gives the same
 * pointer to the next copy of this module.
 */
static const char *intern(const char *name, const char *text)
{
	const char *kept = mgm_keep(name, text);

	return kept != NULL ? kept : strdup(text);
}

static void take_over(struct mgm_module *m)
{
	const char *text = mgm_kept(KEPT_NAME);
	char *ids;

	if (text == NULL || strtol(text, &ids, 10) != (long)m->pid || *ids != ' ')
		return;
	mgm_dedupe_read(&m->doubtful, ids + 1);
	mgm_keep(KEPT_NAME, "taken");
}

bool mgm_results_init(struct mgm_module *m)
{
	take_over(m);
	m->source_worker = intern("mod_gearman.source.worker", "Mod-Gearman Worker");
	m->source_unknown = intern("mod_gearman.source.unknown", "unknown internal source (voodoo, perhaps?)");
	m->result_buffer = malloc(m->core.abi->size[MGM_S_CHECK_RESULT] + SLACK_BYTES);
	return m->result_buffer != NULL && m->source_worker != NULL && m->source_unknown != NULL;
}

static struct timeval to_timeval(int64_t us)
{
	struct timeval tv = { us / 1000000, us % 1000000 };

	if (tv.tv_usec < 0) {
		tv.tv_usec += 1000000;
		tv.tv_sec--;
	}
	return tv;
}

/* One result for the core. The texts are given away with it. */
struct result {
	char *host, *service, *output; /* service is NULL for a host */
	bool active, scheduled, exited_ok, early_timeout;
	int32_t options, return_code;
	double latency;
	struct timeval start, finish;
	const char *source;
};

/* @return false without memory for its texts */
static bool read_message(const struct mgm_module *m, const struct mgm_message *r, struct result *result)
{
	bool service = r->field[MGM_ID_SERVICE_DESCRIPTION].data != NULL;

	*result = (struct result){
		.host = mgm_msg_text(r, MGM_ID_HOST_NAME),
		.service = mgm_msg_text(r, MGM_ID_SERVICE_DESCRIPTION),
		.output = mgm_msg_text(r, MGM_ID_OUTPUT),
		.active = mgm_msg_u32(r, MGM_ID_CHECK_TYPE, 0) == 0,
		.scheduled = mgm_msg_u32(r, MGM_ID_SCHEDULED_CHECK, 1) != 0,
		.exited_ok = mgm_msg_u32(r, MGM_ID_EXITED_OK, 1) != 0,
		.early_timeout = mgm_msg_u32(r, MGM_ID_EARLY_TIMEOUT, 0) != 0,
		.options = (int32_t)mgm_msg_u32(r, MGM_ID_CHECK_OPTIONS, 0),
		.return_code = (int32_t)mgm_msg_u32(r, MGM_ID_RETURN_CODE, 0),
		.latency = (double)mgm_msg_i64(r, MGM_ID_LATENCY, 0) / 1e6,
		.start = to_timeval(mgm_msg_i64(r, MGM_ID_START_TIME, 0)),
		.finish = to_timeval(mgm_msg_i64(r, MGM_ID_FINISH_TIME, 0)),
		.source = r->field[MGM_ID_SOURCE].data != NULL ? m->source_worker : m->source_unknown,
	};
	return result->host != NULL && result->output != NULL && (!service || result->service != NULL);
}

static void fill(const struct mgm_abi *abi, const struct result *r, void *cr)
{
	bool service = r->service != NULL;

	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE,
	            service ? mgm_constant(abi, MGM_C_SERVICE_CHECK, 0) : mgm_constant(abi, MGM_C_HOST_CHECK, 1));
	mgm_set_cstr(abi, cr, MGM_F_CHECK_RESULT_HOST_NAME, r->host);
	mgm_set_cstr(abi, cr, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, r->service);
	mgm_set_cstr(abi, cr, MGM_F_CHECK_RESULT_OUTPUT, r->output);
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_CHECK_TYPE,
	            r->active ? mgm_constant(abi, MGM_C_CHECK_TYPE_ACTIVE, 0)
	                      : mgm_constant(abi, MGM_C_CHECK_TYPE_PASSIVE, 1));
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_CHECK_OPTIONS, r->options);
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_SCHEDULED_CHECK, r->scheduled);
	/* Nagios never checks an object again whose active result does not say so; Naemon has no such member. */
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK, r->active);
	mgm_set_f64(abi, cr, MGM_F_CHECK_RESULT_LATENCY, r->latency);
	mgm_set_timeval(abi, cr, MGM_F_CHECK_RESULT_START_TIME, r->start);
	mgm_set_timeval(abi, cr, MGM_F_CHECK_RESULT_FINISH_TIME, r->finish);
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_EARLY_TIMEOUT, r->early_timeout);
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_EXITED_OK, r->exited_ok);
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_RETURN_CODE, r->return_code);
	/* Without an engine both cores take the source as the text itself: no pointer to our code stays behind. */
	mgm_set_ptr(abi, cr, MGM_F_CHECK_RESULT_ENGINE, NULL);
	mgm_set_ptr(abi, cr, MGM_F_CHECK_RESULT_SOURCE, r->source);
}

/*
 * An active result makes the core count one running check less; we did not count it when it was taken, because
 * `max_parallel_service_checks` is about local ones. Naemon counts down for hosts only on its own workers.
 */
static void count_running(struct mgm_module *m, bool service)
{
	int *counter = service                        ? m->core.currently_running_service_checks
	               : m->core.family == MGM_NAGIOS ? m->core.currently_running_host_checks
	                                              : NULL;

	if (counter != NULL)
		(*counter)++;
}

/* Calls into the core, which may call our handlers. The texts of the result are freed. */
static void give_to_core(struct mgm_module *m, const struct result *result)
{
	const struct mgm_abi *abi = m->core.abi;
	void *cr = m->result_buffer;
	void *object;

	memset(cr, 0, abi->size[MGM_S_CHECK_RESULT] + SLACK_BYTES);
	m->core.init_check_result(cr);
	fill(abi, result, cr);
	object =
		result->service != NULL ? m->core.find_service(result->host, result->service) : m->core.find_host(result->host);
	if (object != NULL && result->active) {
		count_running(m, result->service != NULL);
		mgm_owned_remove(&m->owned, mgm_owned_entry(object, result->service != NULL));
	}
	/* The core logs an error for an unknown object. */
	m->core.process_check_result(cr);
	m->core.free_check_result(cr);
	m->totals.results++;
}

static void drop(struct result *result)
{
	free(result->host);
	free(result->service);
	free(result->output);
}

/* @return false without memory; the core has not seen the result then */
static bool give_message(struct mgm_module *m, const struct mgm_message *message)
{
	struct result result;

	if (!read_message(m, message, &result)) {
		drop(&result);
		return false;
	}
	give_to_core(m, &result);
	return true;
}

void mgm_results_give_own(struct mgm_module *m, char *host, char *service, char *output, int return_code,
                          int64_t seconds)
{
	struct result result = {
		.host = host,
		.service = service,
		.output = output,
		.active = true,
		.scheduled = true,
		.exited_ok = true,
		.return_code = return_code,
		.start = { seconds, 0 },
		.finish = { seconds, 0 },
		.source = m->source_unknown,
	};

	give_to_core(m, &result);
}

static uint32_t steady_second(const struct mgm_module *m)
{
	return (uint32_t)(mgm_steady_ms(m->clock) / 1000);
}

static bool is_doubtful(const struct mgm_module *m, const uint8_t *id)
{
	uint32_t now = steady_second(m);

	return mgm_dedupe_seen(&m->doubtful, id,
	                       now < MGM_RESULTS_DOUBTFUL_SECONDS ? 0 : now - MGM_RESULTS_DOUBTFUL_SECONDS + 1);
}

void mgm_results_apply(struct mgm_module *m, const struct mgm_message *message)
{
	const uint8_t *id = message->field[MGM_ID_RESULT_ID].data;

	if (mgm_dedupe_seen(&m->dedupe, id, 0) || is_doubtful(m, id)) {
		m->totals.duplicates++;
	} else if (give_message(m, message)) {
		mgm_dedupe_add(&m->dedupe, id, steady_second(m));
	} else {
		/* Not acknowledged, so the bridge sends it again on the next connection. */
		mgm_log_error(&m->log, "no memory for a check result; it will be taken later");
		mgm_link_kill(&m->link, "there is no memory for its results");
		return;
	}
	m->result_seq = mgm_msg_i64(message, MGM_ID_SEQ, 0);
}

void mgm_results_report(struct mgm_module *m)
{
	struct mgm_frame frame = { 0 };

	if (m->result_seq == m->result_seq_reported)
		return;
	mgm_frame_begin(&frame, MGM_MSG_RESULT_DONE);
	mgm_frame_i64(&frame, MGM_ID_SEQ, m->result_seq);
	if (mgm_frame_end(&frame) && mgm_link_send(&m->link, frame.data, frame.size)) {
		m->result_seq_reported = m->result_seq;
		m->results_unread = true;
	}
	mgm_frame_free(&frame);
}

void mgm_results_doubt(struct mgm_module *m)
{
	mgm_dedupe_add_newest(&m->doubtful, &m->dedupe, MGM_RESULTS_DOUBTFUL);
}

void mgm_results_keep(struct mgm_module *m)
{
	char *text = malloc(KEPT_HEAD_BYTES + MGM_DEDUPE_TEXT_BYTES(MGM_DEDUPE_IDS));
	int at;

	mgm_results_doubt(m);
	/* Without memory a result may be applied again, if the bridge is killed as well. */
	if (text == NULL)
		return;
	at = snprintf(text, KEPT_HEAD_BYTES, "%ld ", (long)m->pid);
	mgm_dedupe_print(&m->doubtful, MGM_DEDUPE_IDS, text + at);
	mgm_keep(KEPT_NAME, text);
	free(text);
}

void mgm_results_reset(struct mgm_module *m)
{
	m->result_seq = 0;
	m->result_seq_reported = 0;
}

void mgm_results_free(struct mgm_module *m)
{
	free(m->result_buffer);
	m->result_buffer = NULL;
}
