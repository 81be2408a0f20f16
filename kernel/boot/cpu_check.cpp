// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/cpu_check.hpp"

namespace pecan {

namespace {

struct Feature {
    Text name;
    std::uint32_t CpuFeatureWords::*word;
    int bit;
    Text needed_for; ///< empty: good to have
};

constexpr Feature features[] = {
    {"TSC", &CpuFeatureWords::leaf1_edx, 4, "the clock"},
    {"APIC", &CpuFeatureWords::leaf1_edx, 9, "interrupts and the timer"},
    {"PAT", &CpuFeatureWords::leaf1_edx, 16, "cache attributes of mappings"},
    {"FXSR", &CpuFeatureWords::leaf1_edx, 24, "the threads' vector registers"},
    {"XSAVE", &CpuFeatureWords::leaf1_ecx, 26, "the threads' vector registers"},
    {"SYSCALL", &CpuFeatureWords::extended1_edx, 11, "system calls"},
    {"NX", &CpuFeatureWords::extended1_edx, 20, "pages without the right to execute"},
    {"FSGSBASE", &CpuFeatureWords::leaf7_ebx, 0, "the gate between processes and their Linux"},
    {"SMEP", &CpuFeatureWords::leaf7_ebx, 7, ""},
    {"1 GiB pages", &CpuFeatureWords::extended1_edx, 26, ""},
    {"TSC deadline", &CpuFeatureWords::leaf1_ecx, 24, ""},
    {"invariant TSC", &CpuFeatureWords::power_edx, 8, ""},
    {"hypervisor", &CpuFeatureWords::leaf1_ecx, 31, ""},
};

bool has(CpuFeatureWords const& cpu, Feature const& feature) { return (cpu.*feature.word >> feature.bit & 1) != 0; }

/// Intel's CPUs that do not say otherwise (RDCL_NO, Intel SDM 4, MSR 10ah). Servers and their clients have nothing of the
/// microkernel mapped; ordinary tasks have it all.
bool may_have_meltdown(CpuFeatureWords const& cpu)
{
    constexpr std::uint32_t letters_ntel = 0x6c65746e, rdcl_no = 1;
    return cpu.vendor_ecx == letters_ntel && (cpu.arch_capabilities & rdcl_no) == 0;
}

} // namespace

bool check_cpu(CpuFeatureWords const& cpu, Printer& out)
{
    out("CPU:");
    for (Feature const& feature : features)
        if (has(cpu, feature)) out(' ', feature.name, ',');
    out(" long mode\n");
    if (may_have_meltdown(cpu))
        out("  warning: Meltdown (CPUID and MSR 10ah do not say RDCL_NO): native L4 tasks may read all memory\n");

    bool complete = true;
    for (Feature const& feature : features) {
        if (has(cpu, feature) || feature.needed_for.empty()) continue;
        out("  missing: ", feature.name, ", for ", feature.needed_for,
            ": use an x86-64 CPU from 2014 on, in QEMU -cpu max (or -cpu host with KVM)\n");
        complete = false;
    }
    return complete;
}

} // namespace pecan
