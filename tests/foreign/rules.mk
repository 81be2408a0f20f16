# SPDX-License-Identifier: BSD-2-Clause
#
# A root server in the manner of programs of others: it uses nothing of include/ and lib/, is linked where such servers
# are, and as one segment (ld -N). Alone: make out/tests/foreign.iso

# Threads share variables, and only asm that clobbers memory stands between them: the compiler must not conclude from all
# functions together that nobody else changes them.
FOREIGN_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -mno-red-zone -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-delete-null-pointer-checks -fno-toplevel-reorder \
	-fno-ipa-modref -fno-ipa-reference \
	-Wall -Wextra -Wno-missing-field-initializers -Werror -MMD -MP
FOREIGN_OBJECTS := $(patsubst %,$(OUT)/user/%.o,$(wildcard tests/foreign/*.c) tests/foreign/start.S)

$(OUT)/user/tests/foreign/%.o: tests/foreign/%
	@mkdir -p $(@D)
	$(CC) $(FOREIGN_CFLAGS) -c -o $@ $<
-include $(FOREIGN_OBJECTS:.o=.d)

$(OUT)/tests/foreign: $(FOREIGN_OBJECTS)
	@mkdir -p $(@D)
	ld -N -Ttext=0x1000000 -z noexecstack -o $@ $^

$(OUT)/tests/foreign.iso: tests/foreign/grub.cfg images/make-iso.sh $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 \
                          $(OUT)/tests/foreign
	@images/make-iso.sh $@ tests/foreign/grub.cfg $(OUT)/kernel/pecan $(OUT)/sigma0/sigma0 $(OUT)/tests/foreign

# The suite tests/foreign needs it.
test: $(OUT)/tests/foreign.iso
