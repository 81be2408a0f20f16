# SPDX-License-Identifier: BSD-2-Clause
#
# Native tasks beside a Linux: the examples of lib/, and a task in C. Alone: make out/tests/native.iso

NATIVE_TASKS := $(OUT)/hello/hello $(OUT)/pingpong/pingpong $(OUT)/rtc/rtc $(OUT)/tests/c_task
NATIVE_MODULES := $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 $(OUT)/roottask/roottask $(NATIVE_TASKS)

$(eval $(call l4_program,$(OUT)/tests/c_task,0x10000000,$(L4_START_C_TASK) tests/native/c_task.c))

$(OUT)/tests/native.iso: tests/native/grub.cfg images/make-iso.sh $(NATIVE_MODULES) $(OUT)/linux/vmlinux \
                         $(OUT)/initramfs.cpio.gz
	@images/make-iso.sh $@ tests/native/grub.cfg $(NATIVE_MODULES) $(OUT)/linux/vmlinux \
		initramfs=$(OUT)/initramfs.cpio.gz

# The suite tests/native needs it.
test: $(OUT)/tests/native.iso
