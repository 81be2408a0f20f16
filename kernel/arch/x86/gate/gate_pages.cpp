// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/gate/gate_pages.hpp"

#include <iterator>

#include "kernel/arch/x86/address_space.hpp"
#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/kernel_pages.hpp"
#include "kernel/arch/x86/msr.hpp"
#include "kernel/arch/x86/pte.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "l4/vcpu.h"

extern "C" {
extern char gate_vectors[], gate_syscall[], gate_syscall32[], kernel_syscall[], kernel_syscall32[];
}

namespace pecan {

namespace {

// Entries are never global: 'not mapped' must mean 'not in the TLB'.
constexpr Word to_table = Pte::present | Pte::writable | Pte::accessed;
constexpr Word to_page = Pte::present | Pte::accessed | Pte::dirty;

GateState& gate() { return this_cpu().gate; }

/// `rights` says whether any page below can be open to ring 3.
GateTree make_tree(Word rights)
{
    GateTree const tree{boot_frame(), boot_frame(), boot_frame()};
    direct_map<Word>(tree.pdpt)[index_of(GATE_BASE, 3)] = tree.directory.raw() | to_table | rights;
    direct_map<Word>(tree.directory)[index_of(GATE_BASE, 2)] = tree.table.raw() | to_table | rights;
    return tree;
}

void map(GateTree const& tree, Word address, PhysAddr frame, Word bits)
{
    direct_map<Word>(tree.table)[index_of(address, 1)] = frame.raw() | bits | to_page;
}

void map_in_both(Word address, PhysAddr frame, Word bits)
{
    map(gate().ordinary, address, frame, bits);
    map(gate().vcpu, address, frame, bits);
}

/// The task state segment reaches to the end of the I/O bitmap. The processor looks at two bytes of the bitmap at a
/// time, so the last eight ports can never be open.
constexpr Word task_state_address = GATE_READ_ONLY + offsetof(GateReadOnly, task_state);
constexpr Word io_bitmap_size = 2 * page_size;
constexpr Word task_state_limit = IO_BITMAP + io_bitmap_size - 1 - task_state_address;

constexpr Word descriptor(Word type_and_dpl, Word flags)
{
    return Word{0xffff} | type_and_dpl << 40 | Word{0xf} << 48 | flags << 52;
}

/// The first sixteen entries are what Linux expects, its kernel segments with DPL 1; ring 0's own follow. Every
/// accessed bit is set, for the CPU could not set it in a read-only table.
void fill_gdt(Word* gdt, Word tss_address)
{
    constexpr Word code64 = 0xa, data32 = 0xc, code32 = 0xc;
    gdt[1] = descriptor(0xbb, code32);
    gdt[L4_SERVER_CS >> 3] = descriptor(0xbb, code64);
    gdt[L4_SERVER_SS >> 3] = descriptor(0xb3, data32);
    gdt[L4_CLIENT_CS32 >> 3] = descriptor(0xfb, code32);
    gdt[L4_CLIENT_SS >> 3] = descriptor(0xf3, data32);
    gdt[L4_CLIENT_CS >> 3] = descriptor(0xfb, code64);
    gdt[KERNEL_CS >> 3] = descriptor(0x9b, code64);
    gdt[KERNEL_SS >> 3] = descriptor(0x93, data32);
    constexpr Word available_tss = 0x89;
    gdt[KERNEL_TSS >> 3] =
        task_state_limit | (tss_address & 0xffffff) << 16 | available_tss << 40 | (tss_address >> 24 & 0xff) << 56;
    gdt[(KERNEL_TSS >> 3) + 1] = tss_address >> 32;
}

/// Debug exception, NMI, double fault, machine check: they must work whatever RSP is (Intel SDM 3A, 6.14.5).
constexpr unsigned vectors_with_stack[] = {1, 2, 8, 18};

/// The number of the vector's own stack; 0: it has none.
Word stack_of(unsigned vector)
{
    for (Word n = 0; n < std::size(vectors_with_stack); ++n)
        if (vectors_with_stack[n] == vector) return n + 1;
    return 0;
}

/// 256 interrupt gates, so interrupts are off from the first instruction; ring 3 may use only int3, into and 80h.
void fill_idt(Word* idt)
{
    constexpr Word vector_stub_size = 16;
    for (unsigned vector = 0; vector < 256; ++vector) {
        Word const address = reinterpret_cast<Word>(gate_vectors) + vector * vector_stub_size;
        Word const dpl = vector == 3 || vector == 4 || vector == 0x80 ? 3 : 0;
        idt[2 * vector] = (address & 0xffff) | Word{KERNEL_CS} << 16 | stack_of(vector) << 32 |
                          (0x8e | dpl << 5) << 40 | (address >> 16 & 0xffff) << 48;
        idt[2 * vector + 1] = address >> 32;
    }
}

/// Where the stacks of the aborts lie: in the gate while a vCPU runs, among the microkernel's pages otherwise, so
/// that no frame of an ordinary task ever stands where a server can read it.
void set_interrupt_stacks(Word base)
{
    for (unsigned n = 1; n <= std::size(vectors_with_stack); ++n)
        this_cpu().gate_read_only.task_state.ist[n - 1] = base + n * GATE_IST_SIZE;
}

void set_rsp0(Word rsp0) { this_cpu().gate_read_only.task_state.rsp[0] = rsp0; }

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    Word base;
};

void load_tables()
{
    TablePointer const gdt{GDT_ENTRIES * sizeof(Word) - 1, GATE_READ_ONLY};
    TablePointer const idt{256 * 16 - 1, GATE_IDT};
    // LTR marks the descriptor busy, which the read-only page would refuse: it uses the alias.
    TablePointer const gdt_alias{gdt.limit, reinterpret_cast<Word>(this_cpu().gate_read_only.gdt)};
    asm volatile("lgdt %0\n\t"
                 "ltr %w1\n\t"
                 "lgdt %2\n\t"
                 "lidt %3\n\t"
                 "lldt %w4\n\t"
                 "push %5\n\t"
                 "lea 1f(%%rip), %%rax\n\t"
                 "push %%rax\n\t"
                 "lretq\n"
                 "1: mov %w6, %%ss\n\t"
                 "mov %w4, %%ds\n\t"
                 "mov %w4, %%es\n\t"
                 "mov %w4, %%fs\n\t"
                 "mov %w4, %%gs"
                 :
                 : "m"(gdt_alias), "r"(KERNEL_TSS), "m"(gdt), "m"(idt), "r"(0), "i"(KERNEL_CS), "r"(KERNEL_SS)
                 : "rax", "memory");
}

} // namespace

void initialise_gate(Word kernel_cr3)
{
    gate().ordinary = make_tree(Pte::user);
    gate().vcpu = make_tree(0);
    PhysAddr const read_only = kernel_page(reinterpret_cast<Word>(&this_cpu().gate_read_only));
    PhysAddr const idt = boot_frame();
    gate().scratch_frame = boot_frame();
    gate().ist_frame = boot_frame();

    Word const text_size = static_cast<Word>(gate_text_end - gate_text_start);
    for (Word offset = 0; offset < text_size; offset += page_size)
        map_in_both(GATE_TEXT + offset, gate_text_frames() + offset, 0);
    map(gate().ordinary, STUB_PAGE, stub_frame(), Pte::user);
    map(gate().vcpu, STUB_PAGE, stub_frame(), 0);
    map_in_both(GATE_READ_ONLY, read_only, Pte::no_execute);
    map_in_both(GATE_IDT, idt, Pte::no_execute);
    map_in_both(GATE_SCRATCH, gate().scratch_frame, Pte::writable | Pte::no_execute);
    map_in_both(GATE_IST, gate().ist_frame, Pte::writable | Pte::no_execute);

    this_cpu().gate_read_only.kernel_cr3 = kernel_cr3;
    hide_io_bitmap();
    fill_gdt(this_cpu().gate_read_only.gdt, task_state_address);
    fill_idt(direct_map<Word>(idt));
    direct_map<Word>(PhysAddr{kernel_cr3})[index_of(GATE_BASE, 4)] = gate_entry_for_ordinary_spaces();
    x86::write_cr3(kernel_cr3);
    load_tables();
    enter_ordinary_mode(reinterpret_cast<Word>(this_cpu().abort_stack) + page_size);
}

Word gate_entry_for_ordinary_spaces() { return gate().ordinary.pdpt.raw() | to_table | Pte::user; }
Word gate_entry_for_vcpus() { return gate().vcpu.pdpt.raw() | to_table; }

void enter_ordinary_mode(Word frame_end)
{
    Cpu& cpu = this_cpu();
    set_rsp0(frame_end);
    if (!gate().vcpu_mode && this_cpu().gate_read_only.task_state.ist[0] != 0) return;
    gate().vcpu_mode = false;
    this_cpu().gate_read_only.vcpu_mode = 0;
    set_interrupt_stacks(reinterpret_cast<Word>(cpu.interrupt_stacks));
    x86::write_msr(x86::msr_lstar, reinterpret_cast<Word>(kernel_syscall));
    x86::write_msr(x86::msr_cstar, reinterpret_cast<Word>(kernel_syscall32));
}

void enter_vcpu_mode(Word window_entry, bool other_server)
{
    direct_map<Word>(gate().vcpu.directory)[index_of(VCPU_WINDOW, 2)] = window_entry;
    if (other_server) {
        __builtin_memset(direct_map<unsigned char>(gate().scratch_frame), 0, page_size);
        __builtin_memset(direct_map<unsigned char>(gate().ist_frame), 0, page_size);
    }
    if (gate().vcpu_mode) return;
    gate().vcpu_mode = true;
    this_cpu().gate_read_only.vcpu_mode = 1;
    hide_io_bitmap();
    set_rsp0(GATE_STACK_TOP);
    set_interrupt_stacks(GATE_IST);
    x86::write_msr(x86::msr_lstar, reinterpret_cast<Word>(gate_syscall));
    x86::write_msr(x86::msr_cstar, reinterpret_cast<Word>(gate_syscall32));
}

bool show_hidden_io_ports(Space& space)
{
    IoPorts const& ports = space.io_ports();
    TaskState& task_state = this_cpu().gate_read_only.task_state;
    if (task_state.io_map_base != NO_IO_BITMAP || ports.bitmap_frame(0) == PhysAddr{}) return false;
    task_state.io_map_base = static_cast<std::uint16_t>(IO_BITMAP - task_state_address);
    for (unsigned n = 0; n < IoPorts::frame_count; ++n) {
        map(gate().ordinary, IO_BITMAP + n * page_size, ports.bitmap_frame(n), Pte::no_execute);
        x86::invalidate_page(IO_BITMAP + n * page_size);
    }
    return true;
}

/// Hook of space/io_ports.hpp. Whosever it is: who has ports still shows them when it next uses one.
void io_bitmap_changed(IoPorts const&) { hide_io_bitmap(); }

void hide_io_bitmap() { this_cpu().gate_read_only.task_state.io_map_base = NO_IO_BITMAP; }

void set_gdt_entry(unsigned index, Word descriptor) { this_cpu().gate_read_only.gdt[index] = descriptor; }

} // namespace pecan
