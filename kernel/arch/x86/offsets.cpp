// SPDX-License-Identifier: BSD-2-Clause
/// What assembly needs to know of C++ types: compiled with -S, never linked; the build lifts the lines that EMIT
/// marks into out/kernel/offsets.h.

#include <cstddef>

#include "kernel/trap/trap_frame.hpp"

#define EMIT(name, value) asm volatile("#define " #name " %c0" : : "i"(value))

namespace pecan {

[[gnu::used]] static void emit_offsets()
{
    EMIT(TRAP_FRAME_SIZE, sizeof(TrapFrame));
    EMIT(TRAP_FRAME_RIP, offsetof(TrapFrame, rip));
}

} // namespace pecan
