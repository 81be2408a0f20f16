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
    Word count;
    Word log2size;
    Word generation;
    Word const* entries;
};

/// L4_VCPU_UNMAP. Plain data; `start` advances, so the same object continues an interrupted call.
struct ClientUnmapCall {
    Word client;
    Word start;
    Word end;
    Rights rights;
    bool is_counted{false}; ///< the generation has been raised; in an interrupted call that is done once
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
    /// L4_VCPU_DESTROY, until done. No processor has the client loaded any more (see cr3_table): the caller moves
    /// vCPUs to client 0 first. Done too if there is no such client: check exists() first.
    Progress destroy(Word client, Budget& budget);
    /// A client that can be used (0 is none).
    bool exists(Word client) const { return find(client) != nullptr; }

    /// L4_VCPU_MAP: entries done, or why not one.
    Result<Word, ClientError> map(ClientMapCall const& call, unsigned cpu);
    /// L4_VCPU_UNMAP: when done, `generation` is the new one. An error: nothing was done.
    Result<Progress, ClientError> unmap(ClientUnmapCall& call, Word& generation, Budget& budget);
    /// L4_VCPU_STATUS
    Result<ClientStatus, ClientError> status(Word client, Word address, Word count);

    /// The PML4 of a client on this processor, made on first use and entered in cr3_table(). Client 0: the server's.
    Result<PhysAddr, ClientError> load(Word client, unsigned cpu);
    /// CR3 values of this processor by client number; word 0 is the server's own. 0: cannot be loaded here (yet).
    PhysAddr cr3_frame(unsigned cpu, unsigned n) const { return cr3_frames_[cpu][n]; }

    Word generation_of(Word client) const;
    Space& server() const { return server_; }

    /// See mapping/client_search.hpp.
    Progress search(Mapping& page, Budget& budget);
    void forget(Mapping& page);

private:
    struct Source;
    struct Target;

    ClientSpace* find(Word client) const;
    PageTable* table_of(Word client) const;
    Word& word(PhysAddr const (&frames)[cr3_frames], Word index) const;
    void set_cr3(unsigned cpu, Word client, PhysAddr root);
    Result<Ok, ClientError> source(Word address, Word size, Rights rights, Source& cache) const;
    Result<Ok, ClientError> map_entry(Target& target, Word address, Word entry, Source& cache, TlbBatch& batch);
    Result<Ok, ClientError> check_range(Word client, Word first, Word last) const;
    bool release_number(Word client);

    KernelMemory& memory_;
    ObjectPool<ClientSpace>& pool_;
    Space& server_;
    PhysAddr slots_[cr3_frames]{};          ///< words: ClientSpace*, or (next free number << 1) | 1
    PhysAddr cr3_frames_[max_cpus][cr3_frames]{};
    Word first_free_{0};                    ///< 0: all numbers are in use
    Word server_generation_{0};             ///< of client 0

    Mapping* searched_page_{nullptr};       ///< the search that goes on: ...
    Word search_client_{0};                 ///< ... the client it has come to ...
    VirtRange search_range_{0, 0};          ///< ... and what of it is left
};

} // namespace pecan
