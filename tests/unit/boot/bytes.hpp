// SPDX-License-Identifier: BSD-2-Clause
/// Bytes for parsers, in a block of exactly their size, so that the sanitizer sees the first step outside.
#pragma once

#include "kernel/support/byte_view.hpp"

#include <cstring>
#include <memory>
#include <vector>

namespace pecan {

using Blob = std::vector<unsigned char>;

template <typename T>
void append(Blob& blob, T const& value)
{
    auto const* bytes = reinterpret_cast<unsigned char const*>(&value);
    blob.insert(blob.end(), bytes, bytes + sizeof value);
}

template <typename T>
void store(Blob& blob, std::size_t offset, T const& value)
{
    std::memcpy(blob.data() + offset, &value, sizeof value);
}

class ExactBytes {
public:
    explicit ExactBytes(Blob const& blob) : size_{blob.size()}, bytes_{new unsigned char[blob.size()]}
    {
        if (size_ != 0) std::memcpy(bytes_.get(), blob.data(), size_);
    }
    ByteView view() const { return {bytes_.get(), size_}; }
    bool contains(Text text) const
    {
        auto const* data = reinterpret_cast<unsigned char const*>(text.data());
        return text.empty() || (data >= bytes_.get() && data + text.size() <= bytes_.get() + size_);
    }

private:
    std::size_t size_;
    std::unique_ptr<unsigned char[]> bytes_;
};

} // namespace pecan
