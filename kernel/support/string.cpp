// SPDX-License-Identifier: BSD-2-Clause
/// The four memory functions that the compiler may call by itself.
#include <cstddef>

extern "C" {

void* memcpy(void* to, void const* from, std::size_t count)
{
    void* result = to;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return result;
}

void* memset(void* to, int value, std::size_t count)
{
    void* result = to;
    asm volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
    return result;
}

void* memmove(void* to, void const* from, std::size_t count)
{
    auto* out = static_cast<unsigned char*>(to);
    auto const* in = static_cast<unsigned char const*>(from);
    if (out <= in || out >= in + count) return memcpy(to, from, count);
    while (count-- != 0) out[count] = in[count];
    return to;
}

int memcmp(void const* a, void const* b, std::size_t count)
{
    auto const* x = static_cast<unsigned char const*>(a);
    auto const* y = static_cast<unsigned char const*>(b);
    for (std::size_t i = 0; i < count; ++i)
        if (x[i] != y[i]) return x[i] - y[i];
    return 0;
}
}
