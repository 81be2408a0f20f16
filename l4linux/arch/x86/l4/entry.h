/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What entry.S and the C side know of each other.
 */
#ifndef _L4_ENTRY_H
#define _L4_ENTRY_H

#include <linux/linkage.h>
#include <linux/types.h>

#include <asm/ptrace.h>

/* pt_regs->ip lies above the general registers and orig_ax: what l4_exit adds to RSP. */
#define L4_EXIT_DELTA	offsetof(struct pt_regs, ip)

asmlinkage unsigned long l4_save_fl(void);
asmlinkage void l4_irq_disable(void);
asmlinkage void l4_irq_enable(void);
asmlinkage unsigned long l4_read_cr2(void);

asmlinkage void l4_entry_event(void);
asmlinkage void l4_entry_debug(void);
asmlinkage void l4_entry_double_fault(void);
asmlinkage void l4_entry_segment_not_present(void);
asmlinkage void l4_entry_stack_segment(void);
asmlinkage void l4_entry_general_protection(void);
asmlinkage void l4_entry_syscall32(void);

extern const char l4_exit[], l4_exit_start[], l4_exit_iret[], l4_exit_end[];

/* Linux's own entry, behind the pushes that the gate has done. */
asmlinkage void entry_SYSCALL_64_after_hwframe(void);

asmlinkage void l4_exc_event(struct pt_regs *regs);
asmlinkage void l4_exc_debug(struct pt_regs *regs);
asmlinkage void l4_exc_general_protection(struct pt_regs *regs, unsigned long error_code);

#endif /* _L4_ENTRY_H */
