# SPDX-License-Identifier: BSD-2-Clause
#
# Several hostile tasks at once under a root server of their own. Alone: make out/tests/hostile.iso

HOSTILE_SOURCES := $(wildcard tests/hostile/*.cpp) \
	$(filter-out %/main.cpp,$(wildcard tests/system/harness/*.cpp tests/system/harness/*.S))
HOSTILE_MODULES := $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 $(OUT)/tests/hostile

$(call l4_objects,$(HOSTILE_SOURCES)): L4_USER_CXXFLAGS += -I.
$(eval $(call l4_program,$(OUT)/tests/hostile,0x400000,$(L4_START_SERVER) $(HOSTILE_SOURCES)))

$(OUT)/tests/hostile.iso: tests/hostile/grub.cfg images/make-iso.sh $(HOSTILE_MODULES)
	@images/make-iso.sh $@ tests/hostile/grub.cfg $(HOSTILE_MODULES)

# The suite tests/hostile needs it.
test: $(OUT)/tests/hostile.iso
