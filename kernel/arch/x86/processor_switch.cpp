// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/processor_switch.hpp"

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/msr.hpp"
#include "kernel/vcpu/descriptor.hpp"
#include "kernel/vcpu/vcpu.hpp"

/// XCR0; at first x87 and SSE, which every processor has.
extern "C" {
constinit pecan::Word processor_features = 3;
}

namespace pecan {

namespace {

// Control register bits (Intel SDM 3A, 2.5).
constexpr Word cr0_pe = 1, cr0_mp = 2, cr0_et = 0x10, cr0_ne = 0x20, cr0_wp = 0x10000, cr0_am = 0x40000,
               cr0_pg = Word{1} << 31;
constexpr Word cr4_de = 8, cr4_pae = 0x20, cr4_mce = 0x40, cr4_osfxsr = 0x200, cr4_osxmmexcpt = 0x400,
               cr4_fsgsbase = 0x10000, cr4_osxsave = 0x40000, cr4_smep = 0x100000;
constexpr Word efer_sce = 1, efer_lme = 0x100, efer_lma = 0x400, efer_nxe = 0x800;

/// TF, DF, IF, IOPL, NT, RF, AC and the arithmetic flags: an entry starts with a clean RFLAGS.
constexpr Word syscall_flag_mask = 0x257fd5;

/// WB, WT, UC-, UC, WC, WP, UC-, UC: the first four as after reset.
constexpr Word page_attribute_table = 0x0007050100070406;

// XCR0: x87, SSE, AVX, the three of AVX-512, PKRU. What needs more room than the TCB has stays off.
constexpr Word supported_features = 0x2e7;
constexpr std::uint32_t default_mxcsr = 0x1f80;

constinit bool has_rdtscp = false;

template <unsigned n>
void write_debug(Word value)
{
    if constexpr (n == 0) asm volatile("mov %0, %%dr0" : : "r"(value));
    if constexpr (n == 1) asm volatile("mov %0, %%dr1" : : "r"(value));
    if constexpr (n == 2) asm volatile("mov %0, %%dr2" : : "r"(value));
    if constexpr (n == 3) asm volatile("mov %0, %%dr3" : : "r"(value));
    if constexpr (n == 7) asm volatile("mov %0, %%dr7" : : "r"(value));
}

/// A selector that cannot fault when it is loaded at CPL 0: null, the flat data segment, or a TLS entry that is there.
std::uint16_t safe_selector(std::uint16_t selector, Vcpu const* vcpu)
{
    if (selector <= 3 || selector == L4_CLIENT_SS || selector == L4_CLIENT_CS || selector == L4_CLIENT_CS32)
        return selector;
    if (vcpu != nullptr && selector == L4_SERVER_SS) return selector;
    unsigned const index = selector >> 3;
    bool const is_tls =
        vcpu != nullptr && (selector & 7) == 3 && index >= Vcpu::first_gdt_entry && index < Vcpu::first_gdt_entry + 3;
    if (!is_tls) return 0;
    Word const descriptor = vcpu->gdt_entry(index);
    // A data segment, or code that may be read.
    bool const readable = (descriptor & descriptor_code) == 0 || (descriptor >> 41 & 1) != 0;
    return descriptor != 0 && readable ? selector : std::uint16_t{0};
}

/// All four selectors are null, but in threads that run 32-bit code.
bool has_selectors(x86::ProcessorState const& state)
{
    Word selectors;
    __builtin_memcpy(&selectors, &state.ds, sizeof(selectors));
    return selectors != 0;
}

} // namespace

void initialise_processor()
{
    x86::write_cr0(cr0_pe | cr0_mp | cr0_et | cr0_ne | cr0_wp | cr0_am | cr0_pg);
    bool const has_smep = (x86::cpuid(7).ebx & 1u << 7) != 0;
    x86::write_cr4(cr4_de | cr4_pae | cr4_mce | cr4_osfxsr | cr4_osxmmexcpt | cr4_fsgsbase | cr4_osxsave |
                   (has_smep ? cr4_smep : 0));
    x86::write_msr(x86::msr_efer, efer_sce | efer_lme | efer_lma | efer_nxe);
    x86::CpuidResult const xsave = x86::cpuid(13);
    processor_features = (Word{xsave.edx} << 32 | xsave.eax) & supported_features;
    // The AVX-512 parts go together, and only with AVX (Intel SDM 1, 13.3). PKRU needs CR4.PKE, which is off.
    constexpr Word avx = 4, avx512 = 0xe0, pkru = 0x200;
    if ((processor_features & avx512) != avx512 || (processor_features & avx) == 0) processor_features &= ~avx512;
    processor_features &= ~pkru;
    asm volatile("xsetbv" : : "c"(0), "a"(processor_features), "d"(processor_features >> 32));
    x86::write_msr(x86::msr_pat, page_attribute_table);
    // SYSRET's ring 3 selectors are Linux's: base 23h gives SS 2bh and 64-bit CS 33h.
    x86::write_msr(x86::msr_star, Word{L4_CLIENT_CS32} << 48 | Word{KERNEL_CS} << 32);
    x86::write_msr(x86::msr_syscall_mask, syscall_flag_mask);
    x86::write_msr(x86::msr_sysenter_cs, 0);
    has_rdtscp = (x86::cpuid(0x80000001).edx & 1u << 27) != 0;
    x86::write_msr(x86::msr_debug_control, 0);
    write_debug<7>(0);
    constexpr std::uint32_t has_supervisor_state = 1u << 3, has_feature_disable = 1u << 4;
    std::uint32_t const xsave_extensions = x86::cpuid(13, 1).eax;
    if ((xsave_extensions & has_supervisor_state) != 0) x86::write_msr(x86::msr_supervisor_state, 0);
    if ((xsave_extensions & has_feature_disable) != 0) x86::write_msr(x86::msr_extended_feature_disable, 0);
}

void initialise_processor_state(x86::ProcessorState& state)
{
    state = x86::ProcessorState{};
    // Header 0 with MXCSR at its default: XRSTOR then loads each component's initial state.
    constexpr unsigned mxcsr_offset = 24, control_word_offset = 0;
    constexpr std::uint16_t default_control_word = 0x37f;
    __builtin_memcpy(state.fpu + mxcsr_offset, &default_mxcsr, sizeof(default_mxcsr));
    __builtin_memcpy(state.fpu + control_word_offset, &default_control_word, sizeof(default_control_word));
}

namespace {

void load_tsc_aux(std::uint32_t value)
{
    if (value == this_cpu().loaded_tsc_aux || !has_rdtscp) return;
    this_cpu().loaded_tsc_aux = value;
    x86::write_msr(x86::msr_tsc_aux, value);
}

/// An ordinary task must not find the TLS segments of a server's client.
void unload_vcpu_registers()
{
    if (this_cpu().loaded_vcpu == nullptr) return;
    this_cpu().loaded_vcpu = nullptr;
    for (unsigned index = 12; index < 16; ++index) set_gdt_entry(index, 0);
}

} // namespace

void load_vcpu_registers(Vcpu const& vcpu)
{
    this_cpu().loaded_vcpu = &vcpu;
    load_tsc_aux(vcpu.tsc_aux());
    for (unsigned index = 12; index < 16; ++index) set_gdt_entry(index, vcpu.gdt_entry(index));
    write_debug<0>(vcpu.debug_address(0));
    write_debug<1>(vcpu.debug_address(1));
    write_debug<2>(vcpu.debug_address(2));
    write_debug<3>(vcpu.debug_address(3));
}

void forget_vcpu(Vcpu const& vcpu)
{
    if (this_cpu().loaded_vcpu == &vcpu) unload_vcpu_registers();
}

void switch_registers(Tcb* from, Tcb& to)
{
    Word const features = processor_features;
    if (from != nullptr) {
        x86::ProcessorState& state = from->processor;
        asm volatile("xsave64 %0" : "+m"(state.fpu) : "a"(features), "d"(0) : "memory");
        state.fs_base = x86::read_fs_base();
        state.gs_base = x86::read_gs_base();
        asm volatile("mov %%ds, %0" : "=m"(state.ds));
        asm volatile("mov %%es, %0" : "=m"(state.es));
        asm volatile("mov %%fs, %0" : "=m"(state.fs));
        asm volatile("mov %%gs, %0" : "=m"(state.gs));
    }
    // Selectors first: loading FS or GS changes the base.
    if (from == nullptr || has_selectors(from->processor) || has_selectors(to.processor)) {
        asm volatile("mov %0, %%ds" : : "r"(safe_selector(to.processor.ds, to.vcpu)));
        asm volatile("mov %0, %%es" : : "r"(safe_selector(to.processor.es, to.vcpu)));
        asm volatile("mov %0, %%fs" : : "r"(safe_selector(to.processor.fs, to.vcpu)));
        asm volatile("mov %0, %%gs" : : "r"(safe_selector(to.processor.gs, to.vcpu)));
    }
    x86::write_fs_base(to.processor.fs_base);
    x86::write_gs_base(to.processor.gs_base);
    asm volatile("xrstor64 %0" : : "m"(to.processor.fpu), "a"(features), "d"(0) : "memory");
}

void switch_processor(Tcb* from, Tcb& to)
{
    if (to.vcpu == nullptr)
        unload_vcpu_registers();
    else if (to.vcpu != this_cpu().loaded_vcpu)
        load_vcpu_registers(*to.vcpu);
    switch_registers(from, to);
    load_tsc_aux(to.processor.tsc_aux);
}

void disable_breakpoints(Tcb const& thread)
{
    if (thread.vcpu != nullptr && thread.vcpu->debug_control() != 0) write_debug<7>(0);
}

void enable_breakpoints(Tcb const& thread)
{
    if (thread.vcpu != nullptr && thread.vcpu->debug_control() != 0) write_debug<7>(thread.vcpu->debug_control());
}

} // namespace pecan
