// SPDX-License-Identifier: BSD-2-Clause
//
// The four functions that the compiler calls on its own, and memchr, which std::string_view needs.
// Whole words first: string instructions that move bytes cost one iteration a byte on some machines.

#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, void const* from, std::size_t size)
{
    void* dest = to;
    std::size_t words = size / 8;
    asm volatile("rep movsq" : "+D"(dest), "+S"(from), "+c"(words) : : "memory");
    std::size_t bytes = size % 8;
    asm volatile("rep movsb" : "+D"(dest), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void* memset(void* to, int value, std::size_t size)
{
    void* dest = to;
    std::uint64_t const pattern = 0x0101010101010101u * static_cast<unsigned char>(value);
    std::size_t words = size / 8;
    asm volatile("rep stosq" : "+D"(dest), "+c"(words) : "a"(pattern) : "memory");
    std::size_t bytes = size % 8;
    asm volatile("rep stosb" : "+D"(dest), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

void* memmove(void* to, void const* from, std::size_t size)
{
    // As unsigned: a destination below the source is far above it, so this is one comparison.
    if (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from) >= size)
        return memcpy(to, from, size);
    auto* dest = static_cast<unsigned char volatile*>(to); // volatile: not to be turned into memmove
    auto const* source = static_cast<unsigned char const*>(from);
    while (size-- > 0) dest[size] = source[size];
    return to;
}

int memcmp(void const* left, void const* right, std::size_t size)
{
    auto const* a = static_cast<unsigned char const volatile*>(left);
    auto const* b = static_cast<unsigned char const volatile*>(right);
    for (std::size_t i = 0; i < size; ++i) {
        unsigned char const x = a[i];
        unsigned char const y = b[i];
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

void* memchr(void const* where, int value, std::size_t size)
{
    auto const* bytes = static_cast<unsigned char const*>(where);
    for (std::size_t i = 0; i < size; ++i)
        if (bytes[i] == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(bytes + i);
    return nullptr;
}

std::size_t strlen(char const* text)
{
    auto const* bytes = const_cast<char const volatile*>(text);
    std::size_t length = 0;
    while (bytes[length] != 0) ++length;
    return length;
}

} // extern "C"
