// SPDX-License-Identifier: BSD-2-Clause
#include <l4/acceptor.hpp>
#include <l4/utcb.hpp>

namespace l4 {

namespace {

static_assert(2 * Acceptor::max_buffers + 1 == L4_BR_COUNT);

Word& buffer_register(unsigned index) { return my_utcb().br_descending[L4_BR_COUNT - 1 - index]; }

} // namespace

void accept(Fpage window, std::span<StringBuffer const> buffers)
{
    constexpr Word strings = 1, another_follows = 1;
    buffer_register(0) = (window.raw() & ~Word{0xf}) | (buffers.empty() ? 0 : strings);
    unsigned index = 0;
    for (StringBuffer const& buffer : buffers) {
        if (index == Acceptor::max_buffers) break;
        if (index != 0) buffer_register(2 * index - 1) |= another_follows;
        buffer_register(2 * index + 1) = L4_STRING_ITEM(buffer.size());
        buffer_register(2 * index + 2) = reinterpret_cast<Word>(buffer.data());
        ++index;
    }
}

Acceptor::Acceptor(std::initializer_list<Buffer> buffers, Fpage window)
{
    for (unsigned i = 0; i < L4_BR_COUNT; ++i) saved_[i] = buffer_register(i);
    accept(window, {buffers.begin(), buffers.size()});
}

Acceptor::~Acceptor()
{
    for (unsigned i = 0; i < L4_BR_COUNT; ++i) buffer_register(i) = saved_[i];
}

} // namespace l4
