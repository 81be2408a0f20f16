// SPDX-License-Identifier: BSD-2-Clause
/// Events, doorbells, the timer, waiting; and leaving while they come.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_count_a_while[], client_count_end[], client_syscall[], client_after_syscall[], client_ud2[];

namespace {

constexpr unsigned bell = 5;

void name_doorbell()
{
    check_equal("the root server becomes a doorbell", 0, vcpu_call(L4_VCPU_DOORBELL, control().root, bell));
}

/// Arms the timer `ticks` from now.
Word arm(Word ticks)
{
    Word const due = time_stamp() + ticks;
    vcpu().deadline = due;
    check_equal("timer call", 0, vcpu_call(L4_VCPU_TIMER));
    return due;
}

void spin_until(Word tsc)
{
    while (time_stamp() < tsc) {}
}

} // namespace

void events_masked(Word)
{
    register_entries();
    Word const due = arm(microseconds(2000));
    spin_until(due + microseconds(2000));
    check_equal("pending", 1, vcpu().pending);
    check_equal("events", 1, vcpu().events);
    check_equal("deadline", 0, vcpu().deadline);
    check_equal("irq_enabled", 0, vcpu().irq_enabled);
    check_equal("entries", 0, events.entries);

    // Without an entry they only set bits, unmasked too.
    vcpu().pending = 0;
    vcpu().events = 0;
    vcpu().entry_event = 0;
    vcpu().irq_enabled = 1;
    spin_until(arm(microseconds(2000)) + microseconds(2000));
    check_equal("pending, no entry", 1, vcpu().pending);
    check_equal("events, no entry", 1, vcpu().events);
}

void events_in_server(Word)
{
    register_entries();
    unmask_events();
    for (int i = 0; i < 5; ++i) {
        Word const before = events.entries;
        Word const due = arm(microseconds(500));
        // A busy host may deliver the interrupt late, but never twice.
        Word const limit = due + microseconds(500000);
        while (events.entries == before && time_stamp() < limit) {}
        check("never early", time_stamp() >= due);
        spin_until(due + microseconds(2000));
        check_equal("entries", before + 1, events.entries);
        check_equal("the timer's bit", 1, events.bits);
        check_equal("unmasked again", 1, vcpu().irq_enabled);
        Frame const& f = events.last;
        check_equal("CS", L4_SERVER_CS & ~Word{3}, f.cs);
        check_equal("SS", L4_SERVER_SS & ~Word{3}, f.ss);
        check_equal("IF", 0x200, f.rflags & 0x200);
        check_equal("the server's GS base", vcpu().server_gs_base, entry_gs_base);
        check_equal("masked at the entry", 0, entry_irq_enabled);
        events.bits = 0;
    }
}

void events_in_client(Word)
{
    register_entries();
    Client client = make_client(0);
    Word volatile& counted = *reinterpret_cast<Word volatile*>(client.data);
    Frame& f = client.frame;
    set_patterns(f);
    f.cs = L4_CLIENT_CS;
    f.rflags = 0x202 | 0x8d5;
    f.rsp = 0x4321;
    f.ss = L4_CLIENT_SS;
    // run() goes on after an event; so here an event enters as a system call would. (On a busy host it may come before the
    // client runs; the exit section takes it, and a second one is armed from there on.)
    for (int i = 0; i < 10; ++i) {
        do {
            vcpu().entry_event = reinterpret_cast<Word>(server_entry_event);
            set_patterns(f);
            f.rip = in_client(client_count_a_while);
            f.rcx = 50'000'000;
            f.rsp = 0x4321;
            arm(microseconds(3000));
            vcpu().entry_event = reinterpret_cast<Word>(server_entry_syscall);
            run(client);
        } while (f.rip == in_client(client_count_end));
        vcpu().entry_event = reinterpret_cast<Word>(server_entry_event);
        take_events();
        check_equal("CS", L4_CLIENT_CS, f.cs);
        check_equal("RSP", 0x4321, f.rsp);
        check_equal("IF", 0x200, f.rflags & 0x200);
        check_equal("RAX", 0x0101'0101'0101'0101 * 15, f.rax);
        check_equal("events", 1, events.bits);
    }
    check("the client has run", counted > 0);
}

void doorbell(Word)
{
    register_entries();
    name_doorbell();
    check_equal("request", 0, request(ring, 0, 3) >> 16);
    check_equal("pending", 1, vcpu().pending);
    check_equal("events", Word{1} << bell, vcpu().events);
    take_events();
    events.bits = 0;

    // One that comes while the vCPU runs.
    unmask_events();
    request(ring, 1000, 1);
    Word const limit = time_stamp() + microseconds(500000);
    while (events.bits == 0 && time_stamp() < limit) {}
    check_equal("the bell's bit", Word{1} << bell, events.bits);

    // No longer a doorbell: its empty message waits for a receive phase.
    mask_events();
    events.bits = 0;
    check_equal("forget", 0, vcpu_call(L4_VCPU_DOORBELL, control().root, ~Word{0}));
    vcpu().events = 0;
    vcpu().pending = 0;
    request(ring, 1000, 1);
    spin_until(time_stamp() + microseconds(5000));
    check_equal("events after forgetting", 0, vcpu().events);
}

void doorbell_numbers(Word)
{
    register_entries();
    Word const root = control().root;
    for (Word const bad : {Word{0}, Word{64}, Word{65}, Word{1} << 32, ~Word{1}})
        check_equal("a bad event", failed(L4_VCPU_EINVAL), vcpu_call(L4_VCPU_DOORBELL, root, bad));
    check_equal("a bad partner", failed(L4_VCPU_EINVAL), vcpu_call(L4_VCPU_DOORBELL, 0, 1));
    check_equal("a bad partner", failed(L4_VCPU_EINVAL), vcpu_call(L4_VCPU_DOORBELL, vcpu().utcb, 1));
    for (Word event = 1; event < 64; ++event) check_equal("a good event", 0, vcpu_call(L4_VCPU_DOORBELL, root, event));
    request(ring, 0, 1);
    check_equal("the last name counts", Word{1} << 63, vcpu().events);
}

void timer(Word)
{
    register_entries();
    Word worst = 0;
    for (int i = 0; i < 20; ++i) {
        mask_events(); // the last wait left them on, and the event must find us waiting
        events.bits = 0;
        Word const due = arm(microseconds(100 + 137 * static_cast<Word>(i)));
        check_equal("wait", 0, vcpu_call(L4_VCPU_WAIT));
        Word const now = time_stamp();
        check("never early", now >= due);
        if (now - due > worst) worst = now - due;
        check_equal("the event", 1, events.bits);
        check_equal("the deadline is taken", 0, vcpu().deadline);
    }
    say("timer: worst lateness in microseconds:", worst * 1000 / vcpu().tsc_khz);
}

void timer_moves(Word)
{
    register_entries();
    // Later, without a call: the kernel finds out when the old one fires.
    Word const later = arm(microseconds(50000)) + microseconds(20000);
    vcpu().deadline = later;
    vcpu_call(L4_VCPU_WAIT);
    check("moved back: never early", time_stamp() >= later);

    // Earlier, with a call.
    mask_events();
    arm(microseconds(2000000));
    Word const sooner = arm(microseconds(1000));
    vcpu_call(L4_VCPU_WAIT);
    Word const now = time_stamp();
    check("moved forward: never early", now >= sooner);
    check("moved forward: soon", now < sooner + microseconds(500000));

    // None: nothing comes.
    mask_events();
    arm(microseconds(1000));
    vcpu().deadline = 0;
    vcpu().events = 0;
    vcpu().pending = 0;
    spin_until(time_stamp() + microseconds(5000));
    check_equal("a deadline that was taken back", 0, vcpu().events);

    // One in the past is due at once.
    vcpu().deadline = 1;
    check_equal("timer call", 0, vcpu_call(L4_VCPU_TIMER));
    vcpu_call(L4_VCPU_WAIT);
    check_equal("a deadline in the past", 0, vcpu().deadline);
}

void wait_for_event(Word)
{
    register_entries();
    // Pending already: at once.
    vcpu().pending = 1;
    vcpu().events = 4;
    Word const before = time_stamp();
    check_equal("wait", 0, vcpu_call(L4_VCPU_WAIT));
    check("at once", time_stamp() - before < microseconds(500000));
    check_equal("the event", 4, events.bits);
    check_equal("unmasked", 1, vcpu().irq_enabled);
    mask_events();
    events.bits = 0;

    // A doorbell while it waits; again and again, so that each order of the two comes.
    name_doorbell();
    for (int i = 0; i < 20; ++i) {
        request(ring, i % 2 == 0 ? 0 : 200 * static_cast<Word>(i), 1);
        check_equal("wait", 0, vcpu_call(L4_VCPU_WAIT));
        check_equal("the event", Word{1} << bell, events.bits);
        mask_events();
        events.bits = 0;
    }
}

// ---- Leaving -------------------------------------------------------------------------------------------------------

namespace {

alignas(16) unsigned char leaving_stack[0x2000];

/// A frame for the exit section that goes wrong at the IRETQ.
Frame& leaving_frame()
{
    Frame& frame = *reinterpret_cast<Frame*>(leaving_stack + sizeof leaving_stack - sizeof(Frame));
    set_patterns(frame);
    frame.rip = in_client(client_ud2);
    frame.cs = L4_CLIENT_CS;
    frame.rflags = 0x202;
    frame.rsp = CLIENT_STACK_TOP;
    frame.ss = L4_CLIENT_SS;
    return frame;
}

Fault leave(Frame& frame) { return attempt(leave_by_exit, reinterpret_cast<Word>(&frame)); }

void check_failed_iret(char const* what, Fault const& fault, Word vector, Word error)
{
    check(what, fault.happened);
    check_equal(what, vector, fault.frame.vector);
    check_equal(what, error, fault.frame.error);
    check_equal(what, reinterpret_cast<Word>(exit_iret), fault.frame.rip);
    check_equal(what, L4_SERVER_CS & ~Word{3}, fault.frame.cs);
    check_equal(what, reinterpret_cast<Word>(leaving_stack) + sizeof leaving_stack - 40, fault.frame.rsp);
    check_equal("IF of an exception in the exit section", 0, fault.frame.rflags & 0x200);
    check_equal("the server's GS base", vcpu().server_gs_base, entry_gs_base);
    check_equal("masked", 0, entry_irq_enabled);
}

} // namespace

void exit_bad_frames(Word)
{
    register_entries();
    Client client = make_client(0);
    run_at(client, client_ud2);
    for (Word const ss : {Word{0x88}, Word{0x80}, Word{0x90}, Word{0x18}, Word{0x1b}, Word{0x1003}, Word{0x29}}) {
        Frame& frame = leaving_frame();
        frame.ss = ss;
        check_failed_iret("a bad SS", leave(frame), 13, ss & ~Word{3});
        mask_events();
    }
    for (Word const cs : {Word{0x80}, Word{0x83}, Word{0x10}, Word{0x13}, Word{0x90}, Word{0x1003}, Word{0x2b}}) {
        Frame& frame = leaving_frame();
        frame.cs = cs;
        check_failed_iret("a bad CS", leave(frame), 13, cs & ~Word{3});
        mask_events();
    }
    // A RIP that is not canonical: Intel's IRETQ faults in ring 1, TCG's and AMD's behind it in ring 3.
    Frame& frame = leaving_frame();
    frame.rip = 0x800000000000;
    Fault const at_iret =
        attempt([](Word f, Word) { run_client_frame(reinterpret_cast<Frame*>(f)); }, reinterpret_cast<Word>(&frame));
    if (at_iret.happened) {
        check_failed_iret("a bad RIP", at_iret, 13, 0);
    } else {
        check_equal("a bad RIP", 13, left_frame.vector);
        check_equal("a bad RIP", 0x800000000000, left_frame.rip);
    }
    mask_events();

    // The stack goes away under the section's feet: the registers lie where nothing is mapped.
    Fault const fault = attempt(leave_by_exit, no_page);
    check_equal("vector of a read from a lost stack", 8, fault.frame.vector);
}

void exit_events(Word)
{
    register_entries();
    Client client = make_client(0);
    Word const rounds = control().instructions_are_ticks != 0 ? 200 : 3000;
    Word seen = 0;
    for (Word i = 0; i < rounds; ++i) {
        events.bits = 0;
        // Due somewhere from now to well inside the client.
        Word const due = time_stamp() + i % 300 * microseconds(100) / 300;
        vcpu().deadline = due;
        vcpu_call(L4_VCPU_TIMER);
        Frame const& f = run_at(client, client_syscall);
        check_equal("cause", CAUSE_SYSCALL, f.vector);
        check_equal("RIP", in_client(client_after_syscall), f.rip);
        check_equal("RSP", CLIENT_STACK_TOP - 64, f.rsp);
        check_patterns(f, false);
        check_equal("the server's GS base", vcpu().server_gs_base, read_gs_base());
        while (vcpu().deadline != 0 || vcpu().events != 0) unmask_events();
        mask_events();
        seen += events.bits;
    }
    check_equal("each event once", rounds, seen);
    say("events that the exit section found pending:", events.at_exit);
}

// Under -icount a tick is an instruction. The deadline moves on by one tick at a time, from before the exit section to
// behind it, so that the event comes at every instruction of it.

namespace {

/// A frame that the section leaves by, and a look at what became of it.
struct Leaving {
    char const* name;
    void (*leave)(Client& client);
    Word last_loaded; ///< so many registers are loaded when it ends
};

void leave_well(Client& client)
{
    Frame const& f = run_at(client, client_syscall);
    check_equal("cause", CAUSE_SYSCALL, f.vector);
    check_equal("RIP", in_client(client_after_syscall), f.rip);
    check_equal("RSP", CLIENT_STACK_TOP - 64, f.rsp);
    check_equal("the client's GS base", 0x7fff00003000, vcpu().client_gs_base);
    check_patterns(f, false);
}

void leave_with_bad_ss(Client&)
{
    Frame& frame = leaving_frame();
    frame.ss = 0x88;
    check_failed_iret("a bad SS", leave(frame), 13, 0x88);
}

void leave_with_bad_cs(Client&)
{
    Frame& frame = leaving_frame();
    frame.cs = 0x80;
    check_failed_iret("a bad CS", leave(frame), 13, 0x80);
}

/// TCG and AMD meet it in ring 3, where an event may come first.
void leave_with_bad_rip(Client&)
{
    Frame& frame = leaving_frame();
    frame.rip = 0x800000000000;
    left_frame = Frame{};
    Fault const fault =
        attempt([](Word f, Word) { run_client_frame(reinterpret_cast<Frame*>(f)); }, reinterpret_cast<Word>(&frame));
    if (fault.happened) {
        check_failed_iret("a bad RIP", fault, 13, 0);
        return;
    }
    if (left_frame.vector == CAUSE_EVENT)
        take_events();
    else
        check_equal("a bad RIP", 13, left_frame.vector);
    check_equal("a bad RIP", 0x800000000000, left_frame.rip);
    check_patterns(left_frame, true);
}

/// A client may stand at any address: in the section it is no server.
void leave_for_section(Client&)
{
    Frame& frame = leaving_frame();
    frame.rip = reinterpret_cast<Word>(exit_iret);
    run_client_frame(&frame);
    if (left_frame.vector == CAUSE_EVENT)
        take_events();
    else
        check_equal("a client in the section", 14, left_frame.vector);
    check_equal("a client in the section: RIP", reinterpret_cast<Word>(exit_iret), left_frame.rip);
    check_equal("a client in the section: RSP", CLIENT_STACK_TOP, left_frame.rsp);
    check_equal("a client in the section: GS base", 0x7fff00003000, vcpu().client_gs_base);
    check_patterns(left_frame, true);
}

constexpr Word half_a_stack = 0xffffc90000001000; ///< a page of the dynamic half; the one below is absent

/// The first five registers lie where nothing is mapped.
void leave_with_lost_stack(Client&)
{
    Word const frame = half_a_stack - 5 * sizeof(Word);
    for (Word offset = 5 * sizeof(Word); offset < sizeof(Frame); offset += sizeof(Word))
        *reinterpret_cast<Word*>(frame + offset) =
            *reinterpret_cast<Word*>(reinterpret_cast<Word>(&leaving_frame()) + offset);
    Fault const fault = attempt(leave_by_exit, frame);
    check_equal("vector of a read from a lost stack", 8, fault.frame.vector);
    // The section that meets an event calls a function, and that is where it sees that it has no stack. Or in front of
    // that: until it has masked events, any interrupt of the machine (the end of a time slice) delivers the event itself.
    bool const met_event = fault.frame.rip >= reinterpret_cast<Word>(exit_end) &&
                           fault.frame.rip <= reinterpret_cast<Word>(exit_pending_call);
    events.at_exit += met_event ? 1 : 0;
    check("in the section", met_event || (fault.frame.rip > reinterpret_cast<Word>(exit_start) &&
                                          fault.frame.rip < reinterpret_cast<Word>(exit_iret)));
    check_equal("RSP", frame, fault.frame.rsp);
    check_equal("IF of an exception in the exit section", 0, fault.frame.rflags & 0x200);
    check_equal("the server's GS base", vcpu().server_gs_base, entry_gs_base);
}

constexpr Leaving leavings[] = {
    {"a good frame", leave_well, 14},
    {"a bad SS", leave_with_bad_ss, 14},
    {"a bad CS", leave_with_bad_cs, 14},
    {"a bad RIP", leave_with_bad_rip, 14},
    {"a client in the section", leave_for_section, 14},
    {"a lost stack", leave_with_lost_stack, 0},
};

/// The event comes `ticks` from now. True: the section met it.
bool leave_with_event(Leaving const& way, Client& client, Word ticks)
{
    Word const at_exit = events.at_exit;
    events.bits = 0;
    events.loaded = 0;
    vcpu().client_gs_base = 0x7fff00003000;
    arm(ticks);
    way.leave(client);
    check_equal("the server's GS base", vcpu().server_gs_base, read_gs_base());
    Word const limit = time_stamp() + microseconds(100000);
    mask_events();
    while ((vcpu().deadline != 0 || vcpu().pending != 0) && time_stamp() < limit) unmask_events();
    mask_events();
    check_equal("the event, once", 1, events.bits);
    return events.at_exit != at_exit;
}

void sweep(Leaving const& way, Client& client)
{
    constexpr Word behind = 100, limit = 20000;
    Word met_with[15] = {}; // index: how many registers were loaded
    Word missed = 0;
    for (Word ticks = 0; missed < behind; ++ticks) {
        check("the sweep's end", ticks < limit);
        control().progress = ticks;
        if (leave_with_event(way, client, ticks)) {
            ++met_with[events.loaded];
            missed = 0;
        } else {
            ++missed;
        }
    }
    // Between two loads lies one instruction; RDI, which does not count, makes it two; behind the last stand ADD and IRETQ.
    for (Word loaded = 1; loaded <= way.last_loaded; ++loaded) {
        control().results[0] = loaded;
        check(way.name, met_with[loaded] >= (loaded == 10 || loaded == 14 ? 2 : 1));
    }
    check(way.name, met_with[0] > 0);
}

} // namespace

void exit_sweep(Word)
{
    check("this needs -icount", control().instructions_are_ticks != 0);
    register_entries();
    Client client = make_client(0);
    check_equal("map", 1, map_pages(0, half_a_stack, small_base + 0x10000, 1, L4_MAP_R | L4_MAP_W));
    for (Leaving const& way : leavings) sweep(way, client);
}

} // namespace gate_test
