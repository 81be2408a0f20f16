// SPDX-License-Identifier: BSD-2-Clause
/// The calls of a vCPU (docs/abi/vcpu.md, 'Calls').
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/space/space.hpp"
#include "kernel/support/panic.hpp"
#include "kernel/syscall/repeat.hpp"
#include "kernel/vcpu/client_set.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

/// A step is one page-table entry or one table: between two looks at the interrupts pass some 100 microseconds at most.
constexpr Word steps_per_call = 4096;

Word as_word(ClientError error) { return static_cast<Word>(static_cast<long>(error)); }

template <typename T>
Word as_word(Result<T, ClientError> const& result)
{
    return result ? static_cast<Word>(result.value()) : as_word(result.error());
}

Word done_or_invalid(bool done) { return done ? 0 : static_cast<Word>(L4_VCPU_EINVAL); }

Result<Ok, ClientError> load(Tcb& caller, ClientSet& clients, Word client)
{
    caller.vcpu->set_root(TRY(clients.load(client, 0)).raw());
    return Ok{};
}

Word switch_client(Tcb& caller, ClientSet& clients)
{
    auto const loaded = load(caller, clients, caller.frame.rdi);
    return loaded ? 0 : as_word(loaded.error());
}

/// A process that is made runs at once, most of the time: one call for both.
Word create(Tcb& caller, ClientSet& clients)
{
    Result<Word, ClientError> const client = clients.create();
    if (!client || caller.frame.rdi == 0) return as_word(client);
    auto const loaded = load(caller, clients, client.value());
    if (loaded) return client.value();
    Budget budget{steps_per_call};
    ensure(clients.destroy(client.value(), budget) == Progress::done); // nothing is mapped in it
    return as_word(loaded.error());
}

Word map(Tcb& caller, ClientSet& clients)
{
    TrapFrame const& in = caller.frame;
    constexpr Word low_half = 0xffffffff;
    ClientMapCall const call{in.rdi, in.rsi, in.rdx & low_half, in.rdx >> 32, in.r8, caller.vcpu->map_entries()};
    return as_word(clients.map(call, 0));
}

/// An unmap or a destruction that is not done yet is executed again; nothing that the server sees has changed.
void unmap(Tcb& caller, ClientSet& clients)
{
    TrapFrame& frame = caller.frame;
    ClientUnmapCall& call = caller.vcpu->unmap_call();
    if (!call.is_continued_by(frame.rdi, frame.rsi, frame.rdx, Rights{frame.r8}))
        call = {frame.rdi, frame.rsi, frame.rdx, Rights{frame.r8}};
    Word generation = 0;
    Budget budget{steps_per_call};
    Result<Progress, ClientError> const result = clients.unmap(call, generation, budget);
    if (result && result.value() == Progress::again) {
        repeat_system_call(caller);
        return;
    }
    call.is_counted = false;
    frame.rax = result ? generation : as_word(result.error());
}

void status(Tcb& caller, ClientSet& clients)
{
    TrapFrame& frame = caller.frame;
    Result<ClientStatus, ClientError> const result = clients.status(frame.rdi, frame.rsi, frame.rdx);
    frame.rax = result ? result.value().referenced : as_word(result.error());
    frame.rdx = result ? result.value().written : 0;
}

void lookup(Tcb& caller, ClientSet& clients)
{
    TrapFrame& frame = caller.frame;
    Word position = frame.rsi;
    frame.rax = as_word(clients.lookup(frame.rdi, position, caller.vcpu->map_entries()));
    frame.rdx = position;
}

void destroy(Tcb& caller, ClientSet& clients)
{
    TrapFrame& frame = caller.frame;
    if (frame.rdi == L4_CLIENT_SERVER || !clients.exists(frame.rdi)) {
        frame.rax = static_cast<Word>(L4_VCPU_EINVAL);
        return;
    }
    Result<PhysAddr, ClientError> const victim = clients.load(frame.rdi, 0);
    Result<PhysAddr, ClientError> const none = clients.load(L4_CLIENT_SERVER, 0);
    List<Tcb, SpaceThreadTag> const& threads = caller.space->threads;
    for (Tcb* thread = threads.front(); thread != nullptr; thread = threads.next(*thread))
        if (thread->vcpu != nullptr && victim && thread->vcpu->root() == victim.value().raw())
            thread->vcpu->set_root(none.value().raw());
    Budget budget{steps_per_call};
    if (clients.destroy(frame.rdi, budget) == Progress::again) {
        repeat_system_call(caller);
        return;
    }
    frame.rax = 0;
}

Word access_port(Tcb& caller)
{
    TrapFrame const& in = caller.frame;
    constexpr Word write_bit = 0x100;
    Word const size = in.rsi & ~write_bit;
    bool const valid = (size == 1 || size == 2 || size == 4) && in.rdi + size <= port_count && in.rdi < port_count;
    if (!valid) return static_cast<Word>(L4_VCPU_EINVAL);
    for (Word port = in.rdi; port < in.rdi + size; ++port)
        if (!caller.space->io_ports().holds(port)) return static_cast<Word>(L4_VCPU_EACCESS);
    auto const port = static_cast<std::uint16_t>(in.rdi);
    bool const write = (in.rsi & write_bit) != 0;
    switch (size) {
    case 1: return write ? (x86::out8(port, static_cast<std::uint8_t>(in.rdx)), 0) : Word{x86::in8(port)};
    case 2: return write ? (x86::out16(port, static_cast<std::uint16_t>(in.rdx)), 0) : Word{x86::in16(port)};
    default: return write ? (x86::out32(port, static_cast<std::uint32_t>(in.rdx)), 0) : Word{x86::in32(port)};
    }
}

} // namespace

void vcpu_system_call(Tcb& caller)
{
    TrapFrame& frame = caller.frame;
    if (caller.vcpu == nullptr) {
        frame.rax = static_cast<Word>(L4_VCPU_EINVAL);
        return;
    }
    ClientSet& clients = *caller.space->clients();
    switch (frame.rax) {
    case L4_VCPU_SWITCH: frame.rax = switch_client(caller, clients); return;
    case L4_VCPU_MAP: frame.rax = map(caller, clients); return;
    case L4_VCPU_UNMAP: unmap(caller, clients); return;
    case L4_VCPU_STATUS: status(caller, clients); return;
    case L4_VCPU_CREATE: frame.rax = create(caller, clients); return;
    case L4_VCPU_DESTROY: destroy(caller, clients); return;
    case L4_VCPU_WAIT:
        frame.rax = 0;
        caller.vcpu->wait();
        return;
    case L4_VCPU_TIMER:
        frame.rax = 0;
        caller.vcpu->arm_deadline();
        return;
    case L4_VCPU_DOORBELL:
        frame.rax = done_or_invalid(caller.vcpu->set_doorbell(ThreadId{frame.rdi}, frame.rsi));
        return;
    case L4_VCPU_PORT: frame.rax = access_port(caller); return;
    case L4_VCPU_SET: frame.rax = done_or_invalid(caller.vcpu->set_register(frame.rdi, frame.rsi)); return;
    case L4_VCPU_LOOKUP: lookup(caller, clients); return;
    default: frame.rax = static_cast<Word>(L4_VCPU_EINVAL);
    }
}

} // namespace pecan
