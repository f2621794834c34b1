/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The text form of a layout table: what it keeps, and everything that is refused, with the line at fault. */
#include <stdlib.h>

#include "layout/layout_text.h"
#include "layout_print.h"
#include "tap.h"

/* Parse a copy of its own size, so that a read past its end is seen. */
static struct mgm_layout_row *parse(const char *text, size_t size, char why[256])
{
	char *copy = malloc(size > 0 ? size : 1);
	struct mgm_layout_row *row;

	memcpy(copy, text, size);
	why[0] = '\0';
	row = mgm_layout_parse(copy, size, why, 256);
	free(copy);
	return row;
}

static void check_same(const struct mgm_abi *abi)
{
	const char *text = layout_print(abi, "copy-1", "9.8.7 9.8.8", 9);
	char why[256];
	struct mgm_layout_row *row = parse(text, strlen(text), why);

	if (!CHECK(row != NULL, "%s: its text is read (%s)", abi->id, why))
		return;
	CHECK(memcmp(row->offset, abi->offset, sizeof(row->offset)) == 0, "%s: the same offsets", abi->id);
	CHECK(memcmp(row->size, abi->size, sizeof(row->size)) == 0, "%s: the same sizes", abi->id);
	CHECK(memcmp(row->constant, abi->constant, sizeof(row->constant)) == 0, "%s: the same constants", abi->id);
	CHECK(memcmp(row->type, abi->type, sizeof(row->type)) == 0, "%s: the same kinds", abi->id);
	CHECK(row->abi.core == abi->core && strcmp(row->abi.family, abi->family) == 0 && row->abi.neb_api == 9 &&
	          strcmp(row->abi.id, "copy-1") == 0 && strcmp(row->abi.versions, " 9.8.7 9.8.8 ") == 0,
	      "%s: family, id, versions, API", abi->id);
	mgm_layout_rows_free(row);
}

/* `part` of a good text replaced. */
static void check_refused(const char *part, const char *instead, const char *reason)
{
	static char changed[LAYOUT_TEXT_BYTES + 256];
	const char *text = layout_print(&mgm_abi_classes[0], "x", "1.2.3", 8), *at = strstr(text, part);
	char why[256];
	struct mgm_layout_row *row;

	if (at == NULL) {
		CHECK(false, "the text to be replaced for '%s' exists", reason);
		return;
	}
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, instead, at + strlen(part));
	row = parse(changed, strlen(changed), why);
	CHECK(row == NULL && strstr(why, reason) != NULL && strchr(why, '\n') == NULL, "refused: %s", why);
	mgm_layout_rows_free(row);
}

/* Every cut is noticed, without a read beyond it. */
static void test_cut(void)
{
	const char *text = layout_print(&mgm_abi_classes[0], "x", "1.2.3", 8);
	size_t size = strlen(text), accepted = 0;
	char why[256];

	for (size_t cut = 0; cut < size; cut += cut + 300 < size ? 97 : 1) {
		struct mgm_layout_row *row = parse(text, cut, why);

		accepted += row != NULL;
		mgm_layout_rows_free(row);
	}
	CHECK(accepted == 0, "no text that was cut is accepted: %s", why);
}

static void test_garbage(void)
{
	unsigned int seed = 1;
	size_t accepted = 0;
	char bytes[4096], why[256];

	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = (char)(seed >> 16);
		}
		if (round % 2 == 1)
			memcpy(bytes, MGM_LAYOUT_HEAD "\n", sizeof(MGM_LAYOUT_HEAD));
		struct mgm_layout_row *row = parse(bytes, sizeof(bytes), why);

		accepted += row != NULL;
		mgm_layout_rows_free(row);
	}
	CHECK(accepted == 0 && strstr(why, "not text") != NULL, "random bytes are refused: %s", why);
}

static void test_slots(void)
{
	const struct mgm_abi *known = &mgm_abi_classes[0];
	int32_t slots = known->constant[MGM_C_MACRO_X_COUNT];
	struct mgm_layout_row *row = mgm_layout_row_with_slots(known, slots + 3);

	CHECK(row != NULL && row->offset[MGM_F_NAGIOS_MACROS_X] == known->offset[MGM_F_NAGIOS_MACROS_X] &&
	          row->offset[MGM_F_NAGIOS_MACROS_ARGV] == known->offset[MGM_F_NAGIOS_MACROS_ARGV] + 24 &&
	          row->offset[MGM_F_NAGIOS_MACROS_CONTACT_PTR] == known->offset[MGM_F_NAGIOS_MACROS_CONTACT_PTR] + 24 &&
	          row->size[MGM_S_NAGIOS_MACROS] == known->size[MGM_S_NAGIOS_MACROS] + 24,
	      "three more slots: what is behind them moves by three pointers");
	CHECK(row != NULL && row->offset[MGM_F_HOST_NAME] == known->offset[MGM_F_HOST_NAME] &&
	          strcmp(row->versions, "") == 0,
	      "everything else stays, and it is of no version");
	mgm_layout_rows_free(row);
	CHECK(mgm_layout_row_with_slots(known, 1) == NULL && mgm_layout_row_with_slots(known, 100000) == NULL,
	      "an impossible number of slots has no table");
}

int main(void)
{
	for (size_t i = 0; i < mgm_abi_class_count; i++)
		check_same(&mgm_abi_classes[i]);
	check_refused("mod_gearman layout 1", "mod_gearman layout 2", "line 1: it does not begin with");
	check_refused("family naemon", "family icinga", "line 4: the family is neither naemon nor nagios");
	check_refused("family naemon\n", "", "family is missing");
	check_refused("id x", "# id", "id is missing");
	check_refused("neb_api 8", "neb_api eight", "the API number");
	check_refused("offset host.name 8", "offset host.name -8", "not a number from 0 to");
	check_refused("offset host.name 8", "offset host.name 8161", "not a number from 0 to");
	check_refused("offset host.name 8", "offset host.name 0x8", "not a number from 0 to");
	check_refused("offset host.name 8\n", "", "offset host.name is missing");
	check_refused("size host ", "size host 99999999999999999999 ", "not a line");
	check_refused("constant NEB_OK 0\n", "", "constant NEB_OK is missing");
	check_refused("type host.name cstr", "type host.name text", "the type is not known");
	check_refused("neb_api 8", "neb_api 8\nrun /bin/sh", "line 7: not a line of a layout file");
	check_refused("end\n", "end\nid y\n", "text after the end");
	check_refused("# for a test", "# \x1b[2J", "not text");
	test_cut();
	test_garbage();
	test_slots();
	return tap_done();
}
