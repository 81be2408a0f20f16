// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_MAPPING_HPP
#define L4_MAPPING_HPP

#include <l4/syscall.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace l4 {

/// A flexpage that is taken back when the object ends: from others only (it was lent), or from this space as well (it
/// was received).
template <bool from_us_too>
class OwnedFpage {
public:
    OwnedFpage() = default;
    explicit OwnedFpage(Fpage page) : page_{page} {}
    ~OwnedFpage() { end(); }
    OwnedFpage(OwnedFpage&& other) noexcept : page_{other.release()} {}
    OwnedFpage& operator=(OwnedFpage&& other) noexcept
    {
        if (this != &other) {
            end();
            page_ = other.release();
        }
        return *this;
    }
    OwnedFpage(OwnedFpage const&) = delete;
    OwnedFpage& operator=(OwnedFpage const&) = delete;

    Fpage page() const { return page_; }
    /// Memory only.
    std::span<std::byte> bytes() const
    {
        return {reinterpret_cast<std::byte*>(page_.base()), Word{1} << page_.log2size()};
    }
    /// It stays where it is.
    Fpage release() { return std::exchange(page_, Fpage{}); }
    void end()
    {
        if (!page_.is_nil()) (void)unmap(release(), from_us_too);
    }

private:
    Fpage page_{};
};

/// Memory or ports of this space, in the place where they were received.
using Mapping = OwnedFpage<true>;
/// What others were given from this flexpage of ours.
using Loan = OwnedFpage<false>;

} // namespace l4

#endif
