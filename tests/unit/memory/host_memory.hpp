// SPDX-License-Identifier: BSD-2-Clause
/// Memory of the test process that plays the kernel's heap.
#pragma once

#include <cstdlib>

#include "kernel/memory/kernel_memory.hpp"

namespace pecan {

class HostMemory {
public:
    explicit HostMemory(Word frames) : size_{frames * page_size}, start_{std::aligned_alloc(page_size, size_)}
    {
        __builtin_memset(start_, 0xa5, size_);
        memory_.init({PhysAddr{reinterpret_cast<Word>(start_)}, size_});
    }
    HostMemory(HostMemory const&) = delete;
    ~HostMemory() { std::free(start_); }
    KernelMemory& operator*() { return memory_; }
    KernelMemory* operator->() { return &memory_; }

private:
    Word size_;
    void* start_;
    KernelMemory memory_;
};

} // namespace pecan
