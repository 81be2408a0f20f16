// SPDX-License-Identifier: BSD-2-Clause
#include "physical.hpp"

#include <l4/sigma0.hpp>

namespace root::physical {

namespace {
constexpr l4::Fpage window = l4::Fpage::memory(window_base, window_log2, l4::Rights::rwx);
constexpr Word limit = Word{1} << window_log2;
} // namespace

bool take(Range range)
{
    // Firmware and boot loaders also name ranges that wrap.
    if (range.start > range.end || range.end > limit) return false;
    l4::View const pages{{l4::align_down(range.start, l4::page_size), l4::align_up(range.end, l4::page_size)},
                         window_base};
    for (Word at = pages.window.start; at < pages.window.end;) {
        auto const block = l4::largest_block(pages, at);
        if (!block || !l4::sigma0::request(block->base, block->log2size, window)) return false;
        at = block->base + (Word{1} << block->log2size);
    }
    return true;
}

std::optional<Word> take_any(unsigned log2size) { return l4::sigma0::request_any(log2size, window); }

} // namespace root::physical
