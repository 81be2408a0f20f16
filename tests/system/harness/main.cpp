// SPDX-License-Identifier: BSD-2-Clause
//
// The test server: a root server that runs every case and prints TAP on COM1.
//
// The first thread, at the highest priority, is the *controller*. It gives the cases, one by one, to the *runner*, a
// thread of the same space, whose pager and exception handler it is. A runner that crashes or takes too long has failed
// its case; it is deleted and made anew, with all that the case has left behind.

#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/check.hpp"
#include "tests/system/harness/serial.hpp"
#include "tests/system/harness/thread.hpp"
#include "tests/system/harness/trace.hpp"

#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/start.hpp>
#include <l4/syscall.hpp>

namespace test {
namespace {

using l4::Message;
using l4::Time;

constexpr Word label_case = 0x60; // controller -> runner: MR1 address of the Case
constexpr Word label_end = 0x61;  // runner -> controller
constexpr Word runner_slot = 1;

struct alignas(4096) RunnerStack {
    unsigned char bytes[64 * 1024];
};
constinit RunnerStack runner_stack{};

ThreadId runner_id() { return ThreadId::global(L4_KIP_USER_BASE(&l4::kip()) + 3, 1); }

void run_cases(Word)
{
    for (;;) {
        Message message;
        ThreadId const from = l4::receive(controller(), message);
        if (from.is_nil() || message.tag().label() != label_case) continue;
        reinterpret_cast<Case const*>(message.mr(1))->run();
        if (!l4::send(controller(), Message{label_end})) l4::stop();
    }
}

bool start_runner()
{
    ThreadId const me = l4::my_global_id();
    Word const location = l4::utcb_location(reinterpret_cast<Word>(&l4::my_utcb()), runner_slot);
    Word const sp = reinterpret_cast<Word>(runner_stack.bytes) + sizeof runner_stack - sizeof(StartBlock);
    *reinterpret_cast<StartBlock*>(sp) = {run_cases, 0, l4::nilthread, me};
    return l4::thread_control(
               {.dest = runner(), .space = me, .scheduler = me, .pager = me, .utcb_location = location}) &&
           l4::set_priority(runner(), priority::runner) && l4::start_thread(runner(), test_thread(sp));
}

/// Somebody whose pager or exception handler we are: whatever it is, it was not meant to happen.
void report_crash(ThreadId who, Message const& message)
{
    l4::Line<80> const name{"{} (thread {x})", who == runner() ? "the runner" : "a helper", who.raw()};
    l4::MsgTag const tag = message.tag();
    if (tag.label() == l4::protocol::exception)
        fail(l4::Line<200>{"{}: exception {} with error code {x} at {x}, sp {x}", name.view(), message.mr(19),
                           message.mr(20), message.mr(1), message.mr(17)}
                 .view());
    else if (tag.protocol() == l4::protocol::page_fault || tag.protocol() == l4::protocol::io_fault)
        fail(l4::Line<200>{"{}: fault {x}, address or port {x}, at {x}", name.view(), tag.raw(), message.mr(1),
                           message.mr(2)}
                 .view());
    else
        fail(l4::Line<200>{"{}: unexpected message {x}", name.view(), tag.raw()}.view());
}

/// True if the runner came to the end of the case; then it waits for the next.
bool run(Case const& what)
{
    Message start{label_case};
    start.word(reinterpret_cast<Word>(&what));
    if (!l4::send(runner(), start, Time::milliseconds(500))) {
        fail("the runner does not take the case");
        return false;
    }
    Message message;
    ThreadId const from = l4::receive(l4::anythread, message, Time::milliseconds(what.seconds * 1000));
    if (from.is_nil()) {
        fail(l4::Line<100>{"not done in {} s (error {x})", what.seconds, l4::last_error()}.view());
        return false;
    }
    ThreadId const sender = l4::global_id_of(from);
    if (sender == runner() && message.tag().label() == label_end) return true;
    report_crash(sender, message);
    return false;
}

void print_lines(std::string_view text)
{
    while (!text.empty()) {
        std::size_t const end = text.find('\n');
        serial::write("# ");
        serial::write(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
}

void run_and_report(Word number, Group const& group, Case const& what)
{
    begin_verdict();
    Word const start = l4::system_clock();
    bool const survived = run(what);
    Word const milliseconds = (l4::system_clock() - start) / 1000;
    if (!survived) delete_thread(runner());
    delete_case_threads();
    if (!survived && !start_runner()) fail("the runner cannot be started again");

    l4::Line<300> const line{"{} {} - {}: {} [{}] # {} ms\n",
                             has_failed() ? "not ok" : "ok",
                             number,
                             group.name,
                             what.name,
                             what.rule,
                             milliseconds};
    serial::write(line.view());
    print_lines(failures());
    print_lines(notes());
}

} // namespace
} // namespace test

void server_main()
{
    using namespace test;
    set_roles(l4::my_global_id(), runner_id());
    // Later faults of the image go to threads that sigma0 does not know.
    l4::touch_image();
    // Without the serial line nobody hears of anything; then the first OUT says so to whoever reads faults.
    (void)l4::sigma0::request_ports(serial::port, serial::log2_ports);
    serial::write("\n# X.2 conformance tests\n");
    for (auto const& ports : {std::pair{0x70, 1u}, std::pair{0x80, 0u}})
        if (!l4::sigma0::request_ports(static_cast<Word>(ports.first), ports.second))
            serial::write("# sigma0 refuses ports to the test server\n");

    if (!trace::take()) serial::write("# sigma0 refuses the trace buffer to the root server\n");

    Word count = 0;
    for (Group const* group : all_groups()) count += group->cases.size();
    serial::write(l4::Line<40>{"1..{}\n", count}.view());
    if (!start_runner()) serial::write("Bail out! The runner cannot be started.\n");
    Word number = 0;
    for (Group const* group : all_groups())
        for (Case const& what : group->cases) run_and_report(++number, *group, what);
    serial::write("# end of tests\n");
    l4::stop();
}
