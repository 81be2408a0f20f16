// SPDX-License-Identifier: BSD-2-Clause
// Where the gate and the microkernel's own areas lie in every address space.
//
//   slot 256  ffff807fffc00000  vCPU window: what belongs to the vCPU that runs here (per vCPU)
//             ffff807fffe00000  the gate: text, stubs, this CPU's descriptor tables and entry stacks
//   slot 257  ffff808000000000  kernel image (+ physical address)
//             ffff80803fc00000  the thread table
//             ffff80803fe00000  this CPU's own data and kernel stack
//   slot 258  ffff810000000000  direct map of physical memory
//
// All code and all per-CPU data lie within 2 GiB of each other, so RIP-relative addressing reaches them.
// The assembler reads this file as well: only #define and comments below.
#ifndef PECAN_GATE_LAYOUT
#define PECAN_GATE_LAYOUT

#define KERNEL_BASE 0xffff808000000000
#define THREAD_TABLE 0xffff80803fc00000
#define THREAD_NUMBERS 0x40000
#define CPU_LOCAL_BASE 0xffff80803fe00000
#define DIRECT_MAP_BASE 0xffff810000000000

#define VCPU_WINDOW 0xffff807fffc00000
#define VCPU_WINDOW_PAGE VCPU_WINDOW
#define VCPU_WINDOW_CR3_TABLE 0xffff807fffc04000

#define GATE_BASE 0xffff807fffe00000
#define GATE_TEXT GATE_BASE
#define GATE_TEXT_PAGES 2
#define STUB_PAGE 0xffff807fffe02000
#define STUB_SIZE 64
#define SYSCALL_LENGTH 2
#define GATE_READ_ONLY 0xffff807fffe03000
#define GATE_IDT 0xffff807fffe04000
#define GATE_SCRATCH 0xffff807fffe05000
#define GATE_STACK_TOP 0xffff807fffe06000
#define GATE_IST 0xffff807fffe06000
#define GATE_IST_SIZE 1024
// Two pages behind the gate's, in ordinary spaces only: the current task's I/O bitmap.
#define IO_BITMAP 0xffff807fffe08000
// In the task state: behind its limit, so all ports are closed.
#define NO_IO_BITMAP 0xffff

// Ring 0 selectors stand behind the sixteen entries that Linux knows.
#define KERNEL_CS 0x80
#define KERNEL_SS 0x88
#define KERNEL_TSS 0x90
#define GDT_ENTRIES 20

// Numbers of the stubs in the stub page.
#define STUB_SPACE_CONTROL 0
#define STUB_THREAD_CONTROL 1
#define STUB_PROCESSOR_CONTROL 2
#define STUB_MEMORY_CONTROL 3
#define STUB_IPC 4
#define STUB_LIPC 5
#define STUB_UNMAP 6
#define STUB_EXCHANGE_REGISTERS 7
#define STUB_SYSTEM_CLOCK 8
#define STUB_THREAD_SWITCH 9
#define STUB_SCHEDULE 10
#define STUB_VCPU_CALL 11
#define STUB_COUNT 12

// Frame 'vectors' that are not the CPU's.
#define VECTOR_SYSCALL 0x100
#define VECTOR_CLIENT_SYSCALL 0x101
#define VECTOR_CLIENT_SYSCALL32 0x102

// Exceptions with an error code, as bits: 8, 10 to 14, 17, 21, 29, 30.
#define VECTORS_WITH_ERROR_CODE 0x60227d00

// How the gate comes into the microkernel: with an event, because a frame could not be pushed, or because the
// server's entries cannot be executed.
#define GATE_EVENT 0
#define GATE_PUSH_FAILED 1
#define GATE_ENTRY_LOOPS 2
#endif
