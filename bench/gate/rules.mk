# SPDX-License-Identifier: BSD-2-Clause
#
# What the gate's null call is compared with. GRUB's 'multiboot' wants a 32-bit ELF file.
.PHONY: bench-gate
bench-gate: $(OUT)/tests/gate.iso $(OUT)/bench/plain.iso
	@OUT=$(OUT) bench/gate.py

$(OUT)/bench/plain: bench/gate/plain.S
	@mkdir -p $(@D)
	@$(CXX) -c -o $@.o $<
	@ld -m elf_x86_64 -z max-page-size=4096 --no-warn-rwx-segments --section-start=.multiboot=0x100000 \
		-Ttext=0x101000 -o $@.64 $@.o
	@objcopy -O elf32-i386 $@.64 $@
$(OUT)/bench/plain.iso: bench/gate/grub.cfg images/make-iso.sh $(OUT)/bench/plain
	@images/make-iso.sh $@ bench/gate/grub.cfg $(OUT)/bench/plain
