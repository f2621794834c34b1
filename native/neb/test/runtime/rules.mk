# SPDX-License-Identifier: GPL-2.0-or-later
# The golden bytes of the bridge protocol, as C, for test/runtime/frame.c.
VECTORS := ../../vectors/bridge-protocol.json

$(BUILD)/gen/bridge_vectors.h: $(VECTORS) test/runtime/vectors_to_c.mjs
	@mkdir -p $(@D)
	$(SHOW)$(NODE) test/runtime/vectors_to_c.mjs $(VECTORS) $@

$(BUILD)/san/test/runtime/frame.o: $(BUILD)/gen/bridge_vectors.h
$(BUILD)/san/test/runtime/frame.o: CPPFLAGS += -I$(BUILD)/gen

# Loads the shim itself.
$(BUILD)/test/runtime/module: $(BUILD)/san/mod_gearman.so

# The captured performance data, for test/runtime/perfdata.c.
JOBS := ../../vectors/neb-jobs.json

$(BUILD)/gen/perfdata_vectors.h: $(JOBS) test/runtime/perfdata_vectors_to_c.mjs
	@mkdir -p $(@D)
	$(SHOW)$(NODE) test/runtime/perfdata_vectors_to_c.mjs $(JOBS) $@

$(BUILD)/san/test/runtime/perfdata.o: $(BUILD)/gen/perfdata_vectors.h
$(BUILD)/san/test/runtime/perfdata.o: CPPFLAGS += -I$(BUILD)/gen
