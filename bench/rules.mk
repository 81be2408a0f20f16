# SPDX-License-Identifier: BSD-2-Clause
# The measurements: programs and jobs that run inside Linux, and the compiler that job-compile runs, in /bench of an
# initramfs of their own.

BENCH_OUT := $(OUT)/bench
BENCH_SOURCES := $(filter-out bench/programs/nothing.c,$(wildcard bench/programs/*.c))
BENCH_JOBS := $(wildcard bench/jobs/*.sh)
TEXT_MIB := 24

$(OUT)/tcc/root/tcc: $(OUT)/tcc/origin $(OUT)/musl/bin/musl-gcc images/build-tcc.sh
	$(phase) tcc images/build-tcc.sh

$(BENCH_OUT)/bench: $(BENCH_SOURCES) bench/programs/bench.h $(OUT)/musl/bin/musl-gcc
	@mkdir -p $(@D)
	@$(OUT)/musl/bin/musl-gcc $(PROGRAM_CFLAGS) -o $@ $(BENCH_SOURCES)
$(BENCH_OUT)/nothing: bench/programs/nothing.c $(OUT)/musl/bin/musl-gcc
	@mkdir -p $(@D)
	@$(OUT)/musl/bin/musl-gcc $(PROGRAM_CFLAGS) -o $@ $<
$(BENCH_OUT)/text: bench/jobs/text.c
	@mkdir -p $(@D)
	@gcc -O2 -Wall -Wextra -Werror -o $@ $<
$(BENCH_OUT)/text.xz: $(BENCH_OUT)/text bench/rules.mk
	@$< $(TEXT_MIB) | xz -6 -T1 > $@

$(BENCH_OUT)/programs.cpio.gz: $(BENCH_OUT)/bench $(BENCH_OUT)/nothing $(BENCH_OUT)/text.xz $(BENCH_JOBS) \
                               $(OUT)/tcc/root/tcc images/make-initramfs.sh
	@images/make-initramfs.sh $@ bench $(BENCH_OUT)/bench $(BENCH_OUT)/nothing $(BENCH_OUT)/text.xz $(BENCH_JOBS) \
		tcc=$(OUT)/tcc/root
$(BENCH_OUT)/initramfs.cpio.gz: $(OUT)/initramfs.cpio.gz $(BENCH_OUT)/programs.cpio.gz
	@cat $^ > $@
$(BENCH_OUT)/pecan.iso: images/grub.cfg images/make-iso.sh $(SERVERS) $(OUT)/linux/vmlinux \
                        $(BENCH_OUT)/initramfs.cpio.gz
	@images/make-iso.sh $@ images/grub.cfg $(SERVERS) $(OUT)/linux/vmlinux initramfs=$(BENCH_OUT)/initramfs.cpio.gz

.PHONY: compare-images
compare-images: $(BENCH_OUT)/pecan.iso $(OUT)/pecan.iso
compare: compare-images
	@OUT=$(OUT) bench/compare.py
