// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/memory/kernel_heap.hpp"

namespace pecan {

namespace {

constinit KernelMemory the_memory;
constinit Quota the_quota{~Word{0}};

} // namespace

KernelMemory& kernel_memory() { return the_memory; }
Quota& kernel_quota() { return the_quota; }

PhysAddr boot_frame()
{
    Result<PhysAddr, Error> const frame = the_memory.allocate_frame(the_quota);
    if (!frame) panic("too little memory for the kernel's own structures");
    return frame.value();
}

} // namespace pecan
