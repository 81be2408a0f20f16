// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions of ring 0 that no paravirtual operation stands for.
 *
 * They raise a general protection fault here. Few are left, most of them at start, so this is
 * a decoder of those and no others. Each kind is counted: one that turns up often deserves
 * an operation of its own.
 */
#include <linux/bits.h>
#include <linux/types.h>

#include <asm/paravirt.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/tlbflush.h>

#include "counters.h"
#include "host/host.h"
#include "l4.h"

/* An instruction as far as it matters: prefixes, opcode (0fXX for two bytes), ModRM. */
struct insn_text {
	const u8 *next;
	bool operand16;
	u8 rex;
};

static unsigned long *reg_of(struct pt_regs *regs, unsigned int n)
{
	switch (n) {
	case 0: return &regs->ax;
	case 1: return &regs->cx;
	case 2: return &regs->dx;
	case 3: return &regs->bx;
	case 4: return &regs->sp;
	case 5: return &regs->bp;
	case 6: return &regs->si;
	case 7: return &regs->di;
	case 8: return &regs->r8;
	case 9: return &regs->r9;
	case 10: return &regs->r10;
	case 11: return &regs->r11;
	case 12: return &regs->r12;
	case 13: return &regs->r13;
	case 14: return &regs->r14;
	default: return &regs->r15;
	}
}

/* A port that is not Linux's behaves as if nothing were there. */
static unsigned int port_in(unsigned int port, unsigned int size)
{
	long value = l4_vcpu_call(L4_VCPU_PORT, port, size, 0, 0);

	l4_count(port);
	return value < 0 && value >= -15 ? ~0U : value;
}

static void port_out(unsigned int port, unsigned int size, unsigned int value)
{
	l4_vcpu_call(L4_VCPU_PORT, port, size | BIT(8), value, 0);
	l4_count(port);
}

/* E4-E7, EC-EF: bit 3 port in DX, bit 1 out, bit 0 not a byte. */
static bool emulate_port(struct pt_regs *regs, struct insn_text *insn, u8 opcode)
{
	unsigned int port = opcode & 8 ? (u16)regs->dx : *insn->next++;
	unsigned int size = !(opcode & 1) ? 1 : insn->operand16 ? 2 : 4;
	unsigned long mask = GENMASK(size * 8 - 1, 0);

	if (opcode & 2)
		port_out(port, size, regs->ax & mask);
	else if (size == 4)
		regs->ax = port_in(port, size);
	else
		regs->ax = (regs->ax & ~mask) | (port_in(port, size) & mask);
	return true;
}

static bool read_cr(unsigned int n, unsigned long *value)
{
	switch (n) {
	case 0:
		*value = l4_read_cr0();
		return true;
	case 2:
		*value = l4_this_vcpu()->cr2;
		return true;
	case 3:
		*value = l4_read_cr3();
		return true;
	case 4:
		*value = this_cpu_read(cpu_tlbstate.cr4);
		return true;
	case 8:
		*value = 0;
		return true;
	default:
		return false;
	}
}

static bool write_cr(unsigned int n, unsigned long value)
{
	switch (n) {
	case 0:
		l4_write_cr0(value);
		return true;
	case 4:
		l4_write_cr4(value);
		return true;
	default:
		return false;
	}
}

static bool emulate_mov_cr(struct pt_regs *regs, struct insn_text *insn, bool write)
{
	u8 modrm = *insn->next++;
	unsigned int cr = (modrm >> 3 & 7) | (insn->rex & 4) << 1;
	unsigned long *reg = reg_of(regs, (modrm & 7) | (insn->rex & 1) << 3);

	l4_count(control_register);
	return write ? write_cr(cr, *reg) : read_cr(cr, reg);
}

static bool emulate_mov_dr(struct pt_regs *regs, struct insn_text *insn, bool write)
{
	u8 modrm = *insn->next++;
	unsigned int dr = modrm >> 3 & 7;
	unsigned long *reg = reg_of(regs, (modrm & 7) | (insn->rex & 1) << 3);

	l4_count(debug_register);
	if (write)
		l4_set_debugreg(dr, *reg);
	else
		*reg = l4_get_debugreg(dr);
	return true;
}

static bool emulate_rdmsr(struct pt_regs *regs)
{
	u64 value = l4_read_msr(regs->cx);

	l4_count(msr_instruction);
	regs->ax = (u32)value;
	regs->dx = value >> 32;
	return true;
}

static bool emulate_wrmsr(struct pt_regs *regs)
{
	l4_write_msr(regs->cx, regs->ax, regs->dx);
	l4_count(msr_instruction);
	return true;
}

static bool emulate_xsetbv(struct pt_regs *regs)
{
	l4_count(xsetbv);
	return !regs->cx && l4_set_xcr0((u32)regs->ax | regs->dx << 32);
}

static bool emulate_two_bytes(struct pt_regs *regs, struct insn_text *insn)
{
	switch (*insn->next++) {
	case 0x01:
		return *insn->next++ == 0xd1 && emulate_xsetbv(regs);
	case 0x06:	/* clts */
	case 0x08:	/* invd */
	case 0x09:	/* wbinvd */
		return true;
	case 0x20:
		return emulate_mov_cr(regs, insn, false);
	case 0x21:
		return emulate_mov_dr(regs, insn, false);
	case 0x22:
		return emulate_mov_cr(regs, insn, true);
	case 0x23:
		return emulate_mov_dr(regs, insn, true);
	case 0x30:
		return emulate_wrmsr(regs);
	case 0x32:
		return emulate_rdmsr(regs);
	default:
		return false;
	}
}

static bool emulate_at(struct pt_regs *regs, struct insn_text *insn)
{
	u8 opcode;

	while (*insn->next == 0x66 || *insn->next == 0xf3 || *insn->next == 0xf2)
		insn->operand16 |= *insn->next++ == 0x66;
	if ((*insn->next & 0xf0) == 0x40)
		insn->rex = *insn->next++;

	opcode = *insn->next++;
	switch (opcode) {
	case 0x0f:
		return emulate_two_bytes(regs, insn);
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return emulate_port(regs, insn, opcode);
	case 0xfa:	/* cli */
		regs->flags &= ~X86_EFLAGS_IF;
		return true;
	case 0xfb:	/* sti */
		regs->flags |= X86_EFLAGS_IF;
		return true;
	default:
		return false;
	}
}

/* True: done, @regs stands behind the instruction. The text of the kernel is always readable. */
bool l4_emulate(struct pt_regs *regs)
{
	struct insn_text insn = { .next = (const u8 *)regs->ip };

	if (!kernel_text_address(regs->ip) || !emulate_at(regs, &insn))
		return false;
	regs->ip = (unsigned long)insn.next;
	l4_count(emulated);
	return true;
}
