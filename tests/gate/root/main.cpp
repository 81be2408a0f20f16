// SPDX-License-Identifier: BSD-2-Clause
/// The root server of the gate's tests: starts the ring-1 server for each case of cases.def, is its pager, hears its
/// exceptions, and looks after each case whether the other tasks still run.
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/start.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

#include "tests/gate/root/command_line.hpp"
#include "tests/gate/root/counter.hpp"
#include "tests/gate/root/life.hpp"
#include "tests/gate/root/output.hpp"

extern "C" l4::Word null_calls(l4::Word count, l4::Word stub, l4::Word argument);

namespace gate_test {

namespace {

struct Case {
    Scenario scenario;
    Ending ending;
    char const* name;
};

constexpr Case cases[] = {
#define CASE(id, ending, name) {Scenario::id, Ending::ending, name},
#include "tests/gate/cases.def"
#undef CASE
};

Life server, bystander;
Counter counter;
bool instructions_are_ticks = false;
constexpr bool verbose = false;

// ---- One life ------------------------------------------------------------------------------------------------------

/// How a life ended.
struct End {
    enum class Kind { passed, failed, exception, page_fault, silence, not_started } kind;
    l4::Message message{};
};

bool is_fault(l4::Message const& message) { return message.tag().protocol() == l4::protocol::page_fault; }
bool is_exception(l4::Message const& message) { return message.tag().protocol() == l4::protocol::exception; }

/// The kernel's layout of an exception message (x2-amd64: MR1 to MR20).
constexpr unsigned mr_rip = 1, mr_rax = 8, mr_rsp = 17, mr_vector = 19, mr_error = 20;

/// The answer to an exception: the registers as they came, but RIP and RAX.
l4::Message resumption(l4::Message const& exception, Control volatile& control)
{
    l4::Message answer{0};
    for (unsigned i = 1; i < mr_vector; ++i) answer.word(exception.mr(i));
    answer.set_mr(mr_rip, exception.mr(mr_rip) + control.resume_skip);
    answer.set_mr(mr_rax, control.resume_rax);
    control.resume_count = control.resume_count - 1;
    return answer;
}

void ring_bell(l4::Message const& asked)
{
    for (Word n = 0; n < asked.mr(2); ++n) {
        if (asked.mr(1) != 0) l4::sleep(l4::Time::microseconds(asked.mr(1)));
        (void)l4::send(server.id(), l4::Message{0}, l4::Time::zero());
    }
}

std::string_view text_of(Control volatile& control)
{
    char const* const text = const_cast<char const*>(control.text);
    std::size_t length = 0;
    while (length < sizeof(control.text) && text[length] != 0) ++length;
    return {text, length};
}

/// Answers a request of the server; true if the life is over.
bool serve(l4::Message const& asked, l4::Message& answer)
{
    // With a word in it: an empty one from a doorbell partner would be a doorbell.
    answer = l4::Message{0};
    answer.word(0);
    switch (asked.tag().label()) {
    case report_passed:
    case report_failed: return true;
    case revoke: server.revoke(asked.mr(1)); break;
    case give_port: answer.map({l4::Fpage::ports(asked.mr(1), 0), 0}); break;
    case note: line("# {} {}", text_of(server.control()), asked.mr(1)); break;
    default: break;
    }
    return false;
}

/// Pages of the tasks beside the server. True if the message was one of theirs.
bool serve_others(ThreadId sender, l4::Message const& message, l4::Message& answer)
{
    if (!is_fault(message)) return false;
    auto const item = sender == counter.id()     ? counter.page_for(message.mr(1))
                      : sender == bystander.id() ? bystander.page_for(message.mr(1))
                                                 : std::nullopt;
    if (!item) return false;
    answer = l4::Message{0};
    answer.map(*item);
    return true;
}

/// Runs the server until it ends, or says nothing for so long although control.progress stands still.
End watch(Word silence_ms)
{
    Word progress = ~Word{0};
    l4::Message message;
    ThreadId answer_to{};
    Word same_faults = 0, last_fault = 0;
    for (;;) {
        ThreadId const sender = l4::reply_wait(answer_to, message, l4::Time::milliseconds(silence_ms));
        answer_to = {};
        if (sender.is_nil()) {
            if (progress == server.control().progress) return {End::Kind::silence, message};
            progress = server.control().progress;
            continue;
        }
        l4::Message answer;
        if (serve_others(sender, message, answer)) {
            answer_to = sender;
            message = answer;
            continue;
        }
        if (sender != server.id()) {
            line("# a message of thread {x} {x}: {x} {x} {x}", sender.number(), sender.version(), message.mr(0),
                 message.mr(1), message.mr(2));
            continue;
        }
        if (is_fault(message)) {
            same_faults = message.mr(1) == last_fault ? same_faults + 1 : 0;
            last_fault = message.mr(1);
            auto const item = server.page_for(message.mr(1));
            if (!item || same_faults > 4) return {End::Kind::page_fault, message};
            answer.map(*item);
        } else if (is_exception(message)) {
            if (server.control().resume_count == 0) return {End::Kind::exception, message};
            answer = resumption(message, server.control());
        } else {
            Word const label = message.tag().label();
            if (label == report_passed) return {End::Kind::passed, message};
            if (label == report_failed) return {End::Kind::failed, message};
            (void)serve(message, answer);
            if (label == ring) {
                (void)l4::send(sender, answer, l4::Time::milliseconds(100));
                ring_bell(message);
                continue;
            }
        }
        answer_to = sender;
        message = answer;
    }
}

// ---- Verdicts ------------------------------------------------------------------------------------------------------

void describe(End const& end)
{
    l4::Message const& m = end.message;
    Control volatile& c = server.control();
    switch (end.kind) {
    case End::Kind::passed: line("# the server reports that all is well"); break;
    case End::Kind::failed:
        line("# {}: wanted {x}, seen {x} (argument {}, progress {}; {x} {x} {x})", text_of(c), m.mr(1), m.mr(2),
             c.argument, c.progress, c.results[0], c.results[1], c.results[2]);
        break;
    case End::Kind::exception:
        line("# exception {} error {x} at {x}, RSP {x} (argument {}, progress {})", m.mr(mr_vector), m.mr(mr_error),
             m.mr(mr_rip), m.mr(mr_rsp), c.argument, c.progress);
        break;
    case End::Kind::page_fault:
        line("# page fault of {x} (rights {}) at {x} (argument {}, progress {})", m.mr(1),
             static_cast<unsigned>(m.tag().fault_rights()), m.mr(2), c.argument, c.progress);
        break;
    case End::Kind::silence:
        line("# silence (argument {}, progress {}; {x} {x} {x} {x} {x} {x})", c.argument, c.progress, c.results[0],
             c.results[1], c.results[2], c.results[3], c.results[4], c.results[5]);
        break;
    case End::Kind::not_started:
        line("# not started: {}", l4::name_of(static_cast<l4::Error>(l4::last_error())));
        break;
    }
}

bool is_as_expected(End const& end)
{
    Control volatile& c = server.control();
    l4::Message const& m = end.message;
    if (c.expected.is_page_fault != 0)
        return end.kind == End::Kind::page_fault && m.mr(1) == c.expected.address &&
               (c.expected.rip == 0 || m.mr(2) == c.expected.rip);
    bool ok = end.kind == End::Kind::exception &&
              (m.mr(mr_vector) == c.expected.vector || m.mr(mr_vector) == c.expected.other_vector) &&
              m.mr(mr_error) == c.expected.error && (c.expected.rip == 0 || m.mr(mr_rip) == c.expected.rip);
    for (unsigned i = 0; c.expected.has_registers != 0 && i < 16; ++i) {
        if (m.mr(2 + i) == c.expected.registers[i]) continue;
        line("# MR{}: wanted {x}, seen {x}", 2 + i, c.expected.registers[i], m.mr(2 + i));
        ok = false;
    }
    return ok;
}

/// Both other tasks have gone on since.
bool others_run_on()
{
    Word const count = counter.count(), beat = bystander.control().beat;
    for (int i = 0; i < 500; ++i) {
        l4::Message message;
        ThreadId const sender = l4::receive(l4::anythread, message, l4::Time::milliseconds(1));
        l4::Message answer;
        if (!sender.is_nil() && serve_others(sender, message, answer))
            (void)l4::send(sender, answer, l4::Time::zero());
        else if (!sender.is_nil() && sender == bystander.id())
            line("# the server beside it has ended: {x} {x} {x}: {}", message.mr(0), message.mr(1), message.mr(2),
                 text_of(bystander.control()));
        if (counter.count() != count && bystander.control().beat != beat) break;
    }
    if (counter.is_disturbed()) line("# the counting task found its registers changed");
    if (counter.count() == count) line("# the counting task does not run");
    if (bystander.control().beat == beat) line("# the server beside it does not run");
    return !counter.is_disturbed() && counter.count() != count && bystander.control().beat != beat;
}

bool is_right(Case const& test, End const& end)
{
    switch (test.ending) {
    case Ending::reports: return end.kind == End::Kind::passed;
    case Ending::dies: return is_as_expected(end);
    case Ending::loops: return end.kind == End::Kind::silence;
    case Ending::any: return end.kind != End::Kind::failed && end.kind != End::Kind::not_started;
    }
    return false;
}

constexpr Word silence_limit(Ending ending)
{
    switch (ending) {
    case Ending::loops: return 100;
    case Ending::any: return 300;
    default: return 20000;
    }
}

/// All lives of a case.
bool run_case(Case const& test)
{
    Word argument = 0;
    unsigned lives = 0, deaths = 0;
    for (;;) {
        End end{End::Kind::not_started};
        if (server.start(test.scenario, argument, instructions_are_ticks)) end = watch(silence_limit(test.ending));
        ++lives;
        bool right = is_right(test, end);
        if (!right || verbose) describe(end);
        if (end.kind != End::Kind::passed) ++deaths;
        Word next = server.control().next;
        // An 'any' that has come to grief goes on behind what it was doing.
        if (test.ending == Ending::any && end.kind != End::Kind::passed) next = server.control().progress + 1;
        Word const count = counter.count();
        server.end();
        if (!others_run_on()) right = false;
        if (test.ending == Ending::loops && counter.count() == count) right = false;
        if (!right) return false;
        if (next == 0) break;
        argument = next;
    }
    if (lives > 1)
        line("# {} lives of the server, {} of them ended by the kernel's message or from outside", lives, deaths);
    return true;
}

// ---- Runs ----------------------------------------------------------------------------------------------------------

/// The null calls of an ordinary task, for comparison: cycles (or instructions) for one, without the loop.
void measure_ordinary_calls()
{
    constexpr Word rounds = 20000;
    Word const clock = null_calls(rounds, l4::kip().system_clock, 0);
    Word const yield = null_calls(rounds, l4::kip().thread_switch, l4::my_global_id().raw());
    line("# ordinary task, {} for one call with its stub and loop: SystemClock {}, ThreadSwitch to itself {}",
         instructions_are_ticks ? "instructions" : "cycles", clock / rounds, yield / rounds);
}

bool is_wanted(Case const& test, std::string_view run)
{
    if (*test.name == 0) return false;
    bool const counts_instructions = test.scenario == Scenario::null_call || test.scenario == Scenario::exit_sweep ||
                                     test.scenario == Scenario::exit_events ||
                                     test.scenario == Scenario::exit_bad_frames;
    if (run == "icount") return counts_instructions;
    if (run == "all") return test.scenario != Scenario::exit_sweep;
    // Some, by the names of their functions joined with '+'.
    static constexpr std::string_view ids[] = {
#define CASE(id, ending, name) #id,
#include "tests/gate/cases.def"
#undef CASE
    };
    std::string_view const id = ids[static_cast<Word>(test.scenario)];
    for (std::size_t end = 0; !run.empty(); run.remove_prefix(end)) {
        if (run.front() == '+') run.remove_prefix(1);
        end = run.find('+') == run.npos ? run.size() : run.find('+');
        if (run.substr(0, end) == id) return true;
    }
    return false;
}

void run_cases(std::string_view run)
{
    unsigned count = 0;
    for (Case const& test : cases) count += is_wanted(test, run) ? 1 : 0;
    line("TAP version 13");
    line("1..{}", count);
    unsigned number = 0;
    for (Case const& test : cases) {
        if (!is_wanted(test, run)) continue;
        Word const start = l4::system_clock();
        bool const ok = run_case(test);
        if (test.scenario == Scenario::null_call) measure_ordinary_calls();
        line("{}ok {} - {} # {} ms", ok ? "" : "not ", ++number, test.name, (l4::system_clock() - start) / 1000);
    }
    line("# end of tests");
}

/// For the checker on the host: a server and a client of which each stays where it is until a byte comes.
void run_checkpoints()
{
    for (Scenario const scenario : {Scenario::checkpoint_server, Scenario::checkpoint_client}) {
        if (!server.start(scenario, 0, false)) line("Bail out! not started");
        End const end = watch(100);
        if (end.kind != End::Kind::silence) describe(end);
        line("# checkpoint {}", scenario == Scenario::checkpoint_server ? "server" : "client");
        while (!read_byte()) (void)others_run_on();
        server.end();
    }
    line("# end of tests");
}

} // namespace

void run(std::string_view what)
{
    instructions_are_ticks = what == "icount";
    if (!server.prepare(1, 0) || !bystander.prepare(2, 1)) {
        line("Bail out! no memory");
        return;
    }
    if (!counter.start(3) || !bystander.start(Scenario::bystander, 0, instructions_are_ticks)) {
        line("Bail out! the tasks beside the server do not start: {}",
             l4::name_of(static_cast<l4::Error>(l4::last_error())));
        return;
    }
    (void)l4::schedule({.dest = bystander.id(), .time = L4_TIMEOUTS(l4::Time::milliseconds(1).raw(), L4_TIME_NEVER)});
    if (!others_run_on()) line("# the tasks beside the server do not run yet");
    if (what == "checkpoints")
        run_checkpoints();
    else
        run_cases(what);
}

} // namespace gate_test

void server_main()
{
    if (!gate_test::open_serial_line()) return;
    gate_test::run(gate_test::first_argument());
}
