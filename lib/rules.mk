# SPDX-License-Identifier: BSD-2-Clause
#
# The user library and the example tasks. Included by the top Makefile, or used alone from the
# top folder: make -f lib/rules.mk out/clock/clock
ifndef L4_LIB_RULES
L4_LIB_RULES := 1

OUT ?= out
ifeq ($(origin CXX),default)
CXX := g++
endif
PECAN_CXXFLAGS ?= -std=c++20 -O2 -g -ffreestanding -fno-exceptions -fno-rtti -Wall -Wextra -Werror

# No red zone: system calls are call instructions that the compiler does not see. General
# registers only: nothing here computes with others, and copies of their state cost time.
L4_USER_CXXFLAGS := $(PECAN_CXXFLAGS) -Iinclude -Ilib/include -mno-red-zone -mgeneral-regs-only -mcmodel=small \
	-fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -fno-threadsafe-statics \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections -MMD -MP
# What C knows of them.
L4_USER_CFLAGS := -std=c11 -pedantic $(filter-out -std=% -fno-rtti -fno-exceptions -fno-threadsafe-statics \
	-Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi,$(L4_USER_CXXFLAGS))
L4_USER_LDFLAGS := -static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
	-Wl,--gc-sections -Wl,-T,lib/user.ld

# $(call l4_objects,<sources>): where their objects go
l4_objects = $(patsubst %,$(OUT)/user/%.o,$(1))

# $(call l4_program,<path of the result>,<link address>,<sources>): a static program
define l4_program
$(1): $(call l4_objects,$(3)) $(OUT)/user/libl4.a lib/user.ld
	@mkdir -p $$(dir $$@)
	$$(CXX) $$(L4_USER_LDFLAGS) -Wl,--defsym=LINK_BASE=$(2) -o $$@ $(call l4_objects,$(3)) $(OUT)/user/libl4.a
-include $(patsubst %,$(OUT)/user/%.d,$(3))
endef

L4_LIB_SOURCES := $(addprefix lib/src/,ipc_stub.S ipc.cpp syscall.cpp error.cpp acceptor.cpp thread.cpp c_binding.cpp memory.cpp throw.cpp format.cpp acpi.cpp elf.cpp sigma0.cpp console.cpp)
L4_START_SERVER := lib/src/start_server.cpp
L4_START_TASK := lib/src/start_task.cpp
L4_START_C_TASK := $(L4_START_TASK) lib/src/start_task_c.cpp

.PHONY: lib examples
lib: $(OUT)/user/libl4.a

$(OUT)/user/%.cpp.o: %.cpp
	@mkdir -p $(dir $@)
	$(CXX) $(L4_USER_CXXFLAGS) -c -o $@ $<

# C programs use <l4/l4.h>.
$(OUT)/user/%.c.o: %.c
	@mkdir -p $(dir $@)
	$(CC) $(L4_USER_CFLAGS) -c -o $@ $<

$(OUT)/user/%.S.o: %.S
	@mkdir -p $(dir $@)
	$(CXX) -c -o $@ $<

$(OUT)/user/libl4.a: $(call l4_objects,$(L4_LIB_SOURCES))
	rm -f $@
	$(AR) rcs $@ $^
-include $(patsubst %,$(OUT)/user/%.d,$(L4_LIB_SOURCES) $(L4_START_SERVER) $(L4_START_C_TASK))

examples: $(OUT)/hello/hello $(OUT)/clock/clock $(OUT)/pingpong/pingpong $(OUT)/rtc/rtc
$(eval $(call l4_program,$(OUT)/hello/hello,0x10000000,$(L4_START_TASK) lib/examples/hello/main.cpp))
$(eval $(call l4_program,$(OUT)/clock/clock,0x10000000,$(L4_START_TASK) lib/examples/clock/main.cpp))
$(eval $(call l4_program,$(OUT)/pingpong/pingpong,0x10000000,$(L4_START_TASK) lib/examples/pingpong/main.cpp))
$(eval $(call l4_program,$(OUT)/rtc/rtc,0x10000000,$(L4_START_TASK) $(wildcard lib/examples/rtc/*.cpp)))

endif
