// SPDX-License-Identifier: BSD-2-Clause
/// The contents of the kernel interface page (X.2, 1.1).
#pragma once

#include "kernel/boot/memory_map.hpp"
#include "l4/kip.h"

namespace pecan {

/// A server as the boot loader has placed it.
struct ServerBox {
    VirtAddr entry;
    PhysRange image;
};

/// Makes a KIP of a page: without memory, servers or boot information. `page` is page_size bytes.
l4_kip& start_kip(void* page);

/// How the page names a server.
l4_kip_server kip_server(ServerBox const& server);

// Memory descriptors may be added at any time before sigma0 reads them; a later one overrides earlier ones.

/// Adds the firmware's map; memory that nobody speaks of (devices) is shared, as is what a PC has below 1 MiB.
/// Refuses a map that would leave no descriptors for the rest.
BootResult<Ok> add_firmware_memory(l4_kip& kip, MemoryMap const& map);
/// Adds a range of physical memory; type is one of L4_MEMORY_.
void add_kip_memory(l4_kip& kip, PhysRange range, Word type);
/// The addresses that users may map.
void add_user_addresses(l4_kip& kip, VirtAddr last);

/// Tells a processor's frequency, in kHz, once it is measured.
void set_kip_frequency(l4_kip& kip, Word processor, Word external_khz, Word internal_khz);

} // namespace pecan
