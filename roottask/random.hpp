// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_RANDOM_HPP
#define ROOTTASK_RANDOM_HPP

#include <l4/thread_id.hpp>

#include <optional>

/// Numbers that nobody else can foresee.
namespace root::random {

using l4::Word;

/// From the processor's generator; nothing if there is none, or if it does not deliver.
std::optional<Word> from_processor();
/// From the time that instructions take, which depends on all that goes on in the machine.
Word from_jitter();
/// Both of them mixed.
Word word();

/// A version from any 32 bits. X.2 wants its low six bits not all zero: the ID would look like a local one.
constexpr Word version_of(Word bits)
{
    Word const version = bits & 0xffffffff;
    return (version & 0x3f) == 0 ? version | 1 : version;
}
/// A global ID whose version cannot be guessed from those of earlier ones.
inline l4::ThreadId thread_id(Word number) { return l4::ThreadId::global(number, version_of(word())); }

} // namespace root::random

#endif
