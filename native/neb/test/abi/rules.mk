# SPDX-License-Identifier: GPL-2.0-or-later
# The probe module runs the layout proof inside real cores, so it is built like the shim: no sanitizer, same flags.
ABI_PROBE     := $(BUILD)/test/abi-module/probe.so
ABI_PROBE_SRC := $(wildcard test/abi/module/*.c)
ABI_PROOF_SRC := $(filter src/layout/%,$(SHIM_SRC))

$(BUILD)/obj/test/abi/module/%.o: test/abi/module/%.c
	@mkdir -p $(@D)
	$(SHOW)$(CC) $(CPPFLAGS) $(BASE) $(OPTIMIZE) -fvisibility=hidden $(CFLAGS) -c -o $@ $<

$(ABI_PROBE): $(call obj,obj,$(ABI_PROBE_SRC)) $(call obj,obj,$(ABI_PROOF_SRC))
	@mkdir -p $(@D)
	$(SHOW)$(CC) $(SHARED) $(LDFLAGS) -o $@ $^ -ldl

$(BUILD)/test/abi/cores: | $(ABI_PROBE)

