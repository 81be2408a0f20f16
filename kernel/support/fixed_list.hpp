// SPDX-License-Identifier: BSD-2-Clause
/// A list of at most `capacity` elements, held in place.
#pragma once

#include <cstddef>

#include "kernel/support/panic.hpp"

namespace pecan {

template <typename T, std::size_t capacity_>
class FixedList {
public:
    static constexpr std::size_t capacity = capacity_;

    constexpr std::size_t size() const { return size_; }
    constexpr bool is_empty() const { return size_ == 0; }
    /// False, and nothing added, if the list is full.
    [[nodiscard]] constexpr bool add(T const& item)
    {
        if (size_ == capacity_) return false;
        items_[size_++] = item;
        return true;
    }
    constexpr void clear() { size_ = 0; }
    constexpr T& operator[](std::size_t i)
    {
        ensure(i < size_);
        return items_[i];
    }
    constexpr T const& operator[](std::size_t i) const
    {
        ensure(i < size_);
        return items_[i];
    }
    constexpr T const* begin() const { return items_; }
    constexpr T const* end() const { return items_ + size_; }

private:
    T items_[capacity_]{};
    std::size_t size_{0};
};

} // namespace pecan
