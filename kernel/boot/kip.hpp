// SPDX-License-Identifier: BSD-2-Clause
/// The contents of the kernel interface page (X.2, 1.1).
#pragma once

#include "kernel/boot/memory_map.hpp"
#include "l4/kip.h"

namespace pecan {

/// The smallest thread numbers: below `system` interrupts, then the kernel's own threads, then users'.
struct ThreadNumbers {
    static constexpr Word bits = 18;
    static constexpr Word kernel_threads = 32;
    Word system_base;
    constexpr Word user_base() const { return system_base + kernel_threads; }
};

/// A server as the boot loader has placed it.
struct ServerBox {
    VirtAddr entry;
    PhysRange image;
};

/// Fills the page of a KIP piece by piece. Memory descriptors may be added at any time before sigma0 reads them; a
/// later one overrides earlier ones.
class KipBuilder {
public:
    /// `page` is page_size bytes; it becomes a KIP without memory, servers or boot information.
    KipBuilder(void* page, ThreadNumbers numbers);

    void set_sigma0(ServerBox const& server) { set(kip_.sigma0, server); }
    void set_root_server(ServerBox const& server) { set(kip_.root_server, server); }
    void set_boot_info(PhysAddr where) { kip_.boot_info = where.raw(); }

    /// Adds the firmware's map; memory that nobody speaks of (devices) is shared, as is what a PC has below 1 MiB.
    /// Refuses a map that would leave no descriptors for the rest.
    BootResult<Ok> add_firmware_memory(MemoryMap const& map);
    /// Adds a range of physical memory; type is one of L4_MEMORY_.
    void add_memory(PhysRange range, Word type);
    /// The addresses that users may map.
    void add_user_addresses(VirtAddr last);

    l4_kip& kip() { return kip_; }

private:
    static void set(l4_kip_server& box, ServerBox const& server);

    l4_kip& kip_;
};

/// Adds one more descriptor to a finished KIP, such as a device page that must stay the kernel's.
void add_kip_memory(l4_kip& kip, PhysRange range, Word type);

/// Tells a processor's frequency, in kHz, once it is measured.
void set_kip_frequency(l4_kip& kip, Word processor, Word external_khz, Word internal_khz);

} // namespace pecan
