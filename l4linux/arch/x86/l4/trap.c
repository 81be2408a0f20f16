// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions: what the vCPU page says about where they go.
 *
 * Frames look as the processor makes them, so most of Linux's own stubs serve unchanged. The
 * others: #DB and #DF have no stacks of their own here; #GP may be an instruction to emulate;
 * #NP, #SS and #GP may come from the IRETQ to a process. NMI and #MC are the microkernel's.
 */
#include <linux/linkage.h>

#include <asm/idtentry.h>
#include <asm/proto.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>

#include "entry.h"
#include "host/host.h"
#include "l4.h"

static const struct {
	unsigned int vector;
	void *entry;
} entries[] __initconst = {
	{ X86_TRAP_DE, asm_exc_divide_error },
	{ X86_TRAP_DB, l4_entry_debug },
	{ X86_TRAP_BP, asm_exc_int3 },
	{ X86_TRAP_OF, asm_exc_overflow },
	{ X86_TRAP_BR, asm_exc_bounds },
	{ X86_TRAP_UD, asm_exc_invalid_op },
	{ X86_TRAP_NM, asm_exc_device_not_available },
	{ X86_TRAP_DF, l4_entry_double_fault },
	{ X86_TRAP_OLD_MF, asm_exc_coproc_segment_overrun },
	{ X86_TRAP_TS, asm_exc_invalid_tss },
	{ X86_TRAP_NP, l4_entry_segment_not_present },
	{ X86_TRAP_SS, l4_entry_stack_segment },
	{ X86_TRAP_GP, l4_entry_general_protection },
	{ X86_TRAP_PF, asm_exc_page_fault },
	{ X86_TRAP_MF, asm_exc_coprocessor_error },
	{ X86_TRAP_AC, asm_exc_alignment_check },
	{ X86_TRAP_XF, asm_exc_simd_coprocessor_error },
};

/* Where the gate goes when a push onto the ordinary stack has failed: in the image, never unmapped. */
static char spare_stack[2 * PAGE_SIZE] __aligned(PAGE_SIZE);

/*
 * Until now the root task has seen every exception. All memory that the handlers stand on
 * must be mapped by now.
 */
void __init l4_trap_init(void)
{
	struct l4_vcpu *vcpu = l4_this_vcpu();
	unsigned int i;

	vcpu->exit_start = (unsigned long)l4_exit_start;
	vcpu->exit_end = (unsigned long)l4_exit_end;
	vcpu->exit_iret = (unsigned long)l4_exit_iret;
	vcpu->exit_delta = L4_EXIT_DELTA;
	vcpu->spare_sp = (unsigned long)spare_stack + sizeof(spare_stack);
	vcpu->entry_syscall = (unsigned long)entry_SYSCALL_64_after_hwframe;
	vcpu->entry_syscall32 = (unsigned long)l4_entry_syscall32;
	vcpu->entry_event = (unsigned long)l4_entry_event;
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		vcpu->entry[entries[i].vector] = (unsigned long)entries[i].entry;
}

/*
 * A debug exception inside the restartable section must not return into its middle: the GS
 * base there may have been the process's.
 */
static __always_inline void leave_exit_section(struct pt_regs *regs)
{
	if (regs->ip >= (unsigned long)l4_exit_start && regs->ip < (unsigned long)l4_exit_iret)
		regs->ip = (unsigned long)l4_exit_start;
}

__visible noinstr void l4_exc_debug(struct pt_regs *regs)
{
	if (user_mode(regs)) {
		noist_exc_debug(regs);
		return;
	}
	leave_exit_section(regs);
	exc_debug(regs);
}

__visible noinstr void l4_exc_general_protection(struct pt_regs *regs, unsigned long error_code)
{
	if (!user_mode(regs) && l4_emulate(regs))
		return;
	exc_general_protection(regs, error_code);
}
