// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/interface_page.hpp"

#include "kernel/memory/direct_map.hpp"

namespace pecan {

namespace {

constinit PhysAddr frame{};

} // namespace

void set_kernel_interface_page(PhysAddr page) { frame = page; }
PhysAddr kernel_interface_frame() { return frame; }
l4_kip& kernel_interface_page() { return *direct_map<l4_kip>(frame); }

Word kernel_id() { return *direct_map<Word>(frame + kernel_interface_page().kernel_desc_offset); }

} // namespace pecan
