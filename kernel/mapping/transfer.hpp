// SPDX-License-Identifier: BSD-2-Clause
/// Which part of a send fpage goes where in a receive window (x2-amd64.md, 7).
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/space/page_size.hpp"

namespace pecan {

/// `last` + 1 bytes (the complete space has 2^64) from `source` to `destination`.
struct Transfer {
    Word source;
    Word destination;
    Word last;
    bool is_empty;

    /// `hot_spot` picks the part: of the window if the fpage is smaller, of the fpage if the window is.
    static constexpr Transfer of(Fpage fpage, Word hot_spot, Fpage window)
    {
        if (!is_mappable(fpage) || !is_mappable(window)) return {0, 0, 0, true};
        Word const fpage_mask = low_mask(fpage.log2size());
        Word const window_mask = low_mask(window.log2size());
        if (fpage.log2size() <= window.log2size())
            return {fpage.base(), window.base() + (hot_spot & window_mask & ~fpage_mask), fpage_mask, false};
        return {fpage.base() + (hot_spot & fpage_mask & ~window_mask), window.base(), window_mask, false};
    }

    /// Memory fpages of at least a page; nil is none.
    static constexpr bool is_mappable(Fpage fpage)
    {
        return !fpage.is_nil() && !fpage.is_io() && fpage.log2size() >= page_bits;
    }
};

} // namespace pecan
