# SPDX-License-Identifier: BSD-2-Clause
# Builds the microkernel. Included by the top Makefile; also works alone: make -f kernel/rules.mk
#
#   $(OUT)/kernel/pecan.debug   with symbols
#   $(OUT)/kernel/pecan         what GRUB loads
#
# Sources are found, not listed: a file in kernel/ belongs to the kernel. What the host tests replace lives under
# kernel/arch/host and is left out. The memory functions that the compiler calls and the readers of ELF files and ACPI tables
# are the library's.

OUT ?= out
CXX ?= g++
PECAN_CXXFLAGS ?= -std=c++20 -ffreestanding -fno-exceptions -fno-rtti -O2 -g -Wall -Wextra -Wshadow -Werror

# TRACE=1: another kernel, with a trace buffer (docs/trace.md). DEBUG=1: one whose panics name functions.
KERNEL_OUT := $(OUT)/kernel$(if $(TRACE),-trace)$(if $(DEBUG),-debug)
KERNEL_OFFSETS_SOURCE := kernel/arch/x86/offsets.cpp
KERNEL_SOURCES ?= $(filter-out $(KERNEL_OFFSETS_SOURCE) kernel/arch/host/% $(if $(TRACE),kernel/arch/x86/fast_ipc.S,kernel/debug/trace/%), \
                    $(sort $(shell find kernel -name '*.cpp' -o -name '*.S'))) lib/src/memory.cpp lib/src/acpi.cpp lib/src/elf.cpp
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(KERNEL_OUT)/objects/%.o)

# -mgeneral-regs-only: vector registers belong to the threads, the kernel never saves them for itself.
# -fpie: the kernel is linked far above 2 GiB, so addresses are relative to RIP; nothing relocates it at run time.
# -fno-jump-tables: no indirect branches but those that the source spells out.
# -fno-threadsafe-statics: globals are constinit, there is nobody to run constructors (link.ld insists).
KERNEL_FLAGS := $(if $(TRACE),-DPECAN_TRACE) -I. -Iinclude -Ilib/include -I$(KERNEL_OUT) -mno-red-zone -mgeneral-regs-only -mcmodel=small -fpie \
                -fvisibility=hidden -fno-jump-tables -fno-stack-protector -fcf-protection=none \
                -fno-asynchronous-unwind-tables -fno-threadsafe-statics -ffunction-sections -fdata-sections \
                -falign-functions=1 -falign-jumps=1 -falign-loops=1
# -flto: a call from one room to another costs as little as one within a file; in one partition, so that the same sources
# make the same kernel. Not with DEBUG=1, whose panics name the functions as the source does.
KERNEL_CXXFLAGS := $(PECAN_CXXFLAGS) $(KERNEL_FLAGS) $(if $(DEBUG),,-flto -flto-partition=one)
KERNEL_LDFLAGS := -no-pie -static -nostdlib -Wl,--build-id=none -Wl,--gc-sections -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
                  -Wl,--no-warn-rwx-segments -Wl,--fatal-warnings -Wl,--orphan-handling=error

.PHONY: kernel
kernel: $(KERNEL_OUT)/pecan

$(KERNEL_OUT)/pecan: $(KERNEL_OUT)/pecan.debug
	@strip -o $@ $<
	@echo "kernel: $$(stat -c %s $@) bytes; $$(size $< | tail -1 | awk '{ print "text " $$1 ", data " $$2 ", bss " $$3 }')"

KERNEL_SYMBOLS := $(if $(DEBUG),$(KERNEL_OUT)/symbols.o)
KERNEL_LINK = $(CXX) $(KERNEL_CXXFLAGS) $(KERNEL_LDFLAGS) -T $(KERNEL_OUT)/link.ld $(KERNEL_OBJECTS)
$(KERNEL_OUT)/pecan.debug: $(KERNEL_OBJECTS) $(KERNEL_SYMBOLS) $(KERNEL_OUT)/link.ld
	@$(KERNEL_LINK) $(KERNEL_SYMBOLS) -o $@

# Functions, the highest first, by a link without this table: it lies behind all code, so it moves none.
$(KERNEL_OUT)/symbols.o: $(KERNEL_OBJECTS) $(KERNEL_OUT)/link.ld
	@$(KERNEL_LINK) -o $(@D)/pecan.first
	@{ echo '.section .symbols, "a"'; nm -nrC --defined-only $(@D)/pecan.first | sed -n \
	   's/^\([0-9a-f]*\) [tTwW] \(.*\)/.quad 0x\1, 1f; .pushsection .rodata; 1: .asciz "\2"; .popsection/p'; \
	 } > $(@D)/symbols.S
	@as -o $@ $(@D)/symbols.S

# The link script takes its addresses from the same header as the code.
$(KERNEL_OUT)/link.ld: kernel/link.ld kernel/arch/x86/gate/layout.hpp
	@mkdir -p $(@D)
	@$(CXX) -E -P -undef -x c -I. $< -o $@

# What assembly needs to know of C++ types: compiled, never linked; the marked lines become a header.
$(KERNEL_OUT)/offsets.h: $(KERNEL_OFFSETS_SOURCE)
	@mkdir -p $(@D)
	@$(CXX) $(KERNEL_CXXFLAGS) -fno-lto -MMD -MT $@ -MF $(KERNEL_OUT)/offsets.d -S $< -o $(KERNEL_OUT)/offsets.s
	@sed -n 's/^[[:space:]]*#define/#define/p' $(KERNEL_OUT)/offsets.s > $@

# What runs once, or when all is over, had better be small; so had the calls that make threads and spaces.
$(addprefix $(KERNEL_OUT)/objects/kernel/,boot/% debug/% main.cpp.o arch/x86/boot/% interrupt/% thread/create.cpp.o \
    thread/space_life.cpp.o syscall/control.cpp.o syscall/space_control.cpp.o syscall/thread_control.cpp.o \
    syscall/exchange_registers.cpp.o syscall/schedule.cpp.o vcpu/attach.cpp.o) \
$(KERNEL_OUT)/objects/lib/src/acpi.cpp.o $(KERNEL_OUT)/objects/lib/src/elf.cpp.o: KERNEL_SIZE_FLAG := -Os

# Where a debugger stops: in a panic, and in the calls of a server. DEBUG=1 has all functions.
$(addprefix $(KERNEL_OUT)/objects/kernel/,debug/% arch/x86/uart.cpp.o vcpu/client_map.cpp.o): KERNEL_LTO_FLAG := -fno-lto

$(KERNEL_OUT)/objects/%.cpp.o: %.cpp kernel/rules.mk
	@mkdir -p $(@D)
	@$(CXX) $(KERNEL_CXXFLAGS) $(KERNEL_SIZE_FLAG) $(KERNEL_LTO_FLAG) -MMD -MP -c $< -o $@

$(KERNEL_OUT)/objects/%.S.o: %.S kernel/rules.mk | $(KERNEL_OUT)/offsets.h
	@mkdir -p $(@D)
	@$(CXX) $(KERNEL_FLAGS) -g -Wa,--noexecstack -x assembler-with-cpp -MMD -MP -c $< -o $@

-include $(KERNEL_OBJECTS:.o=.d) $(KERNEL_OUT)/offsets.d
