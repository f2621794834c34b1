# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the test core link the test core itself (all but its main()) instead of the shim, and load a probe module.
CORE_TEST_OBJ := $(call obj,san,$(filter-out testcore/main.c,$(TESTCORE_SRC)) $(TABLE_SRC))
PROBE         := $(BUILD)/test/core-module/probe.so

$(BUILD)/test/core/%: $(BUILD)/san/test/core/%.o $(CORE_TEST_OBJ)
	@mkdir -p $(@D)
	$(SHOW)$(CC) $(SANITIZE) -rdynamic $(LDFLAGS) -o $@ $^ -ldl

$(PROBE): $(BUILD)/san/test/core/module/probe.o
	@mkdir -p $(@D)
	$(SHOW)$(CC) $(SANITIZE) -shared $(LDFLAGS) -o $@ $^

$(patsubst test/%.c,$(BUILD)/test/%,$(wildcard test/core/*.c)): | $(PROBE)

$(BUILD)/test/core/shim: | $(BUILD)/san/mod_gearman.so

$(BUILD)/test/core/program: | $(BUILD)/san/mgm-testcore

$(BUILD)/test/core/handle: | $(BUILD)/san/mod_gearman.so

$(BUILD)/test/core/layouts: | $(BUILD)/san/mod_gearman.so

$(BUILD)/test/core/reloads: | $(BUILD)/san/mod_gearman.so
$(BUILD)/test/core/reloads: LDFLAGS += -Wl,--wrap=tc_objects_create

$(BUILD)/test/core/many_lost: | $(BUILD)/san/mod_gearman.so
