// SPDX-License-Identifier: BSD-2-Clause
/// The clients of one server, and the calls on them (docs/abi/vcpu.md).
#pragma once

#include "kernel/memory/object_pool.hpp"
#include "kernel/space/space.hpp"
#include "kernel/vcpu/client_space.hpp"

namespace pecan {

class Mapping;

/// L4_VCPU_MAP. `entries` is map[] of the vCPU page: each is read once and believed in nothing.
struct ClientMapCall {
    Word client;
    Word address;
    Word first;
    Word count;
    Word log2size;
    Word generation;
    Word const* entries;
};

/// L4_VCPU_UNMAP. Plain data that is kept while the call is interrupted.
struct ClientUnmapCall {
    Word client;
    Word start;
    Word end;
    Rights rights;

    // -- how far it is
    bool is_counted{false}; ///< the generation has been raised; in an interrupted call that is done once
    Word position{0};       ///< what comes before is done, ...
    Word maps{0};           ///< ... unless the client got pages since: its count of maps then

    /// This call was interrupted, and the one with these arguments goes on with it.
    bool is_continued_by(Word c, Word s, Word e, Rights r) const
    {
        return is_counted && client == c && start == s && end == e && rights == r;
    }
};

/// L4_VCPU_STATUS: bit n for page n.
struct ClientStatus {
    Word referenced{0};
    Word written{0};
};

/// Client 0 is the server's own table; the others have tables of their own.
/// UP: the kernel runs with interrupts off; with more processors, a lock per server guards it.
class ClientSet {
public:
    static constexpr unsigned cr3_frames = L4_CLIENT_MAX * sizeof(Word) / page_size;

    /// One for each server space, charged to it. `pool` holds the clients of all servers.
    ClientSet(KernelMemory& memory, ObjectPool<ClientSpace>& pool, Space& server)
        : memory_{memory}, pool_{pool}, server_{server}
    {
    }
    ClientSet(ClientSet const&) = delete;
    ClientSet& operator=(ClientSet const&) = delete;

    /// Takes the frames of its tables. Before anything else; on Error::no_memory nothing is kept.
    Result<Ok, Error> init();
    /// Destroys all clients, wholesale, and the tables. Until done.
    Progress destroy_all(Budget& budget);

    /// L4_VCPU_CREATE: the number.
    Result<Word, ClientError> create();
    /// L4_VCPU_DESTROY, until done. No processor has the client loaded any more: the caller moves vCPUs to client 0
    /// first. After the first call it cannot be loaded, mapped into or unmapped from. Done too if there is none.
    Progress destroy(Word client, Budget& budget);
    /// A number that CREATE gave and DESTROY has not taken back (0 is none).
    bool exists(Word client) const { return record(client) != nullptr; }

    /// L4_VCPU_MAP: entries done, or why not one.
    Result<Word, ClientError> map(ClientMapCall const& call, unsigned cpu);
    /// L4_VCPU_UNMAP: when done, `generation` is the new one. An error: nothing was done.
    Result<Progress, ClientError> unmap(ClientUnmapCall& call, Word& generation, Budget& budget);
    /// L4_VCPU_STATUS
    Result<ClientStatus, ClientError> status(Word client, Word address, Word count);
    /// L4_VCPU_LOOKUP: number of pairs in `found`; `position` moves on.
    Result<Word, ClientError> lookup(Word client, Word& position, Word* found);

    /// The PML4 of a client on this processor, made on first use and entered in cr3_table(). Client 0: the server's.
    Result<PhysAddr, ClientError> load(Word client, unsigned cpu);
    /// CR3 values of this processor by client number; word 0 is the server's own. 0: cannot be loaded here (yet).
    PhysAddr cr3_frame(unsigned cpu, unsigned n) const { return cr3_words_[cpu][n]; }

    Space& server() const { return server_; }

    /// See mapping/client_search.hpp.
    Progress search(Mapping& page, Budget& budget);
    void forget(Mapping& page);

private:
    struct Source;
    struct Target;
    using WordFrames = PhysAddr[cr3_frames];

    static Word& word(WordFrames const& frames, Word index);
    ClientSpace* record(Word client) const;
    /// The client's table and counters; false: no client that can be used.
    bool find(Word client, Target& target);
    Result<Ok, Error> allocate(WordFrames& frames);
    void release(WordFrames& frames);
    Result<PhysAddr, Error> make_root(Word client, PageTable& table, unsigned cpu);
    static bool is_in_area(Word client, Word first, Word last);
    Result<Ok, ClientError> find_source(Word address, PageSize size, Rights rights, Source& source) const;
    Result<Ok, ClientError> map_entry(Target& target, Word address, Word entry, Source& source, TlbBatch& batch);
    Progress run_search(Budget& budget);

    KernelMemory& memory_;
    ObjectPool<ClientSpace>& pool_;
    Space& server_;
    WordFrames records_{}; ///< words: ClientSpace*, or (next free number << 1) | 1
    WordFrames cr3_words_[max_cpus]{};
    Word first_free_{0};             ///< 0: all numbers are in use
    ClientCounters server_counters_; ///< of client 0

    Mapping* searched_page_{nullptr}; ///< the search that goes on: for copies of this page, ...
    Rights search_rights_{0};         ///< ... to take these rights, ...
    Word search_client_{0};           ///< ... having come to this client ...
    VirtRange search_range_{0, 0};    ///< ... of which this is left
};

} // namespace pecan
