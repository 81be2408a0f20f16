// SPDX-License-Identifier: BSD-2-Clause
//
// A root server that measures the microkernel: IPC, faults, map and unmap, the null call. One line 'bench NAME VALUE'
// for each on the serial line, in ticks of the TSC per operation; under QEMU's -icount these are instructions.

#include <l4/format.hpp>
#include <l4/kip.hpp>
#include <l4/machine.hpp>
#include <l4/sigma0.hpp>
#include <l4/start.hpp>
#include <l4/thread.hpp>
#include <l4/typed.hpp>
#include <l4/utcb.hpp>

namespace {

using l4::Fpage;
using l4::Message;
using l4::ThreadId;
using l4::Word;

/// What loops.S takes.
struct Loop {
    Word rounds;
    Word partner;
    Word tag;
    Word stub;
    Word caller_stack = 0;
};
/// The loop's RSP points at `rounds`; the stub's return address lies below.
struct LoopFrame {
    Word stack[8];
    Loop loop;
};

} // namespace

extern "C" {
void bench_exchange(Loop* loop);
void bench_null_call(Loop* loop);
void bench_nothing();
}

namespace {

constexpr Word rounds = 10'000;
constexpr Word for_ever = ~Word{0};
/// Of what is subtracted with the loop that does nothing, CALL and RET belong to the call that is measured.
constexpr Word call_and_return = 2;

// ---- The serial line: COM1 by polling ----

constexpr Word serial_port = 0x3f8;
constexpr unsigned serial_log2_ports = 3;

void put(std::string_view text)
{
    constexpr std::uint8_t room = 0x20;
    for (char const letter : text) {
        while ((l4::in8(serial_port + 5) & room) == 0) {}
        l4::out8(serial_port, static_cast<std::uint8_t>(letter));
    }
}

void report(std::string_view name, Word value) { put(l4::Line<80>{"bench {} {}\r\n", name, value}.view()); }

[[noreturn]] void give_up(std::string_view why)
{
    put(l4::Line<120>{"bench failed: {}\r\n", why}.view());
    l4::stop();
}

// ---- Threads ----

constexpr Word helper_priority = 200;
ThreadId thread_number(Word n) { return ThreadId::global(l4::my_global_id().number() + 1 + n, 1); }

struct alignas(16) Stack {
    unsigned char bytes[16 * 1024];
    Word top() { return reinterpret_cast<Word>(this + 1) - 8; }
};
constinit Stack pager_stack{}, partner_stack{};

/// Memory is virtual = physical here and, page by page as it is asked for, in the other space.
[[noreturn]] void serve_faults()
{
    l4::serve([](ThreadId, Message const& message) -> std::optional<Message> {
        auto const fault = l4::page_fault_of(message);
        if (!fault) return {};
        Word const page = l4::align_down(fault->address, l4::page_size);
        return l4::map_answer({Fpage::memory(page, l4::page_log2, l4::Rights::rwx), page});
    });
}

constinit LoopFrame partner_loop{};
constinit ThreadId pager_id, main_id;

[[noreturn]] void exchange_for_ever()
{
    // The first message comes to a thread that only waits.
    Message first;
    l4::receive(main_id, first);
    for (;;) bench_exchange(&partner_loop.loop);
}

Word utcb_location(Word n) { return l4::align_down(reinterpret_cast<Word>(&l4::my_utcb()), l4::page_size) + n * L4_UTCB_SIZE; }

/// In a new space it gets its memory from the pager, but its start message still from here.
l4::Thread start(ThreadId id, bool in_new_space, Word slot, void (*entry)(), Stack& stack)
{
    auto thread = in_new_space ? l4::Thread::create_in_new_space(id, l4::ordinary_layout(), helper_priority)
                               : l4::Thread::create(id, utcb_location(slot), helper_priority);
    if (!thread) give_up("a thread cannot be created");
    if (in_new_space && !l4::thread_control({.dest = id, .space = id, .pager = pager_id}))
        give_up("no pager for the other space");
    if (!thread->start({reinterpret_cast<Word>(entry), stack.top()})) give_up("a thread does not start");
    return std::move(*thread);
}

// ---- Measurements ----

Word timed(void (*loop)(Loop*), Loop const& what)
{
    static constinit LoopFrame frame{};
    frame.loop = what;
    loop(&frame.loop); // once for the caches of the emulator
    frame.loop = what;
    Word const start = l4::time_stamp();
    loop(&frame.loop);
    return l4::time_stamp() - start;
}

Word nothing() { return reinterpret_cast<Word>(&bench_nothing); }
Word per_operation(Word total, Word empty, Word count) { return (total - empty + count / 2) / count; }

void measure_null_call()
{
    Word const self = l4::my_global_id().raw();
    Word const empty = timed(bench_null_call, {rounds, self, 0, nothing()});
    Word const total = timed(bench_null_call, {rounds, self, 0, l4::kip().thread_switch});
    report("null-call", per_operation(total, empty, rounds) + call_and_return);
}

void measure_words(ThreadId partner, std::string_view where)
{
    Word const empty = timed(bench_exchange, {rounds, 0, 0, nothing()});
    for (unsigned const words : {0u, 4u, 8u, 16u, 32u, 63u}) {
        Word const tag = l4::MsgTag{0, 0, words}.raw();
        partner_loop.loop.tag = tag;
        Word const total = timed(bench_exchange, {rounds, partner.raw(), tag, l4::kip().ipc});
        // A round is two messages and one turn of the loop on either side.
        Word const one_way = per_operation(total, 2 * empty, 2 * rounds) + call_and_return;
        report(l4::Line<40>{"ipc-{}-{}", where, words}.view(), one_way);
    }
}

/// An empty message off the short way: with a flag in its tag that is the receiver's to see, and ignored here.
void measure_general(ThreadId partner)
{
    constexpr Word flag = 1 << 13;
    partner_loop.loop.tag = flag;
    Word const empty = timed(bench_exchange, {rounds, 0, 0, nothing()});
    Word const total = timed(bench_exchange, {rounds, partner.raw(), flag, l4::kip().ipc});
    report("ipc-general", per_operation(total, 2 * empty, 2 * rounds) + call_and_return);
}

void measure_ipc(bool in_new_space)
{
    partner_loop.loop = {for_ever, main_id.raw(), 0, l4::kip().ipc};
    l4::Thread const partner = start(thread_number(1), in_new_space, 2, exchange_for_ever, partner_stack);
    measure_words(partner.id(), in_new_space ? "inter" : "intra");
    if (in_new_space) measure_general(partner.id());
}

// ---- Pages ----

constexpr Word most_pages = 512;
struct alignas(l4::large_page_size) Arena {
    unsigned char bytes[most_pages * l4::page_size];
};
constinit Arena arena{};

constinit Word volatile fault_ticks = 0;

/// In the other space: touches one page after another.
[[noreturn]] void touch_pages()
{
    Word const start = l4::time_stamp();
    for (Word n = 0; n < most_pages; ++n)
        asm volatile("movb $1, %0" : "=m"(arena.bytes[n * l4::page_size]));
    fault_ticks = l4::time_stamp() - start;
    (void)l4::send(main_id, Message{0});
    l4::stop();
}

void measure_faults()
{
    l4::Thread const toucher = start(thread_number(1), true, 0, touch_pages, partner_stack);
    Message message;
    l4::receive(toucher.id(), message);
    report("page-fault", fault_ticks / most_pages);
}

/// In the other space: takes what comes, and says so.
[[noreturn]] void take_pages()
{
    l4::accept_mappings(Fpage::complete());
    l4::serve([](ThreadId, Message const&) { return std::optional{Message{0}}; });
}

Word timed_call(ThreadId to, Message message)
{
    Word const start = l4::time_stamp();
    if (!l4::call(to, message)) give_up("a message is not answered");
    return l4::time_stamp() - start;
}

void measure_map_and_unmap()
{
    constexpr Word repetitions = 16;
    l4::Thread const taker = start(thread_number(1), true, 0, take_pages, partner_stack);
    (void)timed_call(taker.id(), Message{0});
    for (unsigned const log2pages : {0u, 4u, 9u}) {
        Word const base = reinterpret_cast<Word>(arena.bytes);
        Fpage const pages = Fpage::memory(base, l4::page_log2 + log2pages, l4::Rights::rw);
        Word mapping = 0, unmapping = 0;
        for (Word n = 0; n <= repetitions; ++n) {
            Word const empty = timed_call(taker.id(), Message{0}.word(0));
            Word const with_pages = timed_call(taker.id(), Message{0}.word(0).map({pages, base}));
            Word const start = l4::time_stamp();
            (void)l4::unmap(Fpage::memory(base, l4::page_log2 + log2pages, l4::Rights::rwx), false);
            Word const end = l4::time_stamp();
            if (n == 0) continue; // makes the page tables
            mapping += with_pages - empty;
            unmapping += end - start;
        }
        Word const count = Word{1} << log2pages;
        report(l4::Line<40>{"map-{}", count}.view(), mapping / repetitions);
        report(l4::Line<40>{"unmap-{}", count}.view(), unmapping / repetitions);
    }
}

} // namespace

void server_main()
{
    main_id = l4::my_global_id();
    l4::touch_image();
    for (Word n = 0; n < most_pages; ++n) arena.bytes[n * l4::page_size] = 1;
    if (!l4::sigma0::request_ports(serial_port, serial_log2_ports)) l4::stop();
    if (!l4::set_priority(main_id, helper_priority)) give_up("no priority");

    l4::Thread const pager = start(thread_number(0), false, 1, serve_faults, pager_stack);
    pager_id = pager.id();
    measure_null_call();
    measure_ipc(false);
    measure_ipc(true);
    measure_faults();
    measure_map_and_unmap();
    put("bench done\r\n");
}
