// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/registers.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.h>
#include <l4/machine.hpp>
#include <l4/sigma0.hpp>

namespace test {
namespace {

using l4::Rights;

/// Eight ports where no device is: reads give ones, writes do nothing.
constexpr Word port = 0x2e0;
constexpr unsigned log2_ports = 3;
constexpr Fpage ports = Fpage::ports(port, log2_ports);
/// The diagnostic port of every PC, which the test server's space holds as well.
constexpr Word diagnostic_port = 0x80;

bool take_ports() { return CHECK(l4::sigma0::request_ports(port, log2_ports)); }

constexpr Fpage one_port(Word number) { return Fpage::ports(number, 0); }

constinit Registers registers_seen{};

/// Executes an assembly function with DX = port.
Word at_port(Word function, Word number, Word buffer, Word)
{
    registers_seen = distinct_registers(0x10);
    registers_seen.rdx = number;
    registers_seen.rcx = 1;
    registers_seen.rsi = registers_seen.rdi = buffer;
    reinterpret_cast<void (*)(Registers*)>(function)(&registers_seen);
    return registers_seen.rax;
}

Outcome access(Task& task, void (*function)(Registers*), Word number, Word buffer = 0)
{
    return task.run(at_port, reinterpret_cast<Word>(function), number, buffer);
}

bool can_use(Task& task, Word number)
{
    return access(task, test_in8, number).is_done() && access(task, test_out8, number).is_done();
}

/// The instruction faults for this flexpage of ports.
bool faults(Task& task, void (*function)(Registers*), char const* ip, Word number, unsigned log2)
{
    Outcome const outcome = access(task, function, number);
    return CHECK_EQ(outcome.message.tag(), 0xffffffffff860002) &&
           CHECK_EQ(outcome.message.mr(1) & 0xfffffff8, L4_IO_FPAGE(number, log2, 0)) &&
           CHECK_EQ(outcome.message.mr(2), reinterpret_cast<Word>(ip));
}

bool cannot_use(Task& task, Word number) { return faults(task, test_in8, test_in8_ip, number, 0); }

void messages()
{
    Task task;
    REQUIRE(task.create());
    CHECK(faults(task, test_in8, test_in8_ip, port, 0));
    CHECK(faults(task, test_in16, test_in16_ip, port, 1));
    CHECK(faults(task, test_in32, test_in32_ip, port, 2));
    CHECK(faults(task, test_out8, test_out8_ip, port + 1, 0));
    CHECK(faults(task, test_out16, test_out16_ip, port + 2, 1));
    CHECK(faults(task, test_out32, test_out32_ip, port + 4, 2));
    CHECK(faults(task, test_in8_immediate, test_in8_immediate_ip, diagnostic_port, 0));
    CHECK(faults(task, test_rep_outs16, test_rep_outs16_ip, port, 1));
    CHECK(faults(task, test_rep_ins32, test_rep_ins32_ip, port, 2));
    CHECK(faults(task, test_in8, test_in8_ip, 0, 0));
    CHECK(faults(task, test_in8, test_in8_ip, 0xffff, 0));
}

void answered()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create());
    Outcome const fault = task.begin(at_port, reinterpret_cast<Word>(&test_in16), port + 2);
    REQUIRE(fault.kind == Outcome::Kind::io_fault);
    Message reply{0};
    Outcome const done = task.answer(add(reply, {map_item(Fpage::from_raw(fault.message.mr(1) | 7))}));
    CHECK(done.is_done());
    CHECK_EQ(done.value & 0xffff, 0xffff);
    CHECK(can_use(task, port + 2) && can_use(task, port + 3));
    CHECK(cannot_use(task, port + 4));
}

void answered_with_nothing()
{
    Task task;
    REQUIRE(task.create());
    Outcome outcome = task.begin(at_port, reinterpret_cast<Word>(&test_in8), port);
    for (unsigned round = 0; round < 3; ++round) {
        REQUIRE(outcome.kind == Outcome::Kind::io_fault);
        outcome = task.answer(Message{0});
    }
    CHECK(outcome.kind == Outcome::Kind::io_fault);
}

void mapped()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(ports, 0));
    for (Word n = 0; n < 8; ++n) CHECK(can_use(task, port + n));
    CHECK(cannot_use(task, port - 1));
    CHECK(cannot_use(task, port + 8));
    // An access that leaves the range is none.
    Outcome const across = access(task, test_in16, port + 7);
    CHECK(across.kind == Outcome::Kind::io_fault);
    CHECK(access(task, test_in16, port + 6).is_done());
    CHECK(access(task, test_out32, port + 4).is_done());
}

void registers_survive()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(at_port, reinterpret_cast<Word>(&test_in8), port).kind == Outcome::Kind::io_fault);
    Message reply{0};
    REQUIRE(task.answer(add(reply, {map_item(ports)})).is_done());
    Registers const expected = distinct_registers(0x10);
    CHECK_EQ(registers_seen.rax, (expected.rax & ~Word{0xff}) | 0xff);
    CHECK_EQ(registers_seen.rbx, expected.rbx);
    CHECK_EQ(registers_seen.r15, expected.r15);
    CHECK_EQ(registers_seen.rdx, port);
}

void window_of_ports()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::from_raw(L4_COMPLETE_IO_SPACE)));
    REQUIRE(task.map(ports, 0));
    CHECK(can_use(task, port));
}

/// The send base means nothing for ports: they appear where they are.
void only_idempotent()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(ports, 0x1000));
    CHECK(can_use(task, port));
}

void not_held()
{
    // Ports that we do not hold are holes.
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    CHECK(task.map(Fpage::ports(0x40, 2), 0));
    CHECK(cannot_use(task, 0x40));
}

void complete_space()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(Fpage::from_raw(L4_COMPLETE_IO_SPACE | 7), 0));
    CHECK(can_use(task, port));
    CHECK(can_use(task, diagnostic_port));
    CHECK(cannot_use(task, 0x40));
    CHECK(cannot_use(task, 0xcf8));
    (void)l4::unmap(Fpage::from_raw(L4_COMPLETE_IO_SPACE | 7), false);
    CHECK(cannot_use(task, port));
    CHECK(cannot_use(task, diagnostic_port));
}

void unmapped()
{
    REQUIRE(take_ports());
    Task tasks[2];
    for (Task& task : tasks) REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(tasks[0].map(ports, 0));
    REQUIRE(tasks[0].forward(tasks[1], map_item(Fpage::ports(port, 2))).is(2));
    CHECK(can_use(tasks[1], port + 3));
    CHECK(cannot_use(tasks[1], port + 4));
    // One port, from all below us; the others stay.
    l4::unmap(one_port(port + 1), false);
    for (Task& task : tasks) {
        CHECK(cannot_use(task, port + 1));
        CHECK(can_use(task, port) && can_use(task, port + 2));
    }
    (void)l4::in8(port + 1);
    REQUIRE(tasks[0].unmap(ports, true).is_done());
    for (Task& task : tasks) CHECK(cannot_use(task, port));
}

void unmapped_while_in_use()
{
    // The bitmap of the thread that runs changes at once.
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(ports, 0));
    auto const unmap_and_use = [](Word raw, Word number, Word, Word) -> Word {
        (void)l4::in8(static_cast<std::uint16_t>(number));
        (void)l4::unmap(Fpage::from_raw(raw), true);
        return l4::in8(static_cast<std::uint16_t>(number));
    };
    CHECK(task.run(unmap_and_use, ports.raw(), port).kind == Outcome::Kind::io_fault);
}

void granted()
{
    REQUIRE(take_ports());
    Task tasks[2];
    for (Task& task : tasks) REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(tasks[0].map(ports, 0));
    REQUIRE(tasks[0].forward(tasks[1], grant_item(ports)).is(2));
    CHECK(cannot_use(tasks[0], port));
    CHECK(can_use(tasks[1], port) && can_use(tasks[1], port + 7));
    l4::unmap(ports, false);
    CHECK(cannot_use(tasks[1], port));
}

void end_of_the_giver()
{
    REQUIRE(take_ports());
    Task tasks[2];
    for (Task& task : tasks) REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(tasks[0].map(ports, 0));
    REQUIRE(tasks[0].forward(tasks[1], map_item(ports)).is(2));
    CHECK(can_use(tasks[1], port));
    tasks[0].end();
    CHECK(cannot_use(tasks[1], port));
}

void tasks_are_apart()
{
    REQUIRE(take_ports());
    Task tasks[2];
    for (Task& task : tasks) REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(tasks[0].map(ports, 0));
    for (unsigned round = 0; round < 3; ++round) {
        CHECK(can_use(tasks[0], port));
        CHECK(cannot_use(tasks[1], port));
    }
}

Word mask_interrupts(Word, Word, Word, Word)
{
    asm volatile("cli");
    return 0;
}

/// Ports are open by the bitmap, never by IOPL.
void no_privilege_level()
{
    REQUIRE(take_ports());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(Fpage::from_raw(L4_COMPLETE_IO_SPACE | 7), 0));
    CHECK(task.run(mask_interrupts).kind == Outcome::Kind::exception);
}

void memory_beside()
{
    // A message with memory and ports.
    REQUIRE(take_ports() && arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.deliver({map_item(ports), map_item(arena::fpage(0), arena::view)}).is(4));
    CHECK(can_use(task, port));
    CHECK(task.can_read(arena::view, arena::mark(0)));
}

constexpr Case cases[] = {
    {"in, out, ins, outs of each size: the message", "I/O page faults", messages},
    {"the answer opens the ports, the instruction goes on", "I/O page faults", answered},
    {"an empty answer repeats the instruction", "I/O page faults", answered_with_nothing},
    {"registers survive the fault", "I/O page faults", registers_survive},
    {"mapped ports are open, their neighbours are not", "I/O flexpages", mapped},
    {"a window of all ports", "I/O flexpages", window_of_ports},
    {"ports appear where they are", "I/O flexpages", only_idempotent},
    {"what the sender does not hold is a hole", "I/O flexpages", not_held},
    {"the complete I/O space", "I/O flexpages", complete_space},
    {"unmap takes ports from all below", "I/O flexpages", unmapped},
    {"a flushed port is closed at once", "I/O flexpages", unmapped_while_in_use},
    {"grant", "I/O flexpages", granted},
    {"the end of a space takes the ports that came from it", "I/O flexpages", end_of_the_giver},
    {"one task's ports are not another's", "I/O flexpages", tasks_are_apart},
    {"all ports give no right to mask interrupts", "I/O flexpages", no_privilege_level},
    {"memory and ports in one message", "I/O flexpages", memory_beside},
};

} // namespace

Group const io_cases{"ports", cases};

} // namespace test
