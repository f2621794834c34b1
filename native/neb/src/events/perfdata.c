/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "perfdata.h"

#include "first_event.h"
#include "perfdata_text.h"
#include "session.h"

struct perfdata_kind {
	enum mgm_const processed;
	enum mgm_field type, perf_data, object, host_name, wanted;
};

static const struct perfdata_kind service_kind = {
	MGM_C_NEBTYPE_SERVICECHECK_PROCESSED,         MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TYPE,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_PERF_DATA, MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_OBJECT_PTR,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_HOST_NAME, MGM_F_SERVICE_PROCESS_PERFORMANCE_DATA,
};

static const struct perfdata_kind host_kind = {
	MGM_C_NEBTYPE_HOSTCHECK_PROCESSED,         MGM_F_NEBSTRUCT_HOST_CHECK_DATA_TYPE,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_PERF_DATA, MGM_F_NEBSTRUCT_HOST_CHECK_DATA_OBJECT_PTR,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_HOST_NAME, MGM_F_HOST_PROCESS_PERFORMANCE_DATA,
};

struct record {
	void *host;
	void *service; /* NULL for a host */
	const char *host_name;
	const char *description;
};

static void keep_record(struct mgm_module *m, const struct record *r)
{
	struct mgm_frame *frame = &m->perfdata.frame;

	mgm_frame_begin(frame, MGM_MSG_PERFDATA);
	mgm_frame_i64(frame, MGM_ID_SEQ, 0);
	mgm_frame_text(frame, MGM_ID_HOST_NAME, r->host_name);
	mgm_frame_text(frame, MGM_ID_SERVICE_DESCRIPTION, r->description);
	if (!mgm_perfdata_text(m, r->host, r->service) || !mgm_frame_end(frame)) {
		mgm_log_event(&m->log, true, "failed to send perfdata to gearmand");
		m->records.dropped++;
		return;
	}
	mgm_records_add(&m->records, MGM_EVENT_PERFDATA, frame->data, frame->size);
	/* Inside a batch of results all records go at its end, in one piece. */
	if (!m->link.busy)
		mgm_session_pump(m);
}

static int on_processed(struct mgm_module *m, const struct perfdata_kind *kind, void *event)
{
	const struct mgm_abi *abi = m->core.abi;
	struct record r = { 0 };
	void *object;

	if (mgm_get_i32(abi, event, kind->type) != mgm_constant(abi, kind->processed, -1) || !m->settings.perfdata ||
	    *m->core.process_performance_data == 0 || mgm_get_cstr(abi, event, kind->perf_data) == NULL)
		return MGM_NEB_OK;
	object = mgm_get_ptr(abi, event, kind->object);
	if (object == NULL || (!m->settings.perfdata_send_all && mgm_get_i32(abi, object, kind->wanted) == 0))
		return MGM_NEB_OK;
	r.host = object;
	if (kind == &service_kind) {
		r.service = object;
		r.host = mgm_get_ptr(abi, object, MGM_F_SERVICE_HOST_PTR);
		r.description = mgm_get_cstr(abi, object, MGM_F_SERVICE_DESCRIPTION);
	}
	r.host_name = r.host != NULL ? mgm_get_cstr(abi, r.host, MGM_F_HOST_NAME) : NULL;
	if (r.host_name == NULL || (r.service != NULL && r.description == NULL) ||
	    !mgm_first_event_fits(m, MGM_EVENT_PERFDATA, object, mgm_get_cstr(abi, event, kind->host_name), r.description,
	                          NULL))
		return MGM_NEB_OK;
	keep_record(m, &r);
	return MGM_NEB_OK;
}

int mgm_perfdata_service(struct mgm_module *m, void *event)
{
	return on_processed(m, &service_kind, event);
}

int mgm_perfdata_host(struct mgm_module *m, void *event)
{
	return on_processed(m, &host_kind, event);
}
