// SPDX-License-Identifier: BSD-2-Clause
#include "policy.hpp"

#include <l4/kip.hpp>

namespace sigma0 {

namespace {

Kind kind_of(l4_kip_memory_desc const& desc)
{
    switch (desc.low & 0xf) {
    case L4_MEMORY_CONVENTIONAL: return Kind::conventional;
    case L4_MEMORY_DEDICATED:
    case L4_MEMORY_BOOTLOADER:
    case L4_MEMORY_ARCH: return Kind::by_address;
    case L4_MEMORY_SHARED: return Kind::shared;
    default: return Kind::reserved; // also types that we do not know
    }
}

/// Only whole pages can be given. What may be given shrinks to them, the rest grows.
Range whole_pages(Range range, Kind kind)
{
    if (kind == Kind::conventional)
        return {l4::align_up(range.start, l4::page_size), l4::align_down(range.end, l4::page_size)};
    return {l4::align_down(range.start, l4::page_size), l4::align_up(range.end, l4::page_size)};
}

/// Whoever writes to an interrupt controller or the kernel's timer takes the processor away from
/// everyone. The kernel describes its own ones as reserved; these are where PCs have them.
constexpr Range controllers[] = {
    {0xfec00000, 0xfec01000}, // I/O APIC
    {0xfed00000, 0xfed01000}, // HPET
    {0xfee00000, 0xfee01000}, // local APIC
};

constexpr Range kernel_ports[] = {
    {0x00, 0x10},   // ISA DMA: writes to any memory
    {0x20, 0x22},   // PIC
    {0x40, 0x44},   // PIT
    {0x61, 0x62},   // NMI reasons, gate of the PIT's second counter
    {0x81, 0x90},   // DMA page registers
    {0xa0, 0xa2},   // PIC
    {0xc0, 0xe0},   // ISA DMA
    {0x4d0, 0x4d2}, // edge or level of PIC lines
    {0x514, 0x51c}, // DMA of QEMU's fw_cfg: writes to any memory
};

constexpr Range root_ports[] = {
    {0x60, 0x61},   // keyboard controller: data, ...
    {0x64, 0x65},   // ... command: resets the machine
    {0x70, 0x72},   // RTC, with the NMI mask in its index
    {0x92, 0x93},   // system control: reset, A20
    {0xb2, 0xb4},   // software SMI
    {0xcf8, 0xd00}, // PCI configuration: moves devices' windows, starts their DMA; cf9 resets
};

} // namespace

bool set_up_memory(RegionPool& pool, BootState const& boot)
{
    bool fits = true;
    for (auto const& desc : boot.memory) {
        if (L4_MEMORY_IS_VIRTUAL(desc) != 0) continue;
        if (L4_MEMORY_TYPE(desc) == L4_MEMORY_TRACE) {
            // What everybody does is nobody's business but the root server's.
            fits =
                pool.describe(whole_pages(l4::range_of(desc), Kind::owned), Kind::owned, boot.root_server_id) && fits;
            continue;
        }
        Kind const kind = kind_of(desc);
        fits = pool.describe(whole_pages(l4::range_of(desc), kind), kind) && fits;
    }
    auto const place = [&](Range image, Kind kind, ThreadId owner) {
        if (!image.is_empty()) fits = pool.describe(whole_pages(image, kind), kind, owner) && fits;
    };
    place(boot.kernel, Kind::reserved, l4::nilthread);
    place(boot.sigma0, Kind::reserved, l4::nilthread);
    place(boot.sigma1, Kind::owned, boot.sigma1_id);
    place(boot.root_server, Kind::owned, boot.root_server_id);
    place(boot.own_kip, Kind::reserved, l4::nilthread);
    place(boot.own_utcbs, Kind::reserved, l4::nilthread);
    for (Range const& controller : controllers) place(controller, Kind::reserved, l4::nilthread);
    return fits;
}

bool set_up_ports(RegionPool& pool, ThreadId root_server)
{
    bool fits = true;
    for (Range const& ports : kernel_ports) fits = pool.describe(ports, Kind::reserved) && fits;
    for (Range const& ports : root_ports) fits = pool.describe(ports, Kind::owned, root_server) && fits;
    return fits;
}

} // namespace sigma0
