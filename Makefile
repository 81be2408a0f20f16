# SPDX-License-Identifier: BSD-2-Clause
# Everyday targets; 'make help' lists them. ./build.sh TARGET installs first what is missing.

OUT := out
CXX := g++

# For all our own programs. What only the kernel or only user programs need is said in their rules.mk.
PECAN_CXXFLAGS := -std=c++20 -ffreestanding -fno-exceptions -fno-rtti -O2 -g -Werror \
                  -Wall -Wextra -Wshadow -Wundef -Wcast-qual -Wcast-align -Wnon-virtual-dtor \
                  -Woverloaded-virtual -Wduplicated-cond -Wlogical-op -Wextra-semi \
                  -Wimplicit-fallthrough -Wvla

# Two makes may not share one processor each: all jobs, also those of Linux's own make, share this number.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

phase := +@images/phase.sh

.PHONY: all run run-native test soak unit iso check figures coverage mutants selftests compare format clean distclean help sources userland linux FORCE
all: iso userland programs
FORCE:

help:
	@echo 'make, make all    all that boots: the ISO, the userland, the test programs'
	@echo 'make run          build, and boot into the shell in QEMU: Linux on the microkernel'
	@echo 'make run-native   the same vmlinux and initramfs without the microkernel'
	@echo 'make test         every test, headless; ends in "N passed, N failed"'
	@echo 'make soak         the tests that repeat something, with twenty repetitions; log: out/log/soak.log'
	@echo 'make unit         only the unit tests of the host'
	@echo 'make check        format, static checks, licences, budgets, the manual'
	@echo 'make figures      lines of code by folder, size of the kernel, lines changed in Linux'
	@echo 'make coverage     which lines of the microkernel the tests execute (some minutes)'
	@echo 'make mutants      take each defence of the gate and of the short way of Ipc away: does its test fail? (an hour)'
	@echo 'make bench-gate   what a system call through the gate costs, and one on plain SYSCALL'
	@echo 'make bench-ipc    the microkernel by itself: IPC, faults, map and unmap, in instructions and cycles'
	@echo "make selftests    Linux's own tests, natively and on Pecan, and what differs"
	@echo 'make compare      measure native against Pecan, same vmlinux, alternating runs'
	@echo 'make trace        what the microkernel does, as a timeline (COMMAND=..., see docs/trace.md)'
	@echo 'make debug        QEMU with gdb: symbols of microkernel, root task and Linux (docs/debugging.md)'
	@echo 'make iso          out/pecan.iso, for GRUB by BIOS or UEFI'
	@echo 'make sources      fetch and unpack Linux, BusyBox and musl; out/versions.txt names them'
	@echo 'make linux        out/linux/vmlinux, which boots natively and on Pecan'
	@echo 'make userland     out/initramfs.cpio.gz: BusyBox, images/base, images/rootfs'
	@echo 'make programs     out/tests/initramfs.cpio.gz: the same with the test programs'
	@echo 'make kernel, lib, sigma0, roottask, examples    one room'
	@echo 'make format       bring our C++ into the common form'
	@echo 'make clean        remove what was built; fetched sources stay'
	@echo 'make distclean    remove out/ as a whole (downloads stay in ~/.cache/pecan)'
	@echo 'Variables of the machine:  QEMU QEMU_ACCEL QEMU_CPU QEMU_MEM QEMU_SMP QEMU_FIRMWARE (images/qemu.sh)'
	@echo 'Variables of the sources:  LINUX_TARBALL BUSYBOX_TARBALL MUSL_TARBALL TCC_TARBALL'
	@echo 'Variables of the build:    TRACE=1 (a kernel with a trace buffer), OUT (out), XDG_CACHE_HOME'

# ---- The rooms: each says in its rules.mk how it is built ----

# tests/unit/rules.mk adds its programs to this list.
UNIT_TESTS :=
ROOMS := kernel lib sigma0 roottask tests/unit tests/system tests/gate tests/boot tests/native tests/foreign tests/hostile bench/gate bench/ipc
-include $(wildcard $(ROOMS:=/rules.mk))

# ---- Sources of others: looked after by fetch-sources.sh, which touches 'origin' when they change ----

$(OUT)/linux/origin $(OUT)/busybox/origin $(OUT)/musl/origin $(OUT)/tcc/origin: $(OUT)/%/origin: FORCE
	$(phase) fetch-$* images/fetch-sources.sh $*

sources: $(OUT)/versions.txt
$(OUT)/versions.txt: $(OUT)/linux/origin $(OUT)/busybox/origin $(OUT)/musl/origin FORCE
	@images/versions.sh

# ---- Linux, and the userland it starts ----

linux: $(OUT)/linux/vmlinux
$(OUT)/linux/vmlinux: $(OUT)/linux/origin images/sync-linux.sh images/build-linux.sh \
                      $(shell find l4linux patches include/l4 2>/dev/null)
	$(phase) linux sh -c 'images/sync-linux.sh && images/build-linux.sh'

$(OUT)/musl/bin/musl-gcc: $(OUT)/musl/origin $(OUT)/linux/origin images/build-musl.sh
	$(phase) musl images/build-musl.sh

$(OUT)/busybox/root/bin/busybox: $(OUT)/busybox/origin $(OUT)/musl/bin/musl-gcc images/build-busybox.sh \
                                 images/busybox.config
	$(phase) busybox images/build-busybox.sh

userland: $(OUT)/initramfs.cpio.gz $(OUT)/versions.txt
$(OUT)/initramfs.cpio.gz: $(OUT)/busybox/root/bin/busybox images/make-initramfs.sh \
                          $(shell find images/base images/rootfs)
	@images/make-initramfs.sh

# Programs that the tests run inside Linux: one file, one static program, in /test of an initramfs of their own.
PROGRAMS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/programs/*.c))
PROGRAM_CFLAGS := -O2 -static -Wall -Wextra -Werror -pthread

.PHONY: programs
programs: $(OUT)/tests/initramfs.cpio.gz
$(PROGRAMS): $(OUT)/%: %.c $(OUT)/musl/bin/musl-gcc
	@mkdir -p $(@D) $(OUT)/deps/$(*D)
	@$(OUT)/musl/bin/musl-gcc $(PROGRAM_CFLAGS) -MMD -MP -MT $@ -MF $(OUT)/deps/$*.d -o $@ $<
-include $(PROGRAMS:$(OUT)/%=$(OUT)/deps/%.d)

$(OUT)/tests/programs.cpio.gz: $(filter $(OUT)/tests/%,$(PROGRAMS)) tests/programs
	@images/make-initramfs.sh $@ test $(filter $(OUT)/%,$^)

# One program, built for each C library: by whom, and how. The host's glibc and Perl are the ones of Debian.
LIBC_PROGRAMS := $(addprefix $(OUT)/tests/libraries/,musl_dynamic glibc_static glibc_dynamic avx2)
LIBC_CFLAGS := -O3 -Wall -Wextra -Werror -pthread
$(OUT)/tests/libraries/musl_dynamic: how := $(OUT)/musl/bin/musl-gcc -Wl,-dynamic-linker,/lib/ld-musl-x86_64.so.1
$(OUT)/tests/libraries/glibc_static: how := gcc -static
$(OUT)/tests/libraries/glibc_dynamic: how := gcc
$(OUT)/tests/libraries/avx2: how := gcc -mavx2
$(LIBC_PROGRAMS): tests/libraries/uses_libc.c tests/programs/check.h $(OUT)/musl/bin/musl-gcc
	@mkdir -p $(@D)
	@$(how) $(LIBC_CFLAGS) -o $@ $< -lm

GLIBC := /lib/x86_64-linux-gnu
$(OUT)/tests/libraries.cpio.gz: $(LIBC_PROGRAMS) images/make-initramfs.sh
	@images/make-initramfs.sh $@.0 libraries $(LIBC_PROGRAMS) /usr/bin/perl
	@images/make-initramfs.sh $@.1 lib $(OUT)/musl/lib/ld-musl-x86_64.so.1
	@images/make-initramfs.sh $@.2 lib64 /lib64/ld-linux-x86-64.so.2
	@images/make-initramfs.sh $@.3 $(GLIBC) $(addprefix $(GLIBC)/,libc.so.6 libm.so.6 libcrypt.so.1 libgcc_s.so.1)
	@cat $@.[0-3] > $@
	@rm $@.[0-3]

# Linux's own tests, against the host's C library.
$(OUT)/tests/selftests.cpio.gz: tests/selftests/build.sh $(OUT)/linux/origin | $(OUT)/musl/bin/musl-gcc
	$(phase) selftests tests/selftests/build.sh
	@for folder in $(OUT)/tests/selftests/*; do \
		images/make-initramfs.sh $@.part selftests/$${folder##*/} $$folder/* && cat $@.part; \
	done > $@.new
	@mv $@.new $@; rm $@.part

$(OUT)/tests/initramfs.cpio.gz: $(OUT)/initramfs.cpio.gz $(OUT)/tests/programs.cpio.gz \
                                $(OUT)/tests/libraries.cpio.gz $(OUT)/tests/selftests.cpio.gz
	@cat $^ > $@

# ---- The boot medium ----

SERVERS := $(KERNEL_OUT)/pecan $(OUT)/sigma0/sigma0 $(OUT)/roottask/roottask $(OUT)/clock/clock

# TRACE=1: with the kernel that has a trace buffer. DEBUG=1: with the one whose panics name functions.
ISO := $(OUT)/pecan$(if $(TRACE),-trace)$(if $(DEBUG),-debug).iso
iso: $(ISO)
$(ISO): images/grub.cfg images/make-iso.sh $(SERVERS) $(OUT)/linux/vmlinux $(OUT)/initramfs.cpio.gz
	@images/make-iso.sh $@ images/grub.cfg $(SERVERS) $(OUT)/linux/vmlinux initramfs=$(OUT)/initramfs.cpio.gz

# The same with the test programs.
$(OUT)/tests/pecan.iso: images/grub.cfg images/make-iso.sh $(SERVERS) $(OUT)/linux/vmlinux $(OUT)/tests/initramfs.cpio.gz
	@images/make-iso.sh $@ images/grub.cfg $(SERVERS) $(OUT)/linux/vmlinux initramfs=$(OUT)/tests/initramfs.cpio.gz

# Linux with little kernel memory.
$(OUT)/tests/pressure.iso: tests/linux/pressure.cfg images/make-iso.sh $(SERVERS) $(OUT)/linux/vmlinux $(OUT)/tests/initramfs.cpio.gz
	@images/make-iso.sh $@ $< $(SERVERS) $(OUT)/linux/vmlinux initramfs=$(OUT)/tests/initramfs.cpio.gz

include bench/rules.mk

run: iso
	@PECAN_ISO=$(ISO) exec images/qemu.sh iso
run-native: $(OUT)/linux/vmlinux $(OUT)/initramfs.cpio.gz
	@exec images/qemu.sh native

# gdb in front of it: docs/debugging.md.
.PHONY: debug
debug: iso
	@PECAN_ISO=$(ISO) PECAN_KERNEL=$(KERNEL_OUT)/pecan.debug exec images/debug.sh

# What the microkernel does while Linux executes COMMAND, as a timeline: docs/trace.md.
.PHONY: trace
trace:
	+@$(MAKE) TRACE=1 iso
	@COMMAND='$(COMMAND)' PECAN_ISO=$(OUT)/pecan-trace.iso tests/trace/timeline.py

# ---- Tests and checks ----

# Rooms that are not built yet have no tests yet.
have_pecan := $(and $(wildcard kernel/rules.mk),$(wildcard sigma0/rules.mk),$(wildcard roottask/rules.mk))

test: $(OUT)/linux/vmlinux $(OUT)/tests/initramfs.cpio.gz $(OUT)/versions.txt $(UNIT_TESTS) \
      $(if $(have_pecan),$(OUT)/tests/pecan.iso $(OUT)/tests/pressure.iso $(OUT)/tests/system.iso compare-images)
	+@OUT=$(OUT) UNIT_TESTS='$(UNIT_TESTS)' tests/run
unit: $(UNIT_TESTS)
	+@OUT=$(OUT) UNIT_TESTS='$(UNIT_TESTS)' tests/run unit
soak: $(addprefix $(OUT)/tests/,boot.iso pecan.iso pressure.iso hostile.iso) $(OUT)/bench/ipc.iso compare-images
	@mkdir -p $(OUT)/log
	+@OUT=$(OUT) SOAK=1 bash -o pipefail -c 'tests/run boot linux-pecan bench hostile 2>&1 | tee $(OUT)/log/soak.log'
check: $(OUT)/linux/origin $(OUT)/kernel/pecan
	+@OUT=$(OUT) tests/run checks
figures: $(OUT)/kernel/pecan
	@OUT=$(OUT) tests/figures.py
coverage: $(addprefix $(OUT)/tests/,system.iso foreign.iso gate.iso hostile.iso pecan.iso)
	@OUT=$(OUT) tests/coverage.py
mutants:
	@OUT=$(OUT) tests/gate/mutants.py
	@OUT=$(OUT) tests/system/mutants.py
selftests: $(OUT)/linux/vmlinux $(OUT)/tests/initramfs.cpio.gz $(OUT)/tests/pecan.iso
	@OUT=$(OUT) tests/selftests/compare.py

OUR_CXX := $(shell find kernel sigma0 roottask lib include tests/unit tests/system tests/gate tests/native tests/hostile \( -name '*.cpp' -o -name '*.hpp' \) 2>/dev/null)
OUR_SCRIPTS := build.sh .ci/run $(wildcard images/*.sh bench/jobs/*.sh tests/selftests/*.sh) images/base/etc/rcS
# Not the unit tests: they run under sanitizers already, and analysing GoogleTest's macros takes minutes.
TIDY := $(patsubst %,$(OUT)/check/%.tidy,$(filter-out tests/unit/%,$(filter %.cpp,$(OUR_CXX))))

.PHONY: check-format check-static check-shell
check-format:
	@wrong=$$(for file in $(OUR_CXX); do clang-format $$file | cmp -s - $$file || echo "  $$file"; done); \
	[ -z "$$wrong" ] || { echo "not in the common form, which 'make format' makes:"; echo "$$wrong"; false; }
format:
	clang-format -i $(OUR_CXX)
check-static: $(TIDY)
# What only a kernel with TRACE=1 has.
$(OUT)/check/kernel/debug/trace/trace.cpp.tidy: TIDY_FLAGS := -DPECAN_TRACE
$(TIDY): $(OUT)/check/%.tidy: % .clang-tidy $(filter %.hpp,$(OUR_CXX)) $(wildcard include/l4/*.h)
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -std=c++20 -ffreestanding -fno-exceptions -I. -Iinclude -Ilib/include -iquote kernel $(TIDY_FLAGS) 2>$@.log || \
		{ cat $@.log; false; }
	@touch $@
check-shell:
	@shellcheck -x $(OUR_SCRIPTS)

clean:
	rm -rf $(filter-out $(addprefix $(OUT)/,linux busybox musl tcc compare),$(wildcard $(OUT)/*))
	rm -rf $(OUT)/linux/build $(OUT)/linux/vmlinux $(OUT)/busybox/build $(OUT)/busybox/root $(OUT)/tcc/build $(OUT)/tcc/root
	rm -rf $(addprefix $(OUT)/musl/,build bin lib include)
distclean:
	rm -rf $(OUT)
