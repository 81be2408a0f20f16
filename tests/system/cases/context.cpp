// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/machine.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

using l4::Time;

bool has_avx()
{
    constexpr std::uint32_t osxsave = 1u << 27, avx = 1u << 28;
    constexpr Word vectors = 6;
    return (l4::cpuid(1).ecx & (osxsave | avx)) == (osxsave | avx) && (l4::xgetbv0() & vectors) == vectors;
}

TestVectors pattern(Word seed)
{
    TestVectors vectors{};
    for (unsigned n = 0; n < sizeof vectors.bytes; ++n)
        vectors.bytes[n] = static_cast<unsigned char>(seed * 37 + n * 11);
    vectors.mxcsr = 0x1f80 | (seed % 4) << 13; // a rounding mode
    vectors.x87_control = static_cast<unsigned short>(0x37f | (seed % 4) << 10);
    // A double without a double: no vector registers in this code. 1.0 plus something in the mantissa.
    Word const bits = 0x3ff0000000000000 + seed;
    __builtin_memcpy(&vectors.x87, &bits, sizeof bits);
    return vectors;
}

void load(TestVectors const& vectors) { has_avx() ? test_load_avx(&vectors) : test_load_sse(&vectors); }

/// Are the registers what load() made of them?
bool are_loaded(TestVectors const& expected)
{
    static constexpr unsigned width = 32, used_without_avx = 16;
    TestVectors now{};
    has_avx() ? test_store_avx(&now) : test_store_sse(&now);
    unsigned const used = has_avx() ? width : used_without_avx;
    for (unsigned n = 0; n < sizeof now.bytes; ++n)
        if (n % width < used && now.bytes[n] != expected.bytes[n]) return false;
    constexpr unsigned control_bits = 0xffc0;
    return (now.mxcsr & control_bits) == (expected.mxcsr & control_bits) && now.x87_control == expected.x87_control &&
           __builtin_memcmp(&now.x87, &expected.x87, sizeof now.x87) == 0;
}

constinit Word volatile mistakes = 0;
constinit Word volatile rounds_done = 0;

void yield_with_vectors(Word seed)
{
    TestVectors const mine = pattern(seed);
    load(mine);
    for (unsigned n = 0; n < 200; ++n) {
        l4::thread_switch();
        if (!are_loaded(mine)) mistakes = mistakes + 1;
    }
    rounds_done = rounds_done + 1;
}

void compute_with_vectors(Word seed)
{
    TestVectors const mine = pattern(seed);
    load(mine);
    Word const end = l4::system_clock() + 150'000;
    while (l4::system_clock() < end)
        if (!are_loaded(mine)) mistakes = mistakes + 1;
    rounds_done = rounds_done + 1;
}

void start_over()
{
    mistakes = 0;
    rounds_done = 0;
}

void vectors_across_switches()
{
    start_over();
    Thread threads[4];
    for (Word n = 0; n < 4; ++n) REQUIRE(threads[n].start(yield_with_vectors, n + 1));
    REQUIRE(wait_for(rounds_done, 4));
    CHECK_EQ(mistakes, 0);
    NOTE("with {}", has_avx() ? "AVX" : "SSE alone");
}

void vectors_across_preemption()
{
    start_over();
    Thread threads[3];
    for (Word n = 0; n < 3; ++n) REQUIRE(threads[n].start(compute_with_vectors, n + 5));
    REQUIRE(wait_for(rounds_done, 3));
    CHECK_EQ(mistakes, 0);
}

void vectors_across_spaces()
{
    start_over();
    Task tasks[2];
    Stack stacks[2];
    Thread here;
    for (Word n = 0; n < 2; ++n)
        REQUIRE(tasks[n].create() && tasks[n].start_thread(new_id(), 1, stacks[n], yield_with_vectors, n + 10));
    REQUIRE(here.start(yield_with_vectors, 12));
    REQUIRE(wait_for(rounds_done, 3));
    CHECK_EQ(mistakes, 0);
}

void echo_with_vectors(Word seed)
{
    TestVectors const mine = pattern(seed);
    load(mine);
    Message message;
    ThreadId to = l4::nilthread;
    for (;;) {
        to = l4::reply_wait(to, message);
        if (!are_loaded(mine)) mistakes = mistakes + 1;
    }
}

void vectors_across_ipc()
{
    start_over();
    Thread server;
    REQUIRE(server.start(echo_with_vectors, 20));
    TestVectors const mine = pattern(21);
    load(mine);
    for (unsigned n = 0; n < 100; ++n) {
        Message message{1};
        REQUIRE(l4::call(server.id(), message, {soon, soon}));
        if (!are_loaded(mine)) mistakes = mistakes + 1;
    }
    CHECK_EQ(mistakes, 0);
}

Word fault_with_vectors(Word address, Word, Word, Word)
{
    TestVectors const mine = pattern(30);
    load(mine);
    (void)*reinterpret_cast<Word const volatile*>(address);
    return are_loaded(mine) ? 1 : 0;
}

Word trap_with_vectors(Word, Word, Word, Word)
{
    TestVectors const mine = pattern(31);
    load(mine);
    asm volatile("int3");
    return are_loaded(mine) ? 1 : 0;
}

void vectors_across_faults()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(fault_with_vectors, arena::view).kind == Outcome::Kind::page_fault);
    // The pager uses its own.
    load(pattern(32));
    Message reply{0};
    CHECK(task.answer(add(reply, {map_item(arena::fpage(0), arena::view)})).is(1));
    REQUIRE(task.begin(trap_with_vectors).kind == Outcome::Kind::exception);
    load(pattern(33));
    CHECK(task.answer(Message{0}).is(1));
}

constinit TestVectors first_seen{};
constinit Word volatile looked = 0;

void look_at_vectors(Word)
{
    has_avx() ? test_store_avx(&first_seen) : test_store_sse(&first_seen);
    looked = 1;
}

/// Nothing of those who ran before.
void vectors_of_a_new_thread()
{
    looked = 0;
    load(pattern(40));
    Thread thread;
    REQUIRE(thread.start(look_at_vectors) && wait_for(looked, 1));
    for (unsigned char const byte : first_seen.bytes)
        if (!CHECK_EQ(byte, 0)) break;
    CHECK_EQ(first_seen.mxcsr, 0x1f80);
    CHECK_EQ(first_seen.x87_control, 0x37f);
}

// ---- Segment bases, which users set themselves ----

Word fs_base()
{
    Word base;
    asm volatile("rdfsbase %0" : "=r"(base));
    return base;
}
void set_fs_base(Word base) { asm volatile("wrfsbase %0" : : "r"(base)); }
Word gs_base()
{
    Word base;
    asm volatile("rdgsbase %0" : "=r"(base));
    return base;
}
void set_gs_base(Word base) { asm volatile("wrgsbase %0" : : "r"(base)); }

void yield_with_fs_base(Word base)
{
    set_fs_base(base);
    for (unsigned n = 0; n < 100; ++n) {
        l4::thread_switch();
        if (fs_base() != base) mistakes = mistakes + 1;
    }
    rounds_done = rounds_done + 1;
}

void fs_bases()
{
    start_over();
    Thread threads[3];
    for (Word n = 0; n < 3; ++n) REQUIRE(threads[n].start(yield_with_fs_base, 0x1000 * (n + 1)));
    REQUIRE(wait_for(rounds_done, 3));
    CHECK_EQ(mistakes, 0);
}

/// The kernel does not depend on the user's gs, and nobody else sees it.
void live_with_strange_gs(Word base)
{
    Word const own = gs_base();
    ThreadId const me = l4::my_global_id();
    set_gs_base(base);
    for (unsigned n = 0; n < 50; ++n) {
        Registers registers = ipc_registers(l4::nilthread, me, Time::microseconds(100).raw(), 0);
        test_call(&registers, l4::kip().ipc);
        if (registers.r9 != L4_TAG_ERROR) mistakes = mistakes + 1;
        (void)l4::system_clock();
        l4::thread_switch();
        if (gs_base() != base) mistakes = mistakes + 1;
    }
    set_gs_base(own);
    rounds_done = rounds_done + 1;
}

void gs_bases()
{
    start_over();
    Word const own = gs_base();
    Thread threads[4];
    Word const bases[] = {0, 0x7fffffffffff, 0xffff808000000000, 0xdead000};
    for (Word n = 0; n < 4; ++n) REQUIRE(threads[n].start(live_with_strange_gs, bases[n]));
    REQUIRE(wait_for(rounds_done, 4));
    CHECK_EQ(mistakes, 0);
    CHECK_EQ(gs_base(), own);
    CHECK_EQ(l4::my_global_id(), runner());
}

/// General registers of a thread that is preempted anywhere.
void compute_in_registers(Word seed)
{
    for (unsigned round = 0; round < 60; ++round) {
        Word sum = seed, steps = 100'000, check = seed;
        asm volatile("1:\n\t"
                     "lea 3(%0), %0\n\t"
                     "mov %0, %%r8\n\tmov %%r8, %%r9\n\tmov %%r9, %%r10\n\tmov %%r10, %%r11\n\tmov %%r11, %%r12\n\t"
                     "mov %%r12, %%r13\n\tmov %%r13, %%r14\n\tmov %%r14, %%r15\n\tmov %%r15, %%rbx\n\t"
                     "mov %%rbx, %%rdx\n\tmov %%rdx, %%rsi\n\tmov %%rsi, %%rdi\n\tmov %%rdi, %0\n\t"
                     "dec %1\n\tjnz 1b"
                     : "+a"(sum), "+c"(steps)
                     :
                     : "rbx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc");
        if (sum != check + 300'000) mistakes = mistakes + 1;
    }
    rounds_done = rounds_done + 1;
}

void general_registers()
{
    start_over();
    Thread threads[3];
    Task task;
    Stack stack;
    REQUIRE(task.create() && task.start_thread(new_id(), 1, stack, compute_in_registers, 77));
    for (Word n = 0; n < 3; ++n) REQUIRE(threads[n].start(compute_in_registers, n << 40));
    // Interruptions at odd times.
    while (rounds_done < 4) l4::sleep(Time::microseconds(370));
    CHECK_EQ(mistakes, 0);
}

constexpr Case cases[] = {
    {"vector registers survive thread switches", "Threads", vectors_across_switches},
    {"vector registers survive preemption", "Threads", vectors_across_preemption},
    {"vector registers survive switches between spaces", "Threads", vectors_across_spaces},
    {"vector registers survive an IPC", "Ipc", vectors_across_ipc},
    {"vector registers survive faults and exceptions", "Pagefault protocol", vectors_across_faults},
    {"a new thread has clean vector registers", "Threads", vectors_of_a_new_thread},
    {"each thread has its own FS base", "Threads", fs_bases},
    {"the kernel does not depend on a user's GS base", "Threads", gs_bases},
    {"general registers survive preemption", "Threads", general_registers, 20},
};

} // namespace

Group const context_cases{"contexts", cases};

} // namespace test
