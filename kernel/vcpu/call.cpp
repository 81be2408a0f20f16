// SPDX-License-Identifier: BSD-2-Clause
/// The calls of a vCPU (docs/abi/vcpu.md, 'Calls').
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/space/space.hpp"
#include "kernel/support/panic.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/vcpu/client_set.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

/// A step is one page-table entry or one table: between two looks at the interrupts pass some 100 microseconds at most.
constexpr Word steps_per_call = 4096;

/// What calls return that are wrong.
constexpr Word invalid = static_cast<Word>(L4_VCPU_EINVAL);

Word as_word(Result<Word, ClientError> const& result)
{
    return result ? result.value() : static_cast<Word>(static_cast<long>(result.error()));
}

/// A call that is not done yet is executed again: with the same number, for nothing that the server sees has changed.
Word repeat(Tcb& caller)
{
    repeat_system_call(caller);
    return caller.frame.rax;
}

Result<Word, ClientError> load(Tcb& caller, ClientSet& clients, Word client)
{
    caller.vcpu->set_root(TRY(clients.load(client, 0)).raw());
    return Word{0};
}

/// A process that is made runs at once, most of the time: one call for both.
Result<Word, ClientError> create(Tcb& caller, ClientSet& clients)
{
    Word const client = TRY(clients.create());
    if (caller.frame.rdi == 0) return client;
    auto const loaded = load(caller, clients, client);
    if (loaded) return client;
    Budget budget{steps_per_call};
    ensure(clients.destroy(client, budget) == Progress::done); // nothing is mapped in it
    return loaded.error();
}

Word map(Tcb& caller, ClientSet& clients, Budget& budget)
{
    TrapFrame const& in = caller.frame;
    constexpr Word quarter = 0xffff;
    ClientMapCall const call{in.rdi,       in.rsi, in.rdx >> 16 & quarter,    in.rdx & quarter,
                             in.rdx >> 32, in.r8,  caller.vcpu->map_entries()};
    budget.spend(call.count);
    return as_word(clients.map(call, 0));
}

Word unmap(Tcb& caller, ClientSet& clients, Budget& budget)
{
    TrapFrame const& frame = caller.frame;
    ClientUnmapCall& call = caller.vcpu->unmap_call();
    if (!call.is_continued_by(frame.rdi, frame.rsi, frame.rdx, Rights{frame.r8}))
        call = {frame.rdi, frame.rsi, frame.rdx, Rights{frame.r8}};
    Word generation = 0;
    Result<Progress, ClientError> const result = clients.unmap(call, generation, budget);
    if (result && result.value() == Progress::again) return repeat(caller);
    call.is_counted = false;
    return result ? generation : as_word(result.error());
}

Word status(Tcb& caller, ClientSet& clients)
{
    TrapFrame& frame = caller.frame;
    Result<ClientStatus, ClientError> const result = clients.status(frame.rdi, frame.rsi, frame.rdx);
    frame.rdx = result ? result.value().written : 0;
    return result ? result.value().referenced : as_word(result.error());
}

Word lookup(Tcb& caller, ClientSet& clients)
{
    TrapFrame& frame = caller.frame;
    Word position = frame.rsi;
    Result<Word, ClientError> const count = clients.lookup(frame.rdi, position, caller.vcpu->map_entries());
    frame.rdx = position;
    return as_word(count);
}

Word destroy(Tcb& caller, ClientSet& clients, Budget& budget)
{
    TrapFrame const& frame = caller.frame;
    if (frame.rdi == L4_CLIENT_SERVER || !clients.exists(frame.rdi)) return invalid;
    Result<PhysAddr, ClientError> const victim = clients.load(frame.rdi, 0);
    Result<PhysAddr, ClientError> const none = clients.load(L4_CLIENT_SERVER, 0);
    List<Tcb, SpaceThreadTag> const& threads = caller.space->threads;
    for (Tcb* thread = threads.front(); thread != nullptr; thread = threads.next(*thread))
        if (thread->vcpu != nullptr && victim && thread->vcpu->root() == victim.value().raw())
            thread->vcpu->set_root(none.value().raw());
    return clients.destroy(frame.rdi, budget) == Progress::again ? repeat(caller) : 0;
}

template <typename T>
Word access(TrapFrame const& call, bool write)
{
    auto const port = static_cast<std::uint16_t>(call.rdi);
    if (!write) return x86::in<T>(port);
    x86::out<T>(port, static_cast<T>(call.rdx));
    return 0;
}

Word access_port(Tcb& caller)
{
    TrapFrame const& in = caller.frame;
    constexpr Word write_bit = 0x100;
    Word const size = in.rsi & ~write_bit;
    bool const valid = (size == 1 || size == 2 || size == 4) && in.rdi + size <= port_count && in.rdi < port_count;
    if (!valid) return invalid;
    for (Word port = in.rdi; port < in.rdi + size; ++port)
        if (!caller.space->io_ports().holds(port)) return static_cast<Word>(L4_VCPU_EACCESS);
    bool const write = (in.rsi & write_bit) != 0;
    if (size == 1) return access<std::uint8_t>(in, write);
    return size == 2 ? access<std::uint16_t>(in, write) : access<std::uint32_t>(in, write);
}

Word batch(Tcb& caller, ClientSet& clients, Budget& budget);

Word call(Tcb& caller, ClientSet& clients, Budget& budget)
{
    TrapFrame const& in = caller.frame;
    switch (in.rax) {
    case L4_VCPU_SWITCH: return as_word(load(caller, clients, in.rdi));
    case L4_VCPU_MAP: return map(caller, clients, budget);
    case L4_VCPU_UNMAP: return unmap(caller, clients, budget);
    case L4_VCPU_STATUS: return status(caller, clients);
    case L4_VCPU_CREATE: return as_word(create(caller, clients));
    case L4_VCPU_DESTROY: return destroy(caller, clients, budget);
    case L4_VCPU_WAIT: caller.vcpu->wait(); return 0;
    case L4_VCPU_TIMER: caller.vcpu->arm_deadline(); return 0;
    case L4_VCPU_DOORBELL: return caller.vcpu->set_doorbell(ThreadId{in.rdi}, in.rsi) ? 0 : invalid;
    case L4_VCPU_PORT: return access_port(caller);
    case L4_VCPU_SET: return caller.vcpu->set_register(in.rdi, in.rsi) ? 0 : invalid;
    case L4_VCPU_LOOKUP: return lookup(caller, clients);
    case L4_VCPU_BATCH: return batch(caller, clients, budget);
    default: return invalid;
    }
}

bool can_be_in_batch(Word operation) { return operation <= L4_VCPU_DESTROY && operation != L4_VCPU_STATUS; }

/// One call of a batch: its words are read once, into the registers that it would have come in.
Word call_of_batch(Tcb& caller, ClientSet& clients, Word number, Budget& budget)
{
    TrapFrame& frame = caller.frame;
    l4_vcpu_call const volatile& in = caller.vcpu->batch_call(number);
    frame.rax = in.operation;
    frame.rdi = in.rdi;
    frame.rsi = in.rsi;
    frame.rdx = in.rdx;
    frame.r8 = in.r8;
    // A number like any other: that call's result is the server's to change.
    Word const maker = frame.rdi - L4_CLIENT_OF_CALL(0);
    if (maker < number) frame.rdi = const_cast<Word volatile&>(caller.vcpu->batch_call(maker).result);
    return can_be_in_batch(frame.rax) ? call(caller, clients, budget) : invalid;
}

/// What one turn may do ends with a call, or in one that is not done yet; the next turn begins behind it, or with it.
Word batch(Tcb& caller, ClientSet& clients, Budget& budget)
{
    TrapFrame& frame = caller.frame;
    Word const end = frame.rdi, rsi = frame.rsi, r8 = frame.r8, rip = frame.rip;
    if (end > L4_VCPU_BATCH_CALLS) return invalid;
    for (Word number = frame.rdx; number < end; ++number) {
        Word const result = call_of_batch(caller, clients, number, budget);
        frame.rdi = end;
        frame.rsi = rsi;
        frame.r8 = r8;
        frame.rdx = number;
        if (frame.rip != rip) return L4_VCPU_BATCH;
        caller.vcpu->batch_call(number).result = result;
        if (static_cast<long>(result) < 0) return number;
        if (budget.is_exhausted() && number + 1 < end) {
            frame.rdx = number + 1;
            repeat_system_call(caller);
            return L4_VCPU_BATCH;
        }
    }
    return end;
}

} // namespace

void vcpu_system_call(Tcb& caller)
{
    Budget budget{steps_per_call};
    caller.frame.rax = caller.vcpu == nullptr ? invalid : call(caller, *caller.space->clients(), budget);
}

} // namespace pecan
