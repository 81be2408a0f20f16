// SPDX-License-Identifier: BSD-2-Clause
/// A few spaces around a mapping database, and how tests look at them.
#pragma once

#include "kernel/mapping/mapping_database.hpp"
#include "tests/unit/mapping/client_search_fake.hpp"
#include "tests/unit/memory/host_memory.hpp"
#include "tests/unit/space/machine_fake.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace pecan {

inline constexpr Word megabyte = 0x100000, gigabyte = 0x40000000;
inline constexpr Rights r{L4_RIGHT_R}, w{L4_RIGHT_W}, x{L4_RIGHT_X}, rw{L4_RIGHT_R | L4_RIGHT_W},
    rx{L4_RIGHT_R | L4_RIGHT_X}, rwx{L4_RIGHTS_RWX}, none{0};

inline Fpage const everything{L4_COMPLETE_SPACE | L4_RIGHTS_RWX};
inline Fpage page(Word base, Rights rights = rwx) { return Fpage::memory(base, 12, rights); }
inline Fpage huge_page(Word base, Rights rights = rwx) { return Fpage::memory(base, 30, rights); }
inline Fpage large_page(Word base, Rights rights = rwx) { return Fpage::memory(base, 21, rights); }

class World : public testing::Test {
protected:
    /// The kernel keeps 5 to 5.5 MiB of physical memory.
    explicit World(Word memory_limit = 64 * megabyte) : layout{memory_limit}
    {
        machine.reset();
        client_search.reset();
        layout.reserve({PhysAddr{5 * megabyte}, megabyte / 2});
        for (SpaceKind kind : {SpaceKind::sigma0, SpaceKind::ordinary, SpaceKind::ordinary, SpaceKind::ordinary})
            spaces.push_back(make(kind));
    }
    void TearDown() override
    {
        for (auto& space : spaces) destroy(*space);
        EXPECT_EQ(database.node_count(), 0u);
        EXPECT_EQ(memory->frames().free_count(), frames);
    }
    std::unique_ptr<Space> make(SpaceKind kind)
    {
        auto space = std::make_unique<Space>(*memory, kind);
        space->quota().set_limit(2000 * page_size);
        EXPECT_TRUE(space->init(0));
        return space;
    }
    void make_server(Space& space) { ASSERT_TRUE(space.become_server(0)); }
    void destroy(Space& space, Word steps = 7)
    {
        for (;;) {
            Budget budget{steps};
            if (database.unmap_all(space, budget) == Progress::again) continue;
            if (space.destroy(budget) == Progress::done) break;
        }
        EXPECT_EQ(space.quota().used(), 0u);
    }

    Space& sigma0() { return *spaces[0]; }
    Space& a() { return *spaces[1]; }
    Space& b() { return *spaces[2]; }
    Space& c() { return *spaces[3]; }

    /// What map() says when it is done.
    MapOperation run(MapOperation op, Word steps = 1)
    {
        cursors.reset();
        op.cursors = &cursors;
        for (int calls = 0;; ++calls) {
            Budget budget{steps};
            Progress const progress = database.map(op, budget);
            EXPECT_TRUE(machine.is_tlb_coherent());
            if (progress == Progress::done) return op;
            if (calls > 1000000) ADD_FAILURE() << "does not end";
            if (calls > 1000000) return op;
        }
    }
    MapOperation map(Space& from, Fpage fpage, Space& to, Fpage window = Fpage::complete(), Word hot_spot = ~Word{0})
    {
        return run({&from, fpage, hot_spot == ~Word{0} ? fpage.base() : hot_spot, &to, window, false});
    }
    MapOperation grant(Space& from, Fpage fpage, Space& to, Fpage window = Fpage::complete(), Word hot_spot = ~Word{0})
    {
        return run({&from, fpage, hot_spot == ~Word{0} ? fpage.base() : hot_spot, &to, window, true});
    }
    /// The status.
    Rights unmap(Space& space, Fpage fpage, bool flush = false, Word steps = 1)
    {
        cursors.reset();
        UnmapOperation op{&space, fpage, flush, &cursors};
        for (;;) {
            Budget budget{steps};
            Progress const progress = database.unmap(op, budget);
            EXPECT_TRUE(machine.is_tlb_coherent());
            if (progress == Progress::done) return op.status.as_rights();
        }
    }
    static PageTable::Slot at(Space& space, Word address) { return space.page_table().find(VirtAddr{address}); }
    static Mapping* node(Space& space, Word address) { return space.page_table().mapping(at(space, address)); }
    static Rights rights(Space& space, Word address)
    {
        PageTable::Slot const slot = at(space, address);
        return slot.is_present() ? slot.pte.rights() : none;
    }
    static bool has(Space& space, Word address, Word frame, Rights rights)
    {
        PageTable::Slot const slot = at(space, address);
        return slot.is_present() && slot.phys(VirtAddr{address}).raw() == frame && slot.pte.rights() == rights;
    }
    static bool touch(Space& space, Word address, bool write = false)
    {
        return machine.touch(space.page_table(), address, write);
    }

    HostMemory memory{6000};
    Word frames{memory->frames().free_count()};
    PhysicalLayout layout;
    MappingDatabase database{*memory, layout};
    std::vector<std::unique_ptr<Space>> spaces;
    MappingCursors cursors;
};

} // namespace pecan
