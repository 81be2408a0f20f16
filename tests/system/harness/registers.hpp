// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_REGISTERS_HPP
#define TESTS_SYSTEM_REGISTERS_HPP

#include <l4/word.hpp>

#include <cstddef>

/// What only assembly can do: know each register before and after an instruction (registers.S).
namespace test {

using l4::Word;

/// The general registers in the order of MR1 to MR18 of an exception message.
struct Registers {
    Word rip, rbx, r10, r12, r13, r14, r15, rax, rcx, rdx, rsi, rdi, rbp, r8, r9, r11, rsp, rflags;

    Word& operator[](std::size_t n) { return (&rip)[n]; }
    Word operator[](std::size_t n) const { return (&rip)[n]; }
    static constexpr std::size_t count = 18;
    static constexpr std::size_t rsp_index = 16, rflags_index = 17;
};
static_assert(sizeof(Registers) == Registers::count * sizeof(Word));

/// Each register has a value of its own; rip and rsp are not used, rflags has CF, PF, AF, ZF, SF, OF as given.
Registers distinct_registers(Word seed, Word flags = 0);

} // namespace test

extern "C" {

/// Loads all registers but RIP and RSP, calls the address, stores all registers. rsp says where the stack pointer was.
void test_call(test::Registers* registers, test::Word target);

/// The same around one instruction. The label in front of it is NAME_ip, the one behind it NAME_next.
#define TEST_INSTRUCTION(name)                                                                                         \
    void name(test::Registers* registers);                                                                             \
    extern char const name##_ip[];                                                                                     \
    extern char const name##_next[]
TEST_INSTRUCTION(test_kernel_interface); ///< lock; nop
TEST_INSTRUCTION(test_invalid_opcode);   ///< ud2
TEST_INSTRUCTION(test_breakpoint);       ///< int3
TEST_INSTRUCTION(test_divide);           ///< div %rcx
TEST_INSTRUCTION(test_halt);             ///< hlt
TEST_INSTRUCTION(test_disable);          ///< cli
TEST_INSTRUCTION(test_write_cr3);        ///< mov %rax, %cr3
TEST_INSTRUCTION(test_write_msr);        ///< wrmsr
TEST_INSTRUCTION(test_load_gdt);         ///< lgdt (%rsp)
TEST_INSTRUCTION(test_load_task);        ///< ltr %ax
TEST_INSTRUCTION(test_interrupt_20);     ///< int $0x20
TEST_INSTRUCTION(test_interrupt_80);     ///< int $0x80
TEST_INSTRUCTION(test_interrupt_8);      ///< int $8
TEST_INSTRUCTION(test_syscall);          ///< syscall
TEST_INSTRUCTION(test_load);             ///< mov (%rsi), %rdx
TEST_INSTRUCTION(test_store);            ///< mov %rdx, (%rsi)
TEST_INSTRUCTION(test_load_stack);       ///< mov (%rbp), %rdx: the stack segment
TEST_INSTRUCTION(test_single_step);      ///< popf with the trap flag; test_single_step_trap is where it traps
TEST_INSTRUCTION(test_in8);              ///< in %dx, %al
TEST_INSTRUCTION(test_in16);
TEST_INSTRUCTION(test_in32);
TEST_INSTRUCTION(test_out8); ///< out %al, %dx
TEST_INSTRUCTION(test_out16);
TEST_INSTRUCTION(test_out32);
TEST_INSTRUCTION(test_in8_immediate); ///< in $0x80, %al
TEST_INSTRUCTION(test_rep_outs16);    ///< rep outsw
TEST_INSTRUCTION(test_rep_ins32);     ///< rep insl
#undef TEST_INSTRUCTION
extern char const test_single_step_trap[];

/// Where an exception handler may send a thread: stores all registers, then goes back into the function that was
/// interrupted (its RSP in test_landing_stack, the label behind its instruction in test_landing_next).
void test_landing();
extern test::Registers test_landing_registers;
extern test::Word test_landing_stack;
extern char const* test_landing_next;

/// The vector registers (16 of 32 bytes with AVX, of 16 without), x87 and control words.
struct alignas(64) TestVectors {
    unsigned char bytes[16 * 32];
    unsigned mxcsr;
    unsigned short x87_control;
    unsigned short reserved;
    double x87;
};
void test_load_sse(TestVectors const* from);
void test_store_sse(TestVectors* to);
void test_load_avx(TestVectors const* from);
void test_store_avx(TestVectors* to);

/// Jumps to a stub with any stack pointer; does not come back.
void test_jump_with_stack(test::Word stack, test::Word stub);
/// Calls a stub without inputs, with the trap flag set.
test::Word test_call_in_steps(test::Word stub);

/// 1.0 / 0.0 with the exception unmasked, in SSE and in x87.
void test_divide_sse();
void test_divide_x87();

} // extern "C"

#endif
