// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_RING_BUFFER_HPP
#define ROOTTASK_CONSOLE_RING_BUFFER_HPP

#include <array>
#include <cstddef>

namespace root {

/// A queue of characters of fixed capacity. Putting into a full one and taking from an empty one
/// are the caller's mistakes.
template <std::size_t Capacity>
class RingBuffer {
public:
    static constexpr std::size_t capacity = Capacity;

    constexpr std::size_t size() const { return used_; }
    constexpr std::size_t room() const { return Capacity - used_; }
    constexpr bool is_empty() const { return used_ == 0; }

    constexpr void put(char letter)
    {
        letters_[(first_ + used_) % Capacity] = letter;
        ++used_;
    }
    constexpr char take()
    {
        char const letter = letters_[first_];
        first_ = (first_ + 1) % Capacity;
        --used_;
        return letter;
    }

private:
    std::array<char, Capacity> letters_{};
    std::size_t first_ = 0;
    std::size_t used_ = 0;
};

} // namespace root

#endif
