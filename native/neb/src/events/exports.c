/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exports.h"

#include "session.h"

struct export_kind {
	enum mgm_event_kind kind;
	enum mgm_const callback;
	size_t rule; /* index in mgm_settings.exports */
	enum mgm_field type, flags, attr, timestamp;
};

static const struct export_kind process_kind = {
	MGM_EVENT_EXPORT_PROCESS,
	MGM_C_NEBCALLBACK_PROCESS_DATA,
	MGM_EXPORT_PROCESS,
	MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE,
	MGM_F_NEBSTRUCT_PROCESS_DATA_FLAGS,
	MGM_F_NEBSTRUCT_PROCESS_DATA_ATTR,
	MGM_F_NEBSTRUCT_PROCESS_DATA_TIMESTAMP,
};

static const struct export_kind timed_kind = {
	MGM_EVENT_EXPORT_TIMED,
	MGM_C_NEBCALLBACK_TIMED_EVENT_DATA,
	MGM_EXPORT_TIMED_EVENT,
	MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_TYPE,
	MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_FLAGS,
	MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_ATTR,
	MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_TIMESTAMP,
};

static const struct export_kind log_kind = {
	MGM_EVENT_EXPORT_LOG,
	MGM_C_NEBCALLBACK_LOG_DATA,
	MGM_EXPORT_LOG,
	MGM_F_NEBSTRUCT_LOG_DATA_TYPE,
	MGM_F_NEBSTRUCT_LOG_DATA_FLAGS,
	MGM_F_NEBSTRUCT_LOG_DATA_ATTR,
	MGM_F_NEBSTRUCT_LOG_DATA_TIMESTAMP,
};

/* Until the settings are there, shortly after a start, every event may be one that is wanted. */
static bool is_wanted(const struct mgm_module *m, const struct export_kind *kind)
{
	if (m->policy.settings_known)
		return m->settings.exports[kind->rule].on;
	return mgm_session_phase(m) == MGM_PHASE_WAITING;
}

static void add_details(const struct mgm_abi *abi, struct mgm_frame *frame, const struct export_kind *kind, void *event)
{
	const char *data;

	if (kind == &timed_kind) {
		mgm_frame_u32(frame, MGM_ID_EVENT_TYPE,
		              (uint32_t)mgm_get_i32(abi, event, MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_EVENT_TYPE));
		mgm_frame_u32(frame, MGM_ID_RECURRING,
		              (uint32_t)mgm_get_i32(abi, event, MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_RECURRING));
		mgm_frame_i64(frame, MGM_ID_RUN_TIME, mgm_get_i64(abi, event, MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_RUN_TIME));
	} else if (kind == &log_kind) {
		data = mgm_get_cstr(abi, event, MGM_F_NEBSTRUCT_LOG_DATA_DATA);
		mgm_frame_i64(frame, MGM_ID_ENTRY_TIME, mgm_get_i64(abi, event, MGM_F_NEBSTRUCT_LOG_DATA_ENTRY_TIME));
		mgm_frame_u32(frame, MGM_ID_DATA_TYPE, (uint32_t)mgm_get_i32(abi, event, MGM_F_NEBSTRUCT_LOG_DATA_DATA_TYPE));
		mgm_frame_text(frame, MGM_ID_DATA, data != NULL ? data : "");
	}
}

static int take(struct mgm_module *m, const struct export_kind *kind, void *event)
{
	const struct mgm_abi *abi = m->core.abi;
	struct mgm_frame frame = { 0 };
	struct timeval stamp;

	if (!is_wanted(m, kind))
		return MGM_NEB_OK;
	stamp = mgm_get_timeval(abi, event, kind->timestamp);
	mgm_frame_begin(&frame, MGM_MSG_EXPORT);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 0);
	mgm_frame_u32(&frame, MGM_ID_NEB_CALLBACK, (uint32_t)mgm_constant(abi, kind->callback, 0));
	mgm_frame_u32(&frame, MGM_ID_NEB_TYPE, (uint32_t)mgm_get_i32(abi, event, kind->type));
	mgm_frame_u32(&frame, MGM_ID_NEB_FLAGS, (uint32_t)mgm_get_i32(abi, event, kind->flags));
	mgm_frame_u32(&frame, MGM_ID_NEB_ATTR, (uint32_t)mgm_get_i32(abi, event, kind->attr));
	mgm_frame_i64(&frame, MGM_ID_TIMESTAMP, (int64_t)stamp.tv_sec * 1000000 + stamp.tv_usec);
	add_details(abi, &frame, kind, event);
	if (mgm_frame_end(&frame))
		mgm_records_add(&m->records, kind->kind, frame.data, frame.size);
	else
		m->records.dropped++;
	mgm_frame_free(&frame);
	return m->policy.settings_known ? m->settings.exports[kind->rule].return_code : MGM_NEB_OK;
}

/* A log line may come from anywhere, also from our own handlers: it waits for the next tick. */
static void pump(struct mgm_module *m)
{
	if (!m->link.busy)
		mgm_session_pump(m);
}

int mgm_exports_process(struct mgm_module *m, void *event)
{
	int code = take(m, &process_kind, event);

	pump(m);
	return code;
}

int mgm_exports_timed_event(struct mgm_module *m, void *event)
{
	int code = take(m, &timed_kind, event);

	pump(m);
	return code;
}

int mgm_exports_log(struct mgm_module *m, void *event)
{
	return take(m, &log_kind, event);
}

bool mgm_exports_last_events(const struct mgm_module *m)
{
	return m->policy.settings_known &&
	       (m->settings.exports[MGM_EXPORT_PROCESS].on || m->settings.exports[MGM_EXPORT_LOG].on);
}
