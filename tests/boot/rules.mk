# SPDX-License-Identifier: BSD-2-Clause
# out/tests/boot.iso: systems beside the one that everybody boots, and media that are damaged.

BOOT_TEST_FILES := $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 $(OUT)/roottask/roottask $(OUT)/clock/clock \
                   $(OUT)/linux/vmlinux
BAD_MEDIA := $(OUT)/tests/bad-media

$(OUT)/tests/boot.iso: tests/boot/grub.cfg tests/boot/bad_media.py images/make-iso.sh $(BOOT_TEST_FILES) \
                       $(OUT)/initramfs.cpio.gz
	@tests/boot/bad_media.py $(OUT)/linux/vmlinux $(OUT)/initramfs.cpio.gz $(BAD_MEDIA)
	@images/make-iso.sh $@ $< $(BOOT_TEST_FILES) initramfs=$(OUT)/initramfs.cpio.gz $(BAD_MEDIA)/*

# The suite tests/boot needs them.
test: $(OUT)/tests/boot.iso $(OUT)/pecan.iso
