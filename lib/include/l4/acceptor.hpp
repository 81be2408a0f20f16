// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_ACCEPTOR_HPP
#define L4_ACCEPTOR_HPP

#include <l4/fpage.hpp>

#include <cstddef>
#include <initializer_list>
#include <span>

namespace l4 {

/// A piece of memory for one string.
using StringBuffer = std::span<std::byte>;

/// Which typed items this thread's receives take from now on (X.2, 5.5: BR0 and the string buffers): mappings appear in
/// the window, and the nth string of a message goes to the nth buffer. Buffers beyond the last register are left out.
void accept(Fpage window, std::span<StringBuffer const> buffers);

/// What this thread accepts while the object lives. Then it is as before.
///
///     std::array<std::byte, 256> buffer;
///     Acceptor const strings{{buffer}};
///     ...receive; message.received_string(0) is the size of what lies in `buffer`
class Acceptor {
public:
    using Buffer = StringBuffer;
    static constexpr std::size_t max_buffers = 16;

    /// Mappings: they appear in the window.
    explicit Acceptor(Fpage window) : Acceptor{{}, window} {}
    explicit Acceptor(std::initializer_list<Buffer> buffers, Fpage window = {});
    ~Acceptor();
    Acceptor(Acceptor const&) = delete;
    Acceptor& operator=(Acceptor const&) = delete;

private:
    Word saved_[2 * max_buffers + 1];
};

} // namespace l4

#endif
