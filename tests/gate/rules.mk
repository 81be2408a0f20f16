# SPDX-License-Identifier: BSD-2-Clause
#
# The gate's tests: a root server that carries a ring-1 server in itself, on an ISO with kernel and sigma0.
# Alone: make -f tests/gate/rules.mk gate-tests
ifndef L4_LIB_RULES
include lib/rules.mk
endif

.PHONY: gate-tests
gate-tests: $(OUT)/tests/gate.iso

GATE_SERVER := $(OUT)/tests/gate/server
GATE_SERVER_SOURCES := $(sort $(wildcard tests/gate/server/*.cpp tests/gate/server/*.S))
GATE_SERVER_OBJECTS := $(patsubst %,$(OUT)/gate-server/%.o,$(GATE_SERVER_SOURCES))
# As Linux is built: at the top of the address space, no red zone, general registers only.
GATE_SERVER_CXXFLAGS := $(PECAN_CXXFLAGS) -I. -Iinclude -mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic -fno-pie \
	-fno-stack-protector -fcf-protection=none -fno-threadsafe-statics -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns -MMD -MP
GATE_SERVER_LDFLAGS := -static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
	-Wl,--fatal-warnings -Wl,-T,tests/gate/server/server.ld

$(OUT)/gate-server/%.cpp.o: %.cpp tests/gate/cases.def
	@mkdir -p $(@D)
	$(CXX) $(GATE_SERVER_CXXFLAGS) -c -o $@ $<
$(OUT)/gate-server/%.S.o: %.S
	@mkdir -p $(@D)
	$(CXX) -I. -Iinclude -MMD -MP -x assembler-with-cpp -c -o $@ $<
$(GATE_SERVER): $(GATE_SERVER_OBJECTS) tests/gate/server/server.ld
	@mkdir -p $(@D)
	$(CXX) $(GATE_SERVER_LDFLAGS) -o $@ $(GATE_SERVER_OBJECTS)
-include $(GATE_SERVER_OBJECTS:.o=.d)

GATE_ROOT := $(OUT)/tests/gate/root
GATE_ROOT_SOURCES := $(sort $(wildcard tests/gate/root/*.cpp))
GATE_ROOT_PIECES := $(OUT)/user/tests/gate/root/pieces.o
$(call l4_objects,$(GATE_ROOT_SOURCES)): L4_USER_CXXFLAGS += -I.
$(GATE_ROOT_PIECES): tests/gate/root/pieces.S $(GATE_SERVER)
	@mkdir -p $(@D)
	$(CXX) -DSERVER_FILE='"$(GATE_SERVER)"' -x assembler-with-cpp -c -o $@ $<
$(GATE_ROOT): $(L4_START_SERVER) $(call l4_objects,$(L4_START_SERVER) $(GATE_ROOT_SOURCES)) $(GATE_ROOT_PIECES) \
              $(OUT)/user/libl4.a lib/user.ld
	@mkdir -p $(@D)
	$(CXX) $(L4_USER_LDFLAGS) -Wl,--defsym=LINK_BASE=0x400000 -o $@ \
		$(call l4_objects,$(L4_START_SERVER) $(GATE_ROOT_SOURCES)) $(GATE_ROOT_PIECES) $(OUT)/user/libl4.a
-include $(patsubst %,$(OUT)/user/%.d,$(GATE_ROOT_SOURCES))

GATE_MODULES := $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 $(GATE_ROOT)
$(OUT)/tests/gate.iso: tests/gate/grub.cfg images/make-iso.sh $(GATE_MODULES)
	@images/make-iso.sh $@ tests/gate/grub.cfg $(GATE_MODULES)

# The suite tests/gate needs it.
test: $(OUT)/tests/gate.iso

# The same on a kernel whose panics name functions (DEBUG=1).
$(OUT)/tests/gate-debug.iso: $(OUT)/tests/gate.iso $(shell find kernel -name '*.?pp' -o -name '*.S') kernel/link.ld kernel/rules.mk
	@$(MAKE) DEBUG=1 kernel
	@images/make-iso.sh $@ tests/gate/grub.cfg $(OUT)/kernel-debug/pecan $(OUT)/sigma0/sigma0 $(GATE_ROOT)
test: $(OUT)/tests/gate-debug.iso
