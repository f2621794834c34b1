/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "perfdata_text.h"

#include <stdlib.h>
#include <string.h>

#include "macros.h"

/* Texts that must be those of the core before ours are used without it. */
#define COMPARED_TEXTS 16u
/* Differences that are taken for the turn of a second between both. */
#define FORGIVEN_TEXTS 3u

bool mgm_perfdata_new_settings(struct mgm_module *m)
{
	struct mgm_perfdata *p = &m->perfdata;
	const char *host = m->settings.host_perfdata_template, *service = m->settings.service_perfdata_template;

	if (!m->settings.perfdata)
		return true;
	if (*m->core.process_performance_data == 0)
		mgm_log_info(&m->log,
		             "Warning: process_performance_data is disabled globally, cannot process performance data");
	m->settings.perfdata = mgm_template_set(&p->host, host != NULL ? host : "") &&
	                       mgm_template_set(&p->service, service != NULL ? service : "");
	return m->settings.perfdata;
}

/* @return to be freed; NULL when the core gives none */
static char *text_of_core(struct mgm_module *m, const struct mgm_template *template, void *host, void *service)
{
	struct mgm_macros macros;
	char *text = NULL;

	if (mgm_macros_open(&macros, &m->core, host, service, NULL))
		text = mgm_macros_text(&macros, template->text);
	mgm_macros_close(&macros);
	return text;
}

/* @return whether the field was added and has this text */
static bool print_same(struct mgm_module *m, struct mgm_template *template, const struct mgm_template_objects *objects,
                       const char *text)
{
	struct mgm_frame *frame = &m->perfdata.frame;
	size_t before = frame->size, size = strlen(text);

	if (!mgm_template_print(template, m->core.abi, objects, frame, MGM_ID_TEXT))
		return false;
	if (!frame->failed && frame->size >= before + size && memcmp(frame->data + frame->size - size, text, size) == 0 &&
	    frame->size - size - before == MGM_FRAME_FIELD_HEADER_BYTES) {
		template->compared++;
		return true;
	}
	mgm_frame_cut(frame, before);
	if (++template->different > FORGIVEN_TEXTS)
		template->direct = false;
	return false;
}

bool mgm_perfdata_text(struct mgm_module *m, void *host, void *service)
{
	struct mgm_template *template = service != NULL ? &m->perfdata.service : &m->perfdata.host;
	struct mgm_template_objects objects = { host, service, mgm_wall_us(m->clock) / 1000000 };
	char *text;

	if (template->compared >= COMPARED_TEXTS &&
	    mgm_template_print(template, m->core.abi, &objects, &m->perfdata.frame, MGM_ID_TEXT))
		return true;
	text = text_of_core(m, template, host, service);
	if (text == NULL)
		return false;
	if (template->compared >= COMPARED_TEXTS || !print_same(m, template, &objects, text))
		mgm_frame_text(&m->perfdata.frame, MGM_ID_TEXT, text);
	free(text);
	return true;
}

void mgm_perfdata_free(struct mgm_module *m)
{
	mgm_template_free(&m->perfdata.host);
	mgm_template_free(&m->perfdata.service);
	mgm_frame_free(&m->perfdata.frame);
	memset(&m->perfdata, 0, sizeof(m->perfdata));
}
