// SPDX-License-Identifier: BSD-2-Clause
#include "exception_report.hpp"

#include <l4/linux.h>

namespace root {

namespace {

// Which message register holds what, X.2's amd64 exception protocol.
enum Mr : unsigned {
    rip = 1,
    rbx,
    r10,
    r12,
    r13,
    r14,
    r15,
    rax,
    rcx,
    rdx,
    rsi,
    rdi,
    rbp,
    r8,
    r9,
    r11,
    rsp,
    rflags,
    vector,
    error_code
};
static_assert(error_code == 20);

struct Named {
    char const* name;
    Mr mr;
};
constexpr Named rows[][3] = {
    {{"rip", rip}, {"rsp", rsp}, {"rflags", rflags}}, {{"rax", rax}, {"rbx", rbx}, {"rcx", rcx}},
    {{"rdx", rdx}, {"rsi", rsi}, {"rdi", rdi}},       {{"rbp", rbp}, {"r8", r8}, {"r9", r9}},
    {{"r10", r10}, {"r11", r11}, {"r12", r12}},       {{"r13", r13}, {"r14", r14}, {"r15", r15}},
};

} // namespace

char const* exception_name(Word vector)
{
    constexpr char const* names[] = {
        "divide error",
        "debug",
        "NMI",
        "breakpoint",
        "overflow",
        "bound range",
        "invalid opcode",
        "no FPU",
        "double fault",
        "coprocessor overrun",
        "invalid TSS",
        "segment missing",
        "stack fault",
        "general protection",
        "page fault",
        "reserved",
        "x87 FPU error",
        "alignment",
        "machine check",
        "SIMD FPU error",
        "virtualisation",
        "control protection",
    };
    return vector < sizeof names / sizeof names[0] ? names[vector] : "unknown exception";
}

std::string_view ExceptionReport::line(unsigned n, char* buffer, std::size_t size) const
{
    if (n == 0 && message_.mr(vector) == L4_SUPERVISOR_NO_VECTOR) return "registers that it reports:";
    if (n == 0)
        return l4::format(buffer, size, "exception {} ({}), error code {x}",
                          {message_.mr(vector), exception_name(message_.mr(vector)), message_.mr(error_code)});
    if (n >= line_count) return {};
    auto const& row = rows[n - 1];
    return l4::format(buffer, size, "  {} {16x}  {} {16x}  {} {16x}",
                      {row[0].name, message_.mr(row[0].mr), row[1].name, message_.mr(row[1].mr), row[2].name,
                       message_.mr(row[2].mr)});
}

} // namespace root
