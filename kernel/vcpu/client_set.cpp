// SPDX-License-Identifier: BSD-2-Clause
/// The life of clients; what is mapped into them is in client_map.cpp and client_unmap.cpp.
#include "kernel/vcpu/client_set.hpp"

#include "kernel/memory/direct_map.hpp"
#include "kernel/support/scope_guard.hpp"
#include "kernel/vcpu/client_target.hpp"

namespace pecan {

// ---- Tables of words -----------------------------------------------------------------------------------------------

Word& ClientSet::word(WordFrames const& frames, Word index)
{
    constexpr Word per_frame = page_size / sizeof(Word);
    return direct_map<Word>(frames[index / per_frame])[index % per_frame];
}

Result<Ok, Error> ClientSet::allocate(WordFrames& frames)
{
    ScopeGuard give_back{[&] { release(frames); }};
    for (PhysAddr& frame : frames) frame = TRY(memory_.allocate_frame(server_.quota()));
    give_back.dismiss();
    return Ok{};
}

void ClientSet::release(WordFrames& frames)
{
    for (PhysAddr& frame : frames) {
        if (frame != PhysAddr{}) memory_.free_frame(frame, server_.quota());
        frame = PhysAddr{};
    }
}

Result<Ok, Error> ClientSet::init()
{
    ScopeGuard give_back{[&] {
        release(records_);
        for (WordFrames& frames : cr3_words_) release(frames);
    }};
    TRY(allocate(records_));
    for (WordFrames& frames : cr3_words_) TRY(allocate(frames));
    give_back.dismiss();
    for (unsigned cpu = 0; cpu < max_cpus; ++cpu)
        word(cr3_words_[cpu], L4_CLIENT_SERVER) = server_.page_table().root(cpu).raw();
    for (Word number = 1; number < L4_CLIENT_MAX; ++number)
        word(records_, number) = (number + 1 < L4_CLIENT_MAX ? number + 1 : 0) << 1 | 1;
    first_free_ = 1;
    return Ok{};
}

// ---- Clients -------------------------------------------------------------------------------------------------------

ClientSpace* ClientSet::record(Word client) const
{
    if (client == L4_CLIENT_SERVER || client >= L4_CLIENT_MAX) return nullptr;
    Word const value = word(records_, client);
    return (value & 1) != 0 ? nullptr : reinterpret_cast<ClientSpace*>(value);
}

bool ClientSet::find(Word client, Target& target)
{
    target.number = client;
    if (client == L4_CLIENT_SERVER) {
        target.table = &server_.page_table();
        target.counters = &server_counters_;
        return true;
    }
    ClientSpace* const space = record(client);
    if (space == nullptr || space->is_dying) return false;
    target.table = &space->page_table();
    target.counters = &space->counters;
    return true;
}

Result<Word, ClientError> ClientSet::create()
{
    Word const number = first_free_;
    if (number == 0) return ClientError::no_memory;
    auto const client = pool_.create(server_.quota(), memory_, server_.quota());
    if (!client) return ClientError::no_memory;
    first_free_ = word(records_, number) >> 1;
    word(records_, number) = reinterpret_cast<Word>(client.value());
    return number;
}

Progress ClientSet::destroy(Word client, Budget& budget)
{
    ClientSpace* const space = record(client);
    if (space == nullptr) return Progress::done;
    // From here on nobody can load it; only then its tables go.
    space->is_dying = true;
    for (WordFrames& frames : cr3_words_) word(frames, client) = 0;
    if (space->page_table().destroy(budget) == Progress::again) return Progress::again;
    pool_.destroy(space, server_.quota());
    word(records_, client) = first_free_ << 1 | 1;
    first_free_ = client;
    return Progress::done;
}

Progress ClientSet::destroy_all(Budget& budget)
{
    if (records_[0] == PhysAddr{}) return Progress::done;
    for (Word client = 1; client < L4_CLIENT_MAX; ++client) {
        if (!exists(client)) continue;
        if (destroy(client, budget) == Progress::again) return Progress::again;
        budget.spend();
        if (budget.is_exhausted()) return Progress::again;
    }
    release(records_);
    for (WordFrames& frames : cr3_words_) release(frames);
    searched_page_ = nullptr;
    return Progress::done;
}

// ---- Loading -------------------------------------------------------------------------------------------------------

/// A client's PML4 for this processor is made when it is first mapped into or loaded there.
Result<PhysAddr, Error> ClientSet::make_root(Word client, PageTable& table, unsigned cpu)
{
    if (PhysAddr const root = table.root(cpu); root != PhysAddr{}) return root;
    PhysAddr const root = TRY(table.make_root(cpu, &server_.page_table()));
    word(cr3_words_[cpu], client) = root.raw();
    return root;
}

Result<PhysAddr, ClientError> ClientSet::load(Word client, unsigned cpu)
{
    Target target;
    if (!find(client, target)) return ClientError::invalid;
    auto const root = make_root(client, *target.table, cpu);
    if (!root) return ClientError::no_memory;
    return root.value();
}

} // namespace pecan
