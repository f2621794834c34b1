/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "objects.h"

static const char *const names[TC_HAPPENINGS] = {
	[TC_START] = "start",   [TC_CHECK] = "check",   [TC_CANCEL] = "cancel",
	[TC_LOCAL] = "local",   [TC_RESULT] = "result", [TC_EVENT_HANDLER] = "eventhandler",
	[TC_ORPHAN] = "orphan", [TC_RELOAD] = "reload", [TC_SUMMARY] = "summary",
};

static struct {
	bool json;
	unsigned long count[TC_HAPPENINGS];
} state;

void tc_report_init(bool json)
{
	state.json = json;
	for (int i = 0; i < TC_HAPPENINGS; i++)
		state.count[i] = 0;
	if (json)
		setvbuf(stdout, NULL, _IOLBF, 0);
}

unsigned long tc_report_count(enum tc_happening what)
{
	return state.count[what];
}

/* Bytes of the UTF-8 sequence at `text`, 0 if invalid (overlong forms and surrogates included). */
static int utf8_length(const unsigned char *text)
{
	int length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (text[0] >= 0x80 && (text[0] < 0xc2 || text[0] > 0xf4))
		return 0;
	for (int i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

void tc_json_string(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc('"', file);
	while (*at != '\0') {
		int length = utf8_length(at);

		if (*at == '"' || *at == '\\')
			fprintf(file, "\\%c", *at);
		else if (*at < 0x20 || length == 0)
			fprintf(file, "\\u%04x", *at);
		else
			fwrite(at, 1, (size_t)length, file);
		at += length == 0 ? 1 : length;
	}
	putc('"', file);
}

static void text_member(const char *key, const char *value)
{
	if (value == NULL)
		return;
	printf(",\"%s\":", key);
	tc_json_string(stdout, value);
}

static void begin(enum tc_happening what)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	printf("{\"t\":%lld.%03ld,\"event\":\"%s\"", (long long)now.tv_sec, (long)now.tv_usec / 1000, names[what]);
}

void tc_report(const struct tc_report *report)
{
	state.count[report->what]++;
	if (!state.json)
		return;
	begin(report->what);
	if (report->what == TC_START || report->what == TC_RELOAD)
		printf(",\"pid\":%ld,\"hosts\":%zu,\"services\":%zu", (long)getpid(), tc_objects_count(&tc_host_kind),
		       tc_objects_count(&tc_service_kind));
	if (report->object != NULL) {
		text_member("host", tc_str(report->object, report->kind->host_name));
		if (report->kind->service)
			text_member("service", tc_str(report->object, report->kind->description));
	}
	text_member("by", report->by);
	text_member("stage", report->stage);
	if (report->state >= 0)
		printf(",\"state\":%d", report->state);
	if (report->passive >= 0)
		printf(",\"passive\":%s", report->passive ? "true" : "false");
	text_member("output", report->output);
	text_member("source", report->source);
	text_member("command", report->command);
	if (report->roundtrip_us >= 0)
		printf(",\"roundtripMs\":%lld.%03lld", (long long)report->roundtrip_us / 1000,
		       (long long)report->roundtrip_us % 1000);
	puts("}");
}

void tc_report_summary(void)
{
	bool json = state.json;

	if (json)
		begin(TC_SUMMARY);
	else
		printf("summary:");
	for (int i = TC_CHECK; i < TC_SUMMARY; i++)
		printf(json ? ",\"%s\":%lu" : " %s=%lu", names[i], state.count[i]);
	puts(json ? "}" : "");
	fflush(stdout);
}
