# SPDX-License-Identifier: BSD-2-Clause
#
# The system tests: a root server that tries the X.2 interface from user level, on an ISO with kernel and sigma0.
# Alone: make -f tests/system/rules.mk system-tests
ifndef L4_LIB_RULES
include lib/rules.mk
endif

.PHONY: system-tests
system-tests: $(OUT)/tests/system.iso

SYSTEM_SOURCES := $(sort $(wildcard tests/system/harness/*.cpp tests/system/harness/*.S tests/system/cases/*.cpp))
SYSTEM_PROGRAM := $(OUT)/tests/system/conformance
SYSTEM_SERVERS := $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 $(SYSTEM_PROGRAM)

$(call l4_objects,$(SYSTEM_SOURCES)): L4_USER_CXXFLAGS += -I.
$(eval $(call l4_program,$(SYSTEM_PROGRAM),0x400000,$(L4_START_SERVER) $(SYSTEM_SOURCES)))

$(OUT)/tests/system.iso: tests/system/grub.cfg images/make-iso.sh $(SYSTEM_SERVERS)
	@images/make-iso.sh $@ tests/system/grub.cfg $(SYSTEM_SERVERS)

# The suite tests/system needs it.
test: $(OUT)/tests/system.iso

# The same on a kernel with a trace buffer (TRACE=1), for tests/trace.
$(OUT)/tests/system-trace.iso: tests/system/grub.cfg images/make-iso.sh $(OUT)/sigma0/sigma0 $(SYSTEM_PROGRAM) \
                               $(shell find kernel -name '*.?pp' -o -name '*.S')
	@$(MAKE) TRACE=1 kernel
	@images/make-iso.sh $@ tests/system/grub.cfg $(OUT)/kernel-trace/pecan $(OUT)/sigma0/sigma0 $(SYSTEM_PROGRAM)
test: $(OUT)/tests/system-trace.iso
