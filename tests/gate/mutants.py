#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Takes each defence of the gate away and looks whether the case that is about it fails: mutants.py [NAME...], or, to
see only whether the table below still fits the tree, mutants.py --check.

A test that passes without the defence proves nothing. Each mutant is an edit or two of the kernel; it is built in a copy
of the tree, and its case is run. 'caught': the case failed, or the machine ended. 'hung': the machine said nothing more, so that
a reader has to judge whether that is what the mutant does. 'survived': nobody noticed, which is an error here. What TCG cannot show is caught by the walk over the tables (case 'tables').
"""

import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
from mutation import ROOT, build, chosen_of, copy_tree, edited, misfits  # noqa: E402  before the machine's modules

import test_debug  # noqa: E402
import test_gate  # noqa: E402
import test_nmi  # noqa: E402
import test_tables  # noqa: E402
import test_text  # noqa: E402
from gate_machine import END, Machine, Silence  # noqa: E402

ISO = "tests/gate.iso"
GATE = "kernel/arch/x86/gate/gate.S"
PAGES = "kernel/arch/x86/gate/gate_pages.cpp"
SWITCH = "kernel/arch/x86/processor_switch.cpp"
VCPU = "kernel/vcpu/vcpu.cpp"
TRAP = "kernel/trap/trap.cpp"
FRAME = "kernel/trap/trap_frame.hpp"


@dataclass(frozen=True)
class Mutant:
    name: str
    rule: int
    case: str
    edits: tuple  # of (file, old text, new text)


def mutant(name, rule, case, *edits):
    return Mutant(name, rule, case, edits)


MUTANTS = [
    # Rule 1 and 18: what is mapped
    mutant("the microkernel is mapped for servers", 1, "server_reads_everywhere",
           ("kernel/arch/x86/address_space.cpp", "cpu.vcpu_slots[0] = Pte{gate_entry_for_vcpus()};",
            "for (unsigned slot = 1; slot < kernel_slot_count; ++slot) cpu.vcpu_slots[slot] = cpu.ordinary_slots[slot];\n"
            "    cpu.vcpu_slots[0] = Pte{gate_entry_for_vcpus()};")),
    mutant("the server's pages are user pages", 18, "client_reads_everywhere",
           ("kernel/space/page_table.hpp", "kind_ == TableKind::server ? Privilege::supervisor : Privilege::user",
            "Privilege::user")),
    mutant("the client's pages are supervisor pages", 18, "syscall_frame",
           ("kernel/space/page_table.hpp", "kind_ == TableKind::server ? Privilege::supervisor : Privilege::user",
            "kind_ == TableKind::ordinary ? Privilege::user : Privilege::supervisor")),
    mutant("the stub page is open to clients", 4, "client_jumps_everywhere",
           (PAGES, "gate().vcpu = make_tree(0);", "gate().vcpu = make_tree(Pte::user);"),
           (PAGES, "map(gate().vcpu, STUB_PAGE, stub_frame(), 0);", "map(gate().vcpu, STUB_PAGE, stub_frame(), Pte::user);"),
           (PAGES, "return gate().vcpu.pdpt.raw() | to_table;", "return gate().vcpu.pdpt.raw() | to_table | Pte::user;")),
    mutant("clients may have pages behind the end of their half", 18, "client_map_errors",
           ("kernel/vcpu/client_map.cpp", "last < L4_CLIENT_AREA_END &&", "last < 0x800000000000 &&")),
    mutant("a server maps what it has not", 18, "client_map_errors",
           ("kernel/vcpu/client_map.cpp", "node == nullptr || node->revoking().read()",
            "!slot.is_present() || (node != nullptr && node->revoking().read())")),
    mutant("a server gives more rights than it has", 18, "client_map_errors",
           ("kernel/vcpu/client_map.cpp", "if (!source.rights.includes(rights.without(Rights{L4_RIGHT_X})))", "if (false)")),
    mutant("client 0 reaches over what the pager has mapped", 18, "dynamic_half",
           ("kernel/space/page_table.cpp", "if (is_foreign(entry)) return Error::invalid_parameter;\n", "")),
    mutant("client 0 reaches outside of the server's half", 18, "dynamic_half",
           ("kernel/vcpu/client_map.cpp", "client == L4_CLIENT_SERVER ? first >= L4_SERVER_AREA_START &&",
            "client == L4_CLIENT_SERVER ? first >= 0xffff800000000000 &&")),
    # Rule 2: revocation
    mutant("clients keep what the pager takes from their server", 2, "client_revoked",
           ("kernel/vcpu/client_search.cpp", "if (table != nullptr &&\n            table->revoke_frames",
            "if (table == nullptr &&\n            table->revoke_frames")),
    mutant("a destroyed client can still be loaded", 2, "client_destroy",
           ("kernel/vcpu/client_set.cpp", "for (WordFrames& frames : cr3_words_) word(frames, client) = 0;\n", "")),
    mutant("a destroyed client stays loaded", 2, "client_destroy",
           ("kernel/vcpu/call.cpp", "thread->vcpu->set_root(none.value().raw());", "{}")),
    mutant("a CR3 index is only masked", 2, "server_clients",
           (GATE, "    cmp $L4_CLIENT_MAX, %rdi\n    jae server_call_slow_rdx\n", "")),
    mutant("a CR3 index is only compared", 2, "text", (GATE, "    and $(L4_CLIENT_MAX - 1), %eax\n", "")),
    mutant("a client number is not bounded", 2, "server_clients",
           ("kernel/vcpu/client_set.cpp", "client == L4_CLIENT_SERVER || client >= L4_CLIENT_MAX",
            "client == L4_CLIENT_SERVER")),
    # Rule 3: debug exceptions
    mutant("breakpoints in the kernel's half", 3, "set_breakpoints",
           (VCPU, "if (value >= L4_CLIENT_AREA_END) return false;\n", "")),
    mutant("any DR7", 3, "set_breakpoints", (VCPU, "if (!is_allowed_debug_control(value)) return false;\n", "")),
    mutant("#DB without a stack of its own", 3, "tables",
           (PAGES, "vectors_with_stack[] = {1, 2,", "vectors_with_stack[] = {255, 2,")),
    mutant("every #DB is swallowed", 3, "client_mov_ss",
           (GATE, "debug_exception:\n    testb $3, 24(%rsp)\n    jz 1f\n", "debug_exception:\n    jmp 1f\n")),
    mutant("a #DB in ring 0 is an exception", 3, "debug",
           (GATE, "debug_exception:\n    testb $3, 24(%rsp)\n    jz 1f\n", "debug_exception:\n")),
    mutant("a #DB in ring 0 leaves the breakpoints on", 3, "debug",
           (GATE, "    xor %eax, %eax\n    mov %rax, %dr7\n    pop %rax\n", "    pop %rax\n")),
    # Rule 4: CS before RIP
    mutant("fix-ups by RIP alone", 4, "client_jumps_everywhere",
           (GATE, "exception:\n    testb $3, 24(%rsp)\n    jz exception_in_ring0\n",
            "exception:\n    push %rax\n    lea gate_fixups_start(%rip), %rax\n"
            "7:  push %rcx\n    mov (%rax), %rcx\n    cmp %rcx, 32(%rsp)\n    pop %rcx\n    je 8f\n    add $16, %rax\n"
            "    push %rcx\n    lea gate_fixups_end(%rip), %rcx\n    cmp %rcx, %rax\n    pop %rcx\n    jb 7b\n"
            "    pop %rax\n    testb $3, 24(%rsp)\n    jz exception_in_ring0\n    jmp 9f\n"
            "8:  pop %rax\n    jmp exception_in_ring0\n9:\n")),
    mutant("faults of ring 1 count as the gate's own", 4, "server_jumps",
           (GATE, "exception:\n    testb $3, 24(%rsp)\n    jz exception_in_ring0\n",
            "exception:\n    testb $2, 24(%rsp)\n    jz exception_in_ring0\n")),
    mutant("a client in the exit section counts as the server", 4, "exit_sweep",
           (VCPU, "return thread_.frame.cpl() == 1 && rip >=", "return rip >=")),
    # Rule 5: values of the server
    mutant("any stack for a syscall's frame", 5, "server_stacks",
           (GATE, "    and $-16, %rax\n    cmp lowest_stack(%rip), %rax\n    jb client_syscall_failed\n",
            "    and $-16, %rax\n")),
    mutant("any stack for an exception's frame", 5, "server_stacks",
           (GATE, "    cmp lowest_stack(%rip), %rax\n    jb vcpu_exception_failed\n", "")),
    mutant("a stack that is not there ends the machine", 5, "server_stacks",
           (GATE, "    MAY_FAULT client_syscall_failed, mov %rcx, (%rax)\n", "    mov %rcx, (%rax)\n")),
    mutant("any entry for a syscall", 5, "server_entries_bad",
           (GATE, "    cmp server_area_start(%rip), %rax\n    jb client_syscall_failed\n", "")),
    mutant("any entry for an exception", 5, "server_entries_bad",
           (GATE, "    cmp server_area_start(%rip), %rdx\n    jb vcpu_exception_failed\n", "")),
    mutant("any entry for an event", 5, "server_entries_bad",
           (VCPU, "|| entry < L4_SERVER_AREA_START ||", "||")),
    mutant("frames outside of the server's area", 5, "server_stacks_death",
           (VCPU, "if (bottom < L4_SERVER_AREA_START || bottom > stack ||", "if ("),
           ("kernel/space/user_memory.cpp", "if (!space.user_area().contains(address.raw())) return {UserPiece::Kind::outside, nullptr};\n", "")),
    mutant("a frame below the bottom of the address space", 5, "client_stacks",
           (GATE, "    mov %rsp, scratch + SCRATCH_RSP(%rip)\n    lea stack_top(%rip), %rsp\n"
            "    mov %rax, scratch + SCRATCH_RAX(%rip)\n",
            "    mov %rsp, scratch + SCRATCH_RSP(%rip)\n    mov %rax, scratch + SCRATCH_RAX(%rip)\n")),
    mutant("no spare stack", 5, "double_fault_of_client",
           (VCPU, "if (entry != 0 && stack != 0 && enter(", "if (entry != 0 && stack == 1 && enter(")),
    # Rule 6: gate pages
    mutant("the CR3 table can be written", 6, "server_writes_gate",
           ("kernel/vcpu/attach.cpp", "clients.cr3_frame(0, n).raw() | used;",
            "clients.cr3_frame(0, n).raw() | used | Pte::writable;")),
    mutant("GDT and TSS can be written", 6, "server_writes_gate",
           (PAGES, "map_in_both(GATE_READ_ONLY, read_only, Pte::no_execute);",
            "map_in_both(GATE_READ_ONLY, read_only, Pte::writable | Pte::no_execute);")),
    mutant("the IDT can be written", 6, "server_writes_gate",
           (PAGES, "map_in_both(GATE_IDT, idt, Pte::no_execute);",
            "map_in_both(GATE_IDT, idt, Pte::writable | Pte::no_execute);")),
    mutant("the gate's stack can be executed", 6, "server_writes_gate",
           (PAGES, "map_in_both(GATE_SCRATCH, gate().scratch_frame, Pte::writable | Pte::no_execute);",
            "map_in_both(GATE_SCRATCH, gate().scratch_frame, Pte::writable);")),
    mutant("the gate's text can be written", 6, "server_writes_gate",
           (PAGES, "gate_text_frames() + offset, 0);", "gate_text_frames() + offset, Pte::writable);")),
    mutant("the kernel's CR3 where the server can write", 6, "server_fills_gate",
           (GATE, "enter_microkernel:\n    cld\n    mov %cr3, %rsi\n    mov read_only + READ_ONLY_KERNEL_CR3(%rip), %rax\n",
            "enter_microkernel:\n    cld\n    mov %cr3, %rsi\n    mov scratch + 0x200(%rip), %rax\n"),
           (PAGES, "    if (gate().vcpu_mode) return;\n",
            "    direct_map<Word>(gate().scratch_frame)[0x40] = this_cpu().gate_read_only.kernel_cr3;\n"
            "    if (gate().vcpu_mode) return;\n")),
    mutant("the gate's stack is not wiped", 6, "server_seeks_secrets",
           (PAGES, "if (other_server) {", "if (false && other_server) {")),
    # Rule 7: the exit section
    mutant("no rewind", 7, "exit_sweep", (VCPU, "        rewind_exit_section();\n        return;\n", "")),
    mutant("RSP stays where the IRETQ has it", 7, "exit_sweep",
           (VCPU, "if (thread_.frame.rip == read_once(page_.exit_iret)) thread_.frame.rsp -= read_once(page_.exit_delta);",
            "")),
    mutant("the client's GS base stays", 7, "exit_sweep",
           (VCPU, "    if (x86::is_canonical(base)) x86::write_gs_base(base);\n", "    (void)base;\n")),
    mutant("an exception in the section pushes IF", 7, "exit_bad_frames",
           (GATE, "    movq $0, scratch + SCRATCH_IF(%rip)\n6:", "6:")),
    mutant("any RIP to rewind to", 7, "server_exit_section",
           ("kernel/ipc/exception_message.cpp", "x86::is_canonical(ip) ? ip : Word{0xffff800000000000}", "ip")),
    # Rule 8: events
    mutant("an event that finds the server waiting is lost", 8, "wait_for_event",
           (VCPU, "        page_.irq_enabled = 1;\n        wake(thread_);\n", "")),
    mutant("'wait' does not look", 8, "wait_for_event",
           (VCPU, "    if (read_once(page_.pending) != 0) return;\n    thread_.state", "    thread_.state")),
    mutant("events are not masked at an entry", 8, "syscall_frame",
           (GATE, "    movb $0, vcpu + VCPU_IRQ_ENABLED(%rip)\n    pushq $ENTRY_FLAGS\n", "    pushq $ENTRY_FLAGS\n")),
    # Rule 9: descriptors
    mutant("any descriptor", 9, "set_descriptors",
           (VCPU, "if (!is_allowed_descriptor(value)) return false;\n", "")),
    mutant("the kernel's data segment has DPL 1", 9, "server_selectors",
           (PAGES, "gdt[KERNEL_SS >> 3] = descriptor(0x93, data32);", "gdt[KERNEL_SS >> 3] = descriptor(0xb3, data32);")),
    mutant("the kernel's code segment is conforming", 9, "server_selectors",
           (PAGES, "gdt[KERNEL_CS >> 3] = descriptor(0x9b, code64);", "gdt[KERNEL_CS >> 3] = descriptor(0x9f, code64);")),
    mutant("a call gate into ring 0", 9, "server_selectors",
           (PAGES, "    constexpr Word available_tss = 0x89;\n",
            "    Word const target = reinterpret_cast<Word>(gate_syscall);\n"
            "    gdt[6] = (target & 0xffff) | Word{KERNEL_CS} << 16 | Word{0xec} << 40 | (target >> 16 & 0xffff) << 48;\n"
            "    gdt[7] = target >> 32;\n    constexpr Word available_tss = 0x89;\n")),
    mutant("the server's code segment is conforming", 9, "client_selectors",
           (PAGES, "gdt[L4_SERVER_CS >> 3] = descriptor(0xbb, code64);",
            "gdt[L4_SERVER_CS >> 3] = descriptor(0xbf, code64);")),
    mutant("the kernel's data segment has DPL 3", 9, "client_selectors",
           (PAGES, "gdt[KERNEL_SS >> 3] = descriptor(0x93, data32);", "gdt[KERNEL_SS >> 3] = descriptor(0xf3, data32);")),
    mutant("every interrupt gate has DPL 3", 9, "int_n",
           (PAGES, "vector == 3 || vector == 4 || vector == 0x80 ? 3 : 0", "3")),
    mutant("int 80h goes on behind the instruction", 9, "client_compatible",
           (FRAME, "        rip -= instruction_length;\n", "")),
    # Rule 10: control registers
    mutant("performance counters for all", 10, "server_privileged_own",
           (SWITCH, "cr4_de = 8,", "cr4_de = 8 | 0x100,")),
    mutant("SYSENTER leads into ring 0", 10, "client_compatible",
           (SWITCH, "x86::write_msr(x86::msr_sysenter_cs, 0);", "x86::write_msr(x86::msr_sysenter_cs, KERNEL_CS);")),
    mutant("CSTAR is the ordinary entry's", 10, "client_compatible",
           (PAGES, "    x86::write_msr(x86::msr_cstar, reinterpret_cast<Word>(gate_syscall32));\n", "")),
    mutant("a 32-bit syscall without entry is nothing", 10, "client_compatible_message",
           (TRAP, "if (!thread.vcpu->deliver_syscall32()) refuse_client_syscall(thread);",
            "thread.vcpu->deliver_syscall32();")),
    mutant("NT stays at a syscall", 10, "client_flags", (SWITCH, "0x257fd5", "0x253fd5")),
    mutant("interrupts stay on at a syscall", 10, "server_spins", (SWITCH, "0x257fd5", "0x257dd5")),
    mutant("the server may write read-only pages", 10, "client_rights", (SWITCH, "cr0_wp = 0x10000,", "cr0_wp = 0,")),
    # Rule 11: flags
    mutant("the server has I/O privilege after an entry", 11, "server_privileged_own",
           (GATE, ".set ENTRY_FLAGS, 0x202", ".set ENTRY_FLAGS, 0x1202")),
    mutant("the server has I/O privilege from the start", 11, "server_privileged_message",
           (FRAME, "(flags & 0x250dd5) | 0x202", "(flags & 0x250dd5) | 0x1202")),
    mutant("the client has I/O privilege", 11, "client_privileged_own",
           (GATE, ".set ENTRY_FLAGS, 0x202", ".set ENTRY_FLAGS, 0x3202")),
    mutant("the client has I/O privilege, and no handler", 11, "client_privileged_message",
           (GATE, ".set ENTRY_FLAGS, 0x202", ".set ENTRY_FLAGS, 0x3202")),
    mutant("the client's flags are the server's", 11, "client_flags",
           (GATE, "    pushq $ENTRY_FLAGS\n    pushq $L4_SERVER_CS\n    pushq scratch + SCRATCH_ENTRY(%rip)",
            "    push %r11\n    pushq $L4_SERVER_CS\n    pushq scratch + SCRATCH_ENTRY(%rip)")),
    mutant("RIP is not looked at", 11, "client_not_canonical",
           ("kernel/ipc/exception_message.cpp", "x86::is_canonical(ip) ? ip : Word{0xffff800000000000}", "ip")),
    mutant("a syscall at the end of the client's half counts as the server's", 4, "client_last_page",
           (GATE, "    test %rcx, %rcx\n    js server_call\n",
            "    push %rax\n    movabs $0x7ffffffff000, %rax\n    cmp %rax, %rcx\n    pop %rax\n    jae server_call\n")),
    # Rule 12: NMIs
    mutant("an NMI changes a register", 12, "nmi",
           (GATE, "nmi:\n    add $16, %rsp\n", "nmi:\n    add $16, %rsp\n    inc %rbp\n")),
    mutant("an NMI loads the microkernel's tables and stays there", 12, "nmi",
           (GATE, "nmi:\n    add $16, %rsp\n",
            "nmi:\n    push %rax\n    mov read_only + READ_ONLY_KERNEL_CR3(%rip), %rax\n    mov %rax, %cr3\n"
            "    pop %rax\n    add $16, %rsp\n")),
    mutant("an NMI runs on the panic's stack", 12, "panic",
           (GATE, "nmi:\n    add $16, %rsp\n",
            "nmi:\n    push %rbp\n    mov %rsp, %rbp\n    lea cpu_local + CPU_ABORT_STACK_TOP(%rip), %rsp\n"
            "    .rept 40\n    pushq $0\n    .endr\n    mov %rbp, %rsp\n    pop %rbp\n    add $16, %rsp\n")),
    mutant("NMIs without a stack of their own", 12, "tables",
           (PAGES, "vectors_with_stack[] = {1, 2,", "vectors_with_stack[] = {1, 255,")),
    # What only the walk over the tables sees
    mutant("gate pages are global", 1, "tables",
           (PAGES, "constexpr Word to_page = Pte::present |", "constexpr Word to_page = Pte::global | Pte::present |")),
    mutant("a client's pages are global", 1, "tables",
           ("kernel/arch/x86/pte.hpp", "attribute_bits(attribute, size) |", "attribute_bits(attribute, size) | global |")),
    mutant("slot 257 stays mapped", 1, "tables",
           ("kernel/arch/x86/address_space.cpp", "cpu.vcpu_slots[0] = Pte{gate_entry_for_vcpus()};",
            "cpu.vcpu_slots[1] = cpu.ordinary_slots[1];\n    cpu.vcpu_slots[0] = Pte{gate_entry_for_vcpus()};")),
    mutant("a descriptor without accessed bit", 9, "tables",
           (PAGES, "descriptor(0xfb, code64);", "descriptor(0xfa, code64);")),
    mutant("TLS descriptors without accessed bit", 9, "tables",
           (VCPU, "= with_accessed_bit(value);", "= value;")),
    mutant("gates that leave interrupts on", 9, "tables", (PAGES, "(0x8e | dpl << 5)", "(0x8f | dpl << 5)")),
    mutant("NX is off for the gate's data", 6, "tables",
           (PAGES, "map_in_both(GATE_READ_ONLY, read_only, Pte::no_execute);", "map_in_both(GATE_READ_ONLY, read_only, 0);")),
    mutant("abort stacks in the gate for ordinary tasks", 6, "tables",
           (PAGES, "set_interrupt_stacks(reinterpret_cast<Word>(cpu.interrupt_stacks));",
            "set_interrupt_stacks(GATE_IST);")),
    mutant("an unmapped entry keeps its address", 13, "tables",
           ("kernel/space/page_table.cpp", "    set_entry(entry, level, Pte{});\n    if (level < 4) info",
            "    set_entry(entry, level, Pte{entry->raw() & ~Word{1}});\n    if (level < 4) info")),
    mutant("an indirect branch before the microkernel's CR3", 13, "text",
           (GATE, "enter_microkernel:\n    cld\n", "enter_microkernel:\n    cld\n    lea 9f(%rip), %rax\n    jmp *%rax\n9:\n")),
    mutant("a return before the microkernel's CR3", 13, "text",
           (GATE, "enter_microkernel:\n    cld\n", "enter_microkernel:\n    cld\n    lea 9f(%rip), %rax\n    push %rax\n    ret\n9:\n")),
    mutant("memory types are those of reset", 10, "tables",
           (SWITCH, "x86::write_msr(x86::msr_pat, page_attribute_table);", "")),
    mutant("SMEP is off", 10, "tables", (SWITCH, "cr4_smep = 0x100000;", "cr4_smep = 0;")),
    mutant("DF stays at a syscall", 10, "tables", (SWITCH, "0x257fd5", "0x257bd5")),
    mutant("CSTAR of ordinary tasks is forgotten", 10, "tables",
           (PAGES, "    x86::write_msr(x86::msr_cstar, reinterpret_cast<Word>(kernel_syscall32));\n", "")),
    # Rule 14 and 19: loops
    mutant("entries that fault for ever", 14, "entry_absent", (GATE, ".set LOOP_LIMIT, 16", ".set LOOP_LIMIT, 0x7fffffff")),
    mutant("the server runs without interrupts: faults", 19, "server_fault_loop",
           (GATE, ".set ENTRY_FLAGS, 0x202", ".set ENTRY_FLAGS, 0x002")),
    mutant("the server runs without interrupts: exceptions", 19, "server_exception_loop",
           (GATE, ".set ENTRY_FLAGS, 0x202", ".set ENTRY_FLAGS, 0x002")),
    mutant("the server runs without interrupts: its client", 19, "client_fault_loop",
           (GATE, ".set ENTRY_FLAGS, 0x202", ".set ENTRY_FLAGS, 0x002")),
    mutant("a vCPU's time slice does not end", 19, "server_spins",
           ("kernel/schedule/scheduler.cpp", "return thread.time_slice != 0 && thread.slice_left == 0;",
            "return thread.vcpu == nullptr && thread.time_slice != 0 && thread.slice_left == 0;")),
    mutant("a deadline in the past is armed again and again", 19, "server_deadlines",
           (VCPU, "    page_.deadline = 0;\n    post_event(L4_EVENT_TIMER);\n",
            "    post_event(L4_EVENT_TIMER);\n    arm_deadline();\n")),
    mutant("map does not look at the address", 18, "server_calls",
           ("kernel/vcpu/client_map.cpp", "if (!is_in_area(call.client, range.first, range.last)) return ClientError::invalid;\n",
            "")),
    mutant("map reads behind its entries", 18, "client_map_errors",
           ("kernel/vcpu/client_map.cpp", " || call.first > L4_VCPU_MAP_ENTRIES - call.count", "")),
    mutant("a batch goes on behind its calls", 18, "client_batch",
           ("kernel/vcpu/call.cpp", "if (end > L4_VCPU_BATCH_CALLS) return invalid;", "")),
    mutant("a batch holds any call", 18, "client_batch",
           ("kernel/vcpu/call.cpp", "return can_be_in_batch(frame.rax) ? call(caller, clients, budget) : invalid;",
            "return call(caller, clients, budget);")),
    mutant("a batch names the client of a call that is not before", 18, "client_batch",
           ("kernel/vcpu/call.cpp", "if (maker < number) frame.rdi", "if (maker <= number) frame.rdi")),
    # Rule 15: CR2
    mutant("CR2 of a double fault is what the CPU has", 15, "double_fault_of_client",
           (VCPU, "        page_.cr2 = failed_address;\n", "        page_.cr2 = x86::read_cr2();\n")),
    # Rule 16: ports
    mutant("the ordinary task's ports are open", 16, "server_ports",
           (PAGES, "    hide_io_bitmap();\n    set_rsp0(GATE_STACK_TOP);",
            "    set_rsp0(GATE_STACK_TOP);")),
    mutant("the call gives any port", 16, "server_ports",
           ("kernel/vcpu/call.cpp", "if (!caller.space->io_ports().holds(port)) return", "if (false) return")),
    # Rule 17: registers
    mutant("the TLS segments of a server stay", 17, "tables",
           (SWITCH, "    for (unsigned index = 12; index < 16; ++index) set_gdt_entry(index, 0);", "")),
]


def problems():
    """What makes the table worthless: texts that are no longer there, hostile cases without a mutant."""
    manual = (ROOT / "docs/gate.md").read_text()
    for it in MUTANTS:
        yield from misfits(it.name, it.edits)
        if f"| {it.rule} | {it.name} | `{it.case}` |" not in manual:
            yield f"mutant '{it.name}' is not in docs/gate.md"
    cases = (ROOT / "tests/gate/cases.def").read_text()
    for case in re.findall(r'^CASE\((\w+), \w+, "hostile', cases, re.MULTILINE):
        if not any(it.case == case for it in MUTANTS):
            yield f"no mutant for the hostile case {case}"


class Run(NamedTuple):
    output: str
    hung: bool  # it said nothing more, but had not ended


def run_of(wanted):
    """What the machine says."""
    options = test_gate.ICOUNT if wanted == "icount" else []
    with Machine("mutant", wanted=wanted, options=options, silence=30) as run:
        try:
            run.wait_for(END, unless="Pecan panic")
        except Silence:
            return Run(run.output, run.qemu.poll() is None and "Pecan panic" not in run.output)
        return Run(run.output, False)


HOST_CHECKS = {
    "tables": test_tables.check_gate_tasks,
    "nmi": test_nmi.check_storm,
    "panic": test_nmi.check_panic,
    "text": test_text.check_text,
    "debug": test_debug.check_debug,
}


def failure_of(case, run=None):
    """How a run of the case fails, 'caught' or 'hung', and what it says; None if all is well."""
    if case in HOST_CHECKS:
        try:
            HOST_CHECKS[case]()
        except Silence as failed:
            said = str(failed)
            return "caught" if "Pecan panic" in said else "hung", said.split("\n")[0]
        except (AssertionError, OSError) as failed:
            return "caught", str(failed).split("\n")[0] or "a failure"
        return None
    run = run or run_of("icount" if case == "exit_sweep" else case)
    try:
        test_gate.check_case(run.output, dict(test_gate.known_cases())[case])
    except AssertionError as failed:
        panic = re.search(r"Pecan panic: .*", run.output)
        comments = re.findall(r"^# (.*)", str(failed), re.MULTILINE)
        said = panic.group(0) if panic else comments[-1] if comments else "the machine ended"
        return ("hung", "silence") if run.hung else ("caught", said)
    return None


def failures_without_mutant(cases):
    runs = {False: run_of("all"), True: run_of("icount") if "exit_sweep" in cases else None}
    for case in sorted(cases):
        if failure := failure_of(case, runs[case == "exit_sweep"]):
            yield f"{case} fails without any mutant: {failure[1]}"


def try_mutant(it, tree):
    with edited(tree, it.edits):
        build(tree, ISO)
        return failure_of(it.case)


def main(names):
    chosen = chosen_of(names, MUTANTS, problems())
    if chosen is None:
        return 0
    tree = copy_tree()
    build(tree, ISO)
    if wrong := list(failures_without_mutant({it.case for it in chosen})):
        sys.exit("\n".join(wrong))
    verdicts = Counter()
    for it in chosen:
        failure = try_mutant(it, tree)
        verdict, said = failure or ("SURVIVED", "")
        verdicts[verdict] += 1
        print(f"{verdict:8} rule {it.rule:2} {it.case}: {it.name}" + (f" [{said}]" if said else ""), flush=True)
    print(", ".join(f"{verdicts[verdict]} {verdict.lower()}" for verdict in ("caught", "hung", "SURVIVED")))
    return 1 if verdicts["SURVIVED"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
