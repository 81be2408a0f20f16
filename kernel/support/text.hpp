// SPDX-License-Identifier: BSD-2-Clause
/// A piece of text that lies elsewhere: a pointer and a length, no terminator needed.
#pragma once

#include <cstddef>

namespace pecan {

class Text {
public:
    constexpr Text() = default;
    constexpr Text(char const* data, std::size_t size) : data_{data}, size_{size} {}
    /// A literal, or any NUL-terminated string.
    constexpr Text(char const* terminated) : data_{terminated}
    {
        while (terminated[size_] != '\0') ++size_;
    }

    constexpr char const* data() const { return data_; }
    constexpr std::size_t size() const { return size_; }
    constexpr bool is_empty() const { return size_ == 0; }
    constexpr char operator[](std::size_t i) const { return data_[i]; }
    constexpr char const* begin() const { return data_; }
    constexpr char const* end() const { return data_ + size_; }

    /// The text from `first` on, at most `count` characters; empty if there is nothing.
    constexpr Text part(std::size_t first, std::size_t count = ~std::size_t{0}) const
    {
        if (first >= size_) return {};
        std::size_t const rest = size_ - first;
        return {data_ + first, count < rest ? count : rest};
    }

    constexpr bool operator==(Text other) const
    {
        if (size_ != other.size_) return false;
        for (std::size_t i = 0; i < size_; ++i)
            if (data_[i] != other.data_[i]) return false;
        return true;
    }

private:
    char const* data_{nullptr};
    std::size_t size_{0};
};

} // namespace pecan
