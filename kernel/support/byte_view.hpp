// SPDX-License-Identifier: BSD-2-Clause
/// Bytes that somebody else wrote: nothing is read beyond their end, whatever they claim.
#pragma once

#include <span>
#include <type_traits>

#include "kernel/support/address.hpp"
#include "kernel/support/text.hpp"

namespace pecan {

class ByteView {
public:
    constexpr ByteView() = default;
    constexpr ByteView(void const* data, Word size) : data_{static_cast<unsigned char const*>(data)}, size_{size} {}

    constexpr unsigned char const* data() const { return data_; }
    constexpr Word size() const { return size_; }
    /// As the library takes bytes.
    std::span<std::byte const> bytes() const { return std::as_bytes(std::span{data_, size_}); }
    /// Whether `count` bytes from `offset` on are there; no sum can overflow.
    constexpr bool holds(Word offset, Word count) const { return offset <= size_ && count <= size_ - offset; }

    /// Copies a T out, aligned or not. False, and `value` untouched, if it is not all there.
    template <typename T>
    bool read(Word offset, T& value) const
    {
        static_assert(std::is_trivially_copyable_v<T>);
        if (!holds(offset, sizeof(T))) return false;
        __builtin_memcpy(&value, data_ + offset, sizeof(T));
        return true;
    }
    /// The bytes [offset, offset + count), cut to what is there.
    ByteView part(Word offset, Word count) const
    {
        if (offset >= size_) return {};
        return {data_ + offset, count < size_ - offset ? count : size_ - offset};
    }
    /// The text at the start, up to a NUL or the end.
    Text text() const
    {
        std::size_t length = 0;
        while (length < size_ && data_[length] != 0) ++length;
        return {reinterpret_cast<char const*>(data_), length};
    }

private:
    unsigned char const* data_{nullptr};
    Word size_{0};
};

} // namespace pecan
