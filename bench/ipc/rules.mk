# SPDX-License-Identifier: BSD-2-Clause
#
# The microkernel by itself: a root server that measures, and the table of it.
.PHONY: bench-ipc
bench-ipc: $(OUT)/bench/ipc.iso
	@OUT=$(OUT) bench/ipc.py

BENCH_IPC_SOURCES := bench/ipc/main.cpp bench/ipc/loops.S
$(eval $(call l4_program,$(OUT)/bench/ipc,0x400000,$(L4_START_SERVER) $(BENCH_IPC_SOURCES)))

BENCH_IPC_SERVERS := $(KERNEL_OUT)/pecan $(OUT)/sigma0/sigma0 $(OUT)/bench/ipc
$(OUT)/bench/ipc.iso: bench/ipc/grub.cfg images/make-iso.sh $(BENCH_IPC_SERVERS)
	@images/make-iso.sh $@ bench/ipc/grub.cfg $(BENCH_IPC_SERVERS)
test: $(OUT)/bench/ipc.iso
