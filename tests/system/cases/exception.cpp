// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/registers.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

constexpr unsigned vector_word = 19, error_word = 20;
constexpr Word divide = 0, debug = 1, breakpoint = 3, invalid_opcode = 6, stack_fault = 12, protection = 13,
               x87_error = 16, simd_error = 19;

constinit Registers registers_before{}, registers_after{};

/// Executes one of the assembly functions in the agent's space, with registers that are known.
Word run_instruction(Word function, Word, Word, Word)
{
    registers_after = registers_before;
    reinterpret_cast<void (*)(Registers*)>(function)(&registers_after);
    return 0;
}

Word function_word(void (*function)(Registers*)) { return reinterpret_cast<Word>(function); }

/// The words of the message are the registers at the instruction.
void check_registers(Message const& message, Word ip)
{
    CHECK_EQ(message.tag(), 0xffffffffffb00014);
    CHECK_EQ(message.mr(1), ip);
    for (unsigned n = 1; n < Registers::rsp_index; ++n) CHECK_EQ(message.mr(n + 1), registers_before[n]);
    CHECK_EQ(message.mr(17), registers_after.rsp);
    CHECK_EQ(message.mr(18) & ~Word{0x10000}, registers_before.rflags); // RF may be set
}

void check_message(Message const& message, Word ip, Word vector, Word error_code)
{
    check_registers(message, ip);
    CHECK_EQ(message.mr(vector_word), vector);
    CHECK_EQ(message.mr(error_word), error_code);
}

/// The instruction, executed by the agent of a fresh task, comes as this exception.
void expect(void (*function)(Registers*), char const* ip, Word vector, Word error_code)
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x51, 0x8d5);
    registers_before.rcx = 0; // divisor, MSR
    registers_before.rdx = 0;
    Outcome const outcome = task.begin(run_instruction, function_word(function));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    check_message(outcome.message, reinterpret_cast<Word>(ip), vector, error_code);
}

void division() { expect(test_divide, test_divide_ip, divide, 0); }
void undefined() { expect(test_invalid_opcode, test_invalid_opcode_ip, invalid_opcode, 0); }
void breakpoint_trap() { expect(test_breakpoint, test_breakpoint_next, breakpoint, 0); }
void halt_instruction() { expect(test_halt, test_halt_ip, protection, 0); }
void cli_instruction() { expect(test_disable, test_disable_ip, protection, 0); }
void control_register() { expect(test_write_cr3, test_write_cr3_ip, protection, 0); }
void machine_register() { expect(test_write_msr, test_write_msr_ip, protection, 0); }
void descriptor_table() { expect(test_load_gdt, test_load_gdt_ip, protection, 0); }
void task_register() { expect(test_load_task, test_load_task_ip, protection, 0); }
void linux_interrupt() { expect(test_interrupt_80, test_interrupt_80_ip, protection, 8 * 0x80 + 2); }

/// QEMU's TCG multiplies the vector by 16 in the error code, hardware by 8.
void software_interrupt(void (*function)(Registers*), char const* ip, Word number)
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x51, 0x8d5);
    Outcome const outcome = task.begin(run_instruction, function_word(function));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    check_registers(outcome.message, reinterpret_cast<Word>(ip));
    CHECK_EQ(outcome.message.mr(vector_word), protection);
    Word const error_code = outcome.message.mr(error_word);
    CHECK(error_code == 8 * number + 2 || error_code == 16 * number + 2);
}
void software_interrupt_20() { software_interrupt(test_interrupt_20, test_interrupt_20_ip, 0x20); }
void double_fault_gate() { software_interrupt(test_interrupt_8, test_interrupt_8_ip, 8); }

/// How the stubs enter the kernel is private; elsewhere the instruction is none.
void bare_syscall()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x52);
    Outcome const outcome = task.begin(run_instruction, function_word(test_syscall));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    CHECK_EQ(outcome.message.mr(1), reinterpret_cast<Word>(test_syscall_ip));
    CHECK_EQ(outcome.message.mr(vector_word), invalid_opcode);
}

void not_canonical()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x53);
    registers_before.rsi = 0x8000000000000000;
    Outcome outcome = task.begin(run_instruction, function_word(test_load));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    check_message(outcome.message, reinterpret_cast<Word>(test_load_ip), protection, 0);
    REQUIRE(task.restart());
    registers_before.rbp = 0x8000000000000000;
    outcome = task.begin(run_instruction, function_word(test_load_stack));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    check_registers(outcome.message, reinterpret_cast<Word>(test_load_stack_ip));
    // TCG knows no stack fault in 64-bit code.
    Word const vector = outcome.message.mr(vector_word);
    CHECK(vector == stack_fault || vector == protection);
}

void single_step()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x54);
    Outcome outcome = task.begin(run_instruction, function_word(test_single_step));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    CHECK_EQ(outcome.message.mr(1), reinterpret_cast<Word>(test_single_step_trap));
    CHECK_EQ(outcome.message.mr(vector_word), debug);
    // Each instruction traps until the flag is cleared by the code itself.
    unsigned steps = 1;
    while (outcome.kind == Outcome::Kind::exception && steps < 10) {
        outcome = task.answer(Message{0});
        ++steps;
    }
    CHECK(outcome.is_done());
    CHECK(steps >= 4 && steps < 10);
}

Word run_plain(Word function, Word, Word, Word)
{
    reinterpret_cast<void (*)()>(function)();
    return 0;
}

void floating_point()
{
    Task task;
    REQUIRE(task.create());
    Outcome outcome = task.begin(run_plain, reinterpret_cast<Word>(&test_divide_x87));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    CHECK_EQ(outcome.message.mr(vector_word), x87_error);
    REQUIRE(task.restart());
    // TCG never raises this one.
    outcome = task.begin(run_plain, reinterpret_cast<Word>(&test_divide_sse));
    CHECK(outcome.is_done() || outcome.message.mr(vector_word) == simd_error);
}

// ---- Answers ----

/// The classic headers' debugger calls are made of it.
void breakpoint_without_handler()
{
    Thread thread;
    static constinit Word volatile passed = 0;
    passed = 0;
    thread.set_handler(l4::nilthread);
    REQUIRE(thread.create());
    REQUIRE(thread.begin([](Word) {
        l4::my_utcb().exception_handler = L4_NILTHREAD;
        asm volatile("int3");
        passed = 1;
    }));
    CHECK(wait_for(passed, 1));
}

void empty_answer_resumes()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x61, 0x8d5);
    Outcome outcome = task.begin(run_instruction, function_word(test_breakpoint));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    outcome = task.answer(Message{0});
    REQUIRE(outcome.is_done());
    for (unsigned n = 1; n < Registers::rsp_index; ++n) CHECK_EQ(registers_after[n], registers_before[n]);
    CHECK_EQ(registers_after.rflags & 0x8d5, 0x8d5);
    // A fault instead of a trap is executed again.
    outcome = task.begin(run_instruction, function_word(test_invalid_opcode));
    for (unsigned round = 0; round < 3; ++round) {
        REQUIRE(outcome.kind == Outcome::Kind::exception);
        CHECK_EQ(outcome.message.mr(1), reinterpret_cast<Word>(test_invalid_opcode_ip));
        outcome = task.answer(Message{0});
    }
}

/// MR1 to MR18 as given.
Message register_message(Registers const& registers)
{
    Message reply{0};
    for (unsigned n = 0; n < Registers::count; ++n) reply.word(registers[n]);
    return reply;
}

void answer_sets_registers()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x62);
    Outcome outcome = task.begin(run_instruction, function_word(test_invalid_opcode));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    // It goes on at the landing, with another stack pointer, and from there back behind the instruction.
    test_landing_stack = outcome.message.mr(17);
    test_landing_next = test_invalid_opcode_next;
    Registers wanted = distinct_registers(0x63, 0x8d5);
    wanted.rip = reinterpret_cast<Word>(&test_landing);
    wanted.rsp = 0x7654321000;
    outcome = task.answer(register_message(wanted));
    REQUIRE(outcome.is_done());
    for (unsigned n = 1; n < Registers::rsp_index; ++n) CHECK_EQ(test_landing_registers[n], wanted[n]);
    CHECK_EQ(test_landing_registers.rsp, wanted.rsp);
    CHECK_EQ(test_landing_registers.rflags & 0x8d5, 0x8d5);
}

void answer_of_20_words()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x64);
    Outcome outcome = task.begin(run_instruction, function_word(test_invalid_opcode));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    // What a handler does that changes the IP alone and sends all back; vector and error code are read only.
    Message reply = outcome.message;
    reply.set_mr(1, reinterpret_cast<Word>(test_invalid_opcode_next));
    reply.set_mr(vector_word, ~Word{0});
    reply.set_mr(error_word, ~Word{0});
    outcome = task.answer(reply);
    REQUIRE(outcome.is_done());
    for (unsigned n = 1; n < Registers::rsp_index; ++n) CHECK_EQ(registers_after[n], registers_before[n]);
}

void short_answer()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x65, 0x8d5);
    Outcome outcome = task.begin(run_instruction, function_word(test_invalid_opcode));
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    outcome = task.answer(Message{0x99}.word(reinterpret_cast<Word>(test_invalid_opcode_next)).word(0x4711));
    REQUIRE(outcome.is_done());
    CHECK_EQ(registers_after.rbx, 0x4711);
    for (unsigned n = 2; n < Registers::rsp_index; ++n) CHECK_EQ(registers_after[n], registers_before[n]);
    CHECK_EQ(registers_after.rflags & 0x8d5, 0x8d5);
}

void flags_of_the_answer()
{
    for (Word const flags : {~Word{0}, Word{0}}) {
        Task task;
        REQUIRE(task.create());
        registers_before = distinct_registers(0x66, 0x8d5);
        Outcome outcome = task.begin(run_instruction, function_word(test_invalid_opcode));
        REQUIRE(outcome.kind == Outcome::Kind::exception);
        Message reply{0};
        for (unsigned n = 1; n <= 17; ++n) reply.word(outcome.message.mr(n));
        reply.set_mr(1, reinterpret_cast<Word>(test_invalid_opcode_next));
        outcome = task.answer(reply.word(flags));
        REQUIRE(outcome.is_done());
        // Nothing but the six arithmetic flags: not TF, IF, DF, IOPL, NT, AC.
        CHECK_EQ(registers_after.rflags, 0x202 | (flags & 0x8d5));
    }
}

void ip_of_the_answer_is_bad()
{
    for (Word const ip : {0x800000000000ul, 0xffff7ffffffffffful, 0xffff808000000000ul, 0x7fffffffffff1000ul}) {
        Task task;
        REQUIRE(task.create());
        registers_before = distinct_registers(0x67);
        Outcome outcome = task.begin(run_instruction, function_word(test_invalid_opcode));
        REQUIRE(outcome.kind == Outcome::Kind::exception);
        outcome = task.answer(Message{0}.word(ip));
        // It faults there, in whatever form.
        CHECK(outcome.kind == Outcome::Kind::page_fault || outcome.kind == Outcome::Kind::exception);
    }
}

constinit l4_utcb utcb_before{}, utcb_after{};

Word trap_with_full_utcb(Word, Word, Word, Word)
{
    l4_utcb& utcb = l4::my_utcb();
    for (unsigned n = 0; n < L4_MR_COUNT; ++n) utcb.mr[n] = 0x1234'0000'0000 + n;
    for (unsigned n = 0; n < L4_BR_COUNT; ++n) utcb.br_descending[n] = 0x5678'0000'0000 + n;
    utcb.error_code = 0x4242;
    utcb.virtual_sender = 0x4343;
    utcb_before = utcb;
    registers_after = registers_before;
    test_breakpoint(&registers_after);
    utcb_after = utcb;
    utcb.br_descending[L4_BR_COUNT - 1] = 0;
    return 0;
}

void nothing_else_changes()
{
    Task task;
    REQUIRE(task.create());
    registers_before = distinct_registers(0x68);
    Outcome outcome = task.begin(trap_with_full_utcb);
    REQUIRE(outcome.kind == Outcome::Kind::exception);
    Message reply = outcome.message;
    outcome = task.answer(reply);
    REQUIRE(outcome.is_done());
    for (unsigned n = 0; n < L4_MR_COUNT; ++n) CHECK_EQ(utcb_after.mr[n], utcb_before.mr[n]);
    for (unsigned n = 0; n < L4_BR_COUNT; ++n) CHECK_EQ(utcb_after.br_descending[n], utcb_before.br_descending[n]);
    CHECK_EQ(utcb_after.error_code, utcb_before.error_code);
    CHECK_EQ(utcb_after.virtual_sender, utcb_before.virtual_sender);
}

// ---- No handler ----

constinit Word volatile progress = 0;

void crash_without_handler(Word handler)
{
    l4::my_utcb().exception_handler = handler;
    progress = 1;
    registers_after = distinct_registers(1);
    test_invalid_opcode(&registers_after);
    progress = 2;
}

void crash_without_handler_of(ThreadId handler)
{
    progress = 0;
    Thread thread;
    REQUIRE(thread.start(crash_without_handler, handler.raw()));
    REQUIRE(wait_for(progress, 1));
    settle();
    CHECK_EQ(progress, 1);
    constexpr Word H = 1, h = 0x100, i = 0x10, d = 0x200;
    auto const old = l4::exchange_registers({.dest = thread.id(), .control = d});
    CHECK_EQ(old.control & 7, H);
    CHECK_EQ(old.ip, reinterpret_cast<Word>(test_invalid_opcode_ip));
    (void)l4::exchange_registers(
        {.dest = thread.id(), .control = i | h, .ip = reinterpret_cast<Word>(test_invalid_opcode_next)});
    CHECK(wait_for(progress, 2));
}

void no_handler() { crash_without_handler_of(l4::nilthread); }
void vanished_handler() { crash_without_handler_of(new_id()); }

void handler_dies()
{
    // The handler takes the message and is deleted before it answers.
    progress = 0;
    Thread thread, handler;
    REQUIRE(handler.start([](Word) {
        Message message;
        l4::receive(l4::anythread, message);
        progress = 3;
    }));
    REQUIRE(thread.start(crash_without_handler, handler.id().raw()));
    REQUIRE(wait_for(progress, 3));
    handler.end();
    settle();
    // It can be brought back, as if there had been no handler.
    constexpr Word h = 0x100, i = 0x10, cancel = 6;
    (void)l4::exchange_registers(
        {.dest = thread.id(), .control = i | h | cancel, .ip = reinterpret_cast<Word>(test_invalid_opcode_next)});
    CHECK(wait_for(progress, 2));
}

// ---- Segment registers, which users can load as they like ----

Word load_null_selectors(Word, Word, Word, Word)
{
    asm volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(0));
    return l4::system_clock() != 0;
}

Word load_bad_selector(Word selector, Word, Word, Word)
{
    asm volatile("mov %0, %%es" : : "r"(static_cast<unsigned>(selector)));
    return 0;
}

void selectors()
{
    Task task;
    REQUIRE(task.create());
    CHECK(task.run(load_null_selectors).is(1));
    // The kernel's own segments, the task state, a local table: refused one way or another, and all goes on.
    for (Word const selector : {0x80, 0x88, 0x90, 0x10, 0x4, 0xfff8}) {
        Outcome const outcome = task.run(load_bad_selector, selector);
        CHECK(outcome.is_done() || outcome.kind == Outcome::Kind::exception);
    }
    CHECK(task.can_read(task.layout().kip_area.base(), L4_KIP_MAGIC));
}

Word return_to(Word selector, Word, Word, Word)
{
    // A far return with a forged code segment; to ring 0 it must not lead.
    asm volatile("push %0\n\tlea 1f(%%rip), %%rax\n\tpush %%rax\n\tlretq\n1:" : : "r"(selector) : "rax", "memory");
    Word cs;
    asm volatile("mov %%cs, %0" : "=r"(cs));
    return cs & 3;
}

void forged_code_segments()
{
    Task task;
    REQUIRE(task.create());
    for (Word const selector : {0x80, 0x83, 0x10, 0x11, 0x8, 0x90, 0x0, 0x3}) {
        Outcome const outcome = task.run(return_to, selector);
        CHECK(outcome.is(3) || outcome.kind == Outcome::Kind::exception);
    }
    CHECK(task.can_read(task.layout().kip_area.base(), L4_KIP_MAGIC));
}

constexpr Case cases[] = {
    {"division by zero: all 20 words", "Exception protocol", division},
    {"an invalid opcode: all 20 words", "Exception protocol", undefined},
    {"int3 is a trap: IP is behind it", "Exception protocol", breakpoint_trap},
    {"int3 without a handler does nothing", "Kernel debugger traps", breakpoint_without_handler},
    {"hlt", "Exception protocol", halt_instruction},
    {"cli", "Exception protocol", cli_instruction},
    {"mov to cr3", "Exception protocol", control_register},
    {"wrmsr", "Exception protocol", machine_register},
    {"lgdt", "Exception protocol", descriptor_table},
    {"ltr", "Exception protocol", task_register},
    {"int 20h: general protection, error code 102h", "Exception protocol", software_interrupt_20},
    {"int 80h: general protection, error code 402h", "Exception protocol", linux_interrupt},
    {"int 8: general protection, error code 42h", "Exception protocol", double_fault_gate},
    {"syscall outside the stubs: invalid opcode", "Exception protocol", bare_syscall},
    {"addresses that are not canonical: a protection or stack fault", "Exception protocol", not_canonical},
    {"single steps", "Exception protocol", single_step},
    {"floating point: vectors 16 and 19", "Exception protocol", floating_point},
    {"an empty answer resumes", "Exception protocol", empty_answer_resumes},
    {"an answer sets all registers", "Exception protocol", answer_sets_registers},
    {"an answer of 20 words", "Exception protocol", answer_of_20_words},
    {"a short answer leaves the other registers", "Exception protocol", short_answer},
    {"an answer sets only arithmetic flags", "Exception protocol", flags_of_the_answer},
    {"an answer with a bad IP", "Exception protocol", ip_of_the_answer_is_bad},
    {"MRs, BRs and ErrorCode do not change", "Exception protocol", nothing_else_changes},
    {"without a handler the thread halts; ExchangeRegisters resumes it", "Exception protocol", no_handler},
    {"with a handler that does not exist it halts as well", "Exception protocol", vanished_handler},
    {"a thread whose handler dies can be resumed", "Exception protocol", handler_dies},
    {"loading selectors harms nobody", "Exception protocol", selectors},
    {"forged code segments lead nowhere", "Exception protocol", forged_code_segments},
};

} // namespace

Group const exception_cases{"exceptions", cases};

} // namespace test
