// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_FPAGE_HPP
#define L4_FPAGE_HPP

#include <l4/range.hpp>

#include <optional>

namespace l4 {

enum class Rights : unsigned { none = 0, x = 1, w = 2, wx = 3, r = 4, rx = 5, rw = 6, rwx = 7 };

constexpr bool allows(Rights have, Rights want)
{
    return (static_cast<unsigned>(want) & ~static_cast<unsigned>(have)) == 0;
}

/// A flexpage: a power-of-two region of memory or of I/O ports, with access rights.
class Fpage {
public:
    constexpr Fpage() = default;

    static constexpr Fpage memory(Word base, unsigned log2size, Rights rights)
    {
        return Fpage{L4_FPAGE(base, log2size, static_cast<Word>(rights))};
    }
    static constexpr Fpage ports(Word first, unsigned log2count)
    {
        return Fpage{L4_IO_FPAGE(first & 0xffff, log2count, L4_RIGHTS_RWX)};
    }
    static constexpr Fpage complete() { return Fpage{L4_COMPLETE_SPACE | L4_RIGHTS_RWX}; }
    static constexpr Fpage from_raw(Word raw) { return Fpage{raw}; }

    constexpr Word raw() const { return raw_; }
    constexpr bool is_nil() const { return raw_ == L4_NILPAGE; }
    constexpr bool is_io() const { return L4_IS_IO_FPAGE(raw_); }
    constexpr Rights rights() const { return static_cast<Rights>(L4_FPAGE_RIGHTS(raw_)); }

    /// Memory only. The base field may point into the region; X.2 rounds it down to the size.
    constexpr unsigned log2size() const { return static_cast<unsigned>(L4_FPAGE_LOG2SIZE(raw_)); }
    constexpr Word base() const { return align_down(L4_FPAGE_BASE(raw_), Word{1} << log2size()); }

    /// I/O only. The bits above the port number are undefined and ignored.
    constexpr Word first_port() const { return align_down(raw_ >> 16 & 0xffff, port_count()); }
    constexpr unsigned log2_port_count() const { return static_cast<unsigned>(raw_ >> 10 & 0x3f); }
    constexpr Word port_count() const { return Word{1} << log2_port_count(); }

    constexpr bool operator==(Fpage const&) const = default;

private:
    constexpr explicit Fpage(Word raw) : raw_{raw} {}
    Word raw_ = L4_NILPAGE;
};

static_assert(Fpage::ports(0x3f8, 3).is_io() && Fpage::ports(0x3f8, 3).first_port() == 0x3f8);

/// A part of one address space that appears in another, `delta` bytes further up (modulo 2^64).
struct View {
    Range window;   ///< addresses where the fault occurs
    Word delta = 0; ///< address in the window + delta = address in the source
};

/// The largest aligned power-of-two block around an address that lies in the view's window and is
/// aligned on both sides, so that one map item can carry it. Nothing if the address is outside.
struct Block {
    Word base = 0; ///< in the window
    unsigned log2size = 0;
};
constexpr std::optional<Block> largest_block(View const& view, Word address)
{
    std::optional<Block> best;
    for (unsigned log2 = page_log2; log2 < 63; ++log2) {
        Word const size = Word{1} << log2;
        Word const base = align_down(address, size);
        if (base < view.window.start || size > view.window.end - base || base >= view.window.end ||
            !is_aligned(view.delta, size)) {
            break;
        }
        best = Block{base, log2};
    }
    return best;
}

} // namespace l4

#endif
