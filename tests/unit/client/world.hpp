// SPDX-License-Identifier: BSD-2-Clause
/// A server with memory from sigma0 by way of a pager, and its clients.
#pragma once

#include "kernel/mapping/mapping_database.hpp"
#include "kernel/vcpu/client_set.hpp"
#include "tests/unit/memory/host_memory.hpp"
#include "tests/unit/space/machine_fake.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pecan {

inline constexpr Word megabyte = 0x100000;
/// The server's direct map of physical memory; 0 to 8 MiB in large pages, 8 to 10 MiB in small ones.
inline constexpr Word direct = 0xffff'8880'0000'0000;
/// Where the server keeps what it maps itself.
inline constexpr Word dynamic = 0xffff'c900'0000'0000;

inline constexpr Word r = L4_MAP_R, rw = L4_MAP_R | L4_MAP_W, rx = L4_MAP_R | L4_MAP_X, rwx = rw | L4_MAP_X;

class ClientWorld : public testing::Test {
protected:
    ClientWorld()
    {
        machine.reset();
        for (Space* space : {&sigma0, &pager, &server}) {
            space->quota().set_limit(4000 * page_size);
            EXPECT_TRUE(space->init(0));
        }
        EXPECT_TRUE(server.become_server(0));
        EXPECT_TRUE(clients.init());
        server.set_clients(&clients);
        server.place_areas(Fpage::memory(L4_SERVER_KIP, 12, Rights::none()),
                           Fpage::memory(L4_SERVER_UTCB_AREA, L4_SERVER_UTCB_AREA_LOG2SIZE, Rights::none()));
        EXPECT_TRUE(server.pin_page(VirtAddr{L4_SERVER_KIP}, PhysAddr{0x77000}, Rights{r}));
        EXPECT_TRUE(server.pin_page(VirtAddr{L4_SERVER_UTCB_AREA}, PhysAddr{0x78000}, Rights{rw}));
        send(sigma0, Fpage::memory(0, 24, Rights::all()), pager, 0);
        send(pager, Fpage::memory(0, 23, Rights::all()), server, direct);
        for (Word at = 8 * megabyte; at < 10 * megabyte; at += page_size)
            send(pager, Fpage::memory(at, 12, Rights::all()), server, direct + at);
        base_use = server.quota().used();
    }
    void TearDown() override
    {
        until_done([&](Budget& budget) { return clients.destroy_all(budget); });
        server.set_clients(nullptr);
        for (Space* space : {&server, &pager, &sigma0}) {
            until_done([&](Budget& budget) { return database.unmap_all(*space, budget); });
            until_done([&](Budget& budget) { return space->destroy(budget); });
            EXPECT_EQ(space->quota().used(), 0u);
        }
        EXPECT_EQ(pool.count(), 0u);
        EXPECT_EQ(database.node_count(), 0u);
        EXPECT_EQ(memory->frames().free_count(), frames);
    }
    template <typename Operation>
    static void until_done(Operation operation, Word steps = 5)
    {
        for (;;) {
            Budget budget{steps};
            Progress const progress = operation(budget);
            EXPECT_TRUE(machine.is_tlb_coherent());
            if (progress == Progress::done) return;
        }
    }
    void send(Space& from, Fpage fpage, Space& to, Word address)
    {
        cursors.reset();
        MapOperation op{&from, fpage, address, &to, Fpage::complete(), false, &cursors};
        until_done([&](Budget& budget) { return database.map(op, budget); }, 1000);
        EXPECT_EQ(op.error, Error::ok);
    }
    /// The pager takes memory away from the server.
    void revoke(Fpage fpage, Word steps = 1)
    {
        cursors.reset();
        UnmapOperation op{&pager, fpage, false, &cursors};
        until_done([&](Budget& budget) { return database.unmap(op, budget); }, steps);
    }
    Word create()
    {
        auto const number = clients.create();
        EXPECT_TRUE(number);
        return number ? number.value() : 0;
    }
    static long code(ClientError error) { return static_cast<long>(error); }
    /// What L4_VCPU_MAP answers.
    long map(Word client, Word address, std::vector<Word> entries, Word log2size = 12,
             Word generation = L4_ANY_GENERATION)
    {
        Word const count = entries.size();
        entries.resize(L4_VCPU_MAP_ENTRIES);
        auto const done = clients.map({client, address, 0, count, log2size, generation, entries.data()}, 0);
        EXPECT_TRUE(machine.is_tlb_coherent());
        return done ? static_cast<long>(done.value()) : code(done.error());
    }
    /// What L4_VCPU_UNMAP answers.
    long unmap(Word client, Word start, Word end, Word rights, Word steps = 1)
    {
        ClientUnmapCall call{client, start, end, Rights{rights}};
        Word generation = 0;
        for (;;) {
            Budget budget{steps};
            auto const progress = clients.unmap(call, generation, budget);
            EXPECT_TRUE(machine.is_tlb_coherent());
            if (!progress) return code(progress.error());
            if (progress.value() == Progress::done) return static_cast<long>(generation);
        }
    }
    void destroy(Word client)
    {
        until_done([&](Budget& budget) { return clients.destroy(client, budget); }, 1);
    }
    /// The page table that the processor walks when the client is loaded.
    PageTable::Slot at(Word client, Word address)
    {
        PhysAddr const root = clients.load(client, 0).value();
        auto* table = direct_map<Pte>(root);
        for (unsigned level = 4;; --level) {
            Pte* const entry = &table[address >> log2_of_entry(level) & 0x1ff];
            if (!entry->is_present() || entry->is_leaf(level)) return {entry, level, *entry};
            table = direct_map<Pte>(entry->table_address());
        }
    }
    bool has(Word client, Word address, Word frame, Word rights)
    {
        PageTable::Slot const slot = at(client, address);
        return slot.is_present() && slot.phys(VirtAddr{address}).raw() == frame && slot.pte.rights().raw() == rights;
    }
    bool is_empty(Word client, Word address) { return !at(client, address).is_present(); }
    Word cr3(Word client)
    {
        return direct_map<Word>(clients.cr3_frame(0, static_cast<unsigned>(client / 512)))[client % 512];
    }

    HostMemory memory{5000};
    Word frames{memory->frames().free_count()};
    PhysicalLayout layout{64 * megabyte};
    MappingDatabase database{*memory, layout};
    MappingCursors cursors;
    ObjectPool<ClientSpace> pool{*memory};
    Space sigma0{*memory, SpaceKind::sigma0}, pager{*memory, SpaceKind::ordinary}, server{*memory, SpaceKind::ordinary};
    ClientSet clients{*memory, pool, server};
    Word base_use;
};

} // namespace pecan
