// SPDX-License-Identifier: BSD-2-Clause
#include <l4/acceptor.hpp>
#include <l4/utcb.hpp>

namespace l4 {

namespace {

static_assert(2 * Acceptor::max_buffers + 1 == L4_BR_COUNT);

Word& buffer_register(unsigned index) { return my_utcb().br_descending[L4_BR_COUNT - 1 - index]; }

} // namespace

Acceptor::Acceptor(std::initializer_list<Buffer> buffers, Fpage window)
{
    for (unsigned i = 0; i < L4_BR_COUNT; ++i) saved_[i] = buffer_register(i);

    constexpr Word strings = 1, another_follows = 1;
    buffer_register(0) = (window.raw() & ~Word{0xf}) | (buffers.size() != 0 ? strings : 0);
    unsigned index = 0;
    for (Buffer const& buffer : buffers) {
        if (index == max_buffers) break;
        if (index != 0) buffer_register(2 * index - 1) |= another_follows;
        buffer_register(2 * index + 1) = L4_ITEM_STRING | buffer.size() << 10;
        buffer_register(2 * index + 2) = reinterpret_cast<Word>(buffer.data());
        ++index;
    }
}

Acceptor::~Acceptor()
{
    for (unsigned i = 0; i < L4_BR_COUNT; ++i) buffer_register(i) = saved_[i];
}

} // namespace l4
