// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_TRACE_HPP
#define TESTS_SYSTEM_TRACE_HPP

#include <l4/kip.hpp>
#include <l4/trace.h>

/// The trace buffer of a kernel that has one.
namespace test::trace {

/// Where it lies; empty: this kernel has none.
inline l4::Range place()
{
    for (auto const& desc : l4::memory_descriptors(l4::kip()))
        if (L4_MEMORY_TYPE(desc) == L4_MEMORY_TRACE) return l4::range_of(desc);
    return {};
}

/// Gets it from sigma0, page by page. Only the root server's first thread can.
bool take();

} // namespace test::trace

#endif
