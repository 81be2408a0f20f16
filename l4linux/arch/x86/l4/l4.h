/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the platform know of each other.
 */
#ifndef _L4_L4_H
#define _L4_L4_H

#include <linux/init.h>
#include <linux/types.h>

struct desc_struct;
struct mm_struct;
struct pt_regs;

/* setup.c and what it calls, in this order */
void l4_boot_memory_touch(void);
void l4_capabilities_init(void);
void l4_cpu_ops_init(void);
void l4_irq_ops_init(void);
void l4_mmu_ops_init(void);
void l4_platform_init(void);
void l4_smp_init(void);
void l4_reboot_init(void);
void l4_trap_init(void);

char *l4_memory_setup(void);
bool l4_is_granted(unsigned long phys);

/* console.c */
void l4_console_init(void);
void l4_boot_console_register(void);

/* irq.c, time.c */
void l4_init_IRQ(void);
int l4_event_irq(unsigned int event);
void l4_time_init(void);
unsigned long l4_tsc_khz(void);

/* cpu.c */
unsigned long l4_read_cr0(void);
void l4_write_cr0(unsigned long value);
void l4_write_cr4(unsigned long value);

/* debugreg.c, segment.c, msr.c, cpuid.c: members of pv_ops.cpu */
unsigned long l4_get_debugreg(int n);
void l4_set_debugreg(int n, unsigned long value);
void l4_load_gs_index(unsigned int selector);
struct thread_struct;
void l4_load_tls(struct thread_struct *t, unsigned int cpu);
void l4_write_gdt_entry(struct desc_struct *gdt, int index, const void *desc, int type);
u64 l4_read_msr(unsigned int msr);
void l4_write_msr(unsigned int msr, unsigned int low, unsigned int high);
u64 l4_read_msr_safe(unsigned int msr, int *err);
int l4_write_msr_safe(unsigned int msr, unsigned int low, unsigned int high);
void l4_cpuid(unsigned int *ax, unsigned int *bx, unsigned int *cx, unsigned int *dx);
bool l4_set_xcr0(u64 value);

/* emulate.c */
bool l4_emulate(struct pt_regs *regs);

/* mmu.c */
unsigned long l4_read_cr3(void);

#endif /* _L4_L4_H */
