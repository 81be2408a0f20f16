// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/io_ports.hpp"
#include "kernel/memory/direct_map.hpp"
#include "tests/unit/memory/host_memory.hpp"
#include "tests/unit/space/machine_fake.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace pecan {
namespace {

Fpage ports(Word first, Word log2count) { return Fpage{L4_IO_FPAGE(first, log2count, 7)}; }
Fpage const all_ports{L4_COMPLETE_IO_SPACE};

class Ports : public testing::Test {
protected:
    struct Holder {
        explicit Holder(bool all) : ports{quota, all} {}
        Quota quota{64 * page_size};
        IoPorts ports;
    };
    void TearDown() override
    {
        for (auto* holder : {&a, &b, &c}) {
            while (unmap_all(holder->ports) == Progress::again) {}
            EXPECT_EQ(holder->quota.used(), 0u);
        }
        EXPECT_EQ(database.grant_count(), 0u);
        EXPECT_EQ(memory->frames().free_count(), frames);
    }
    Progress unmap_all(IoPorts& p)
    {
        Budget budget{1};
        return database.unmap_all(p, budget);
    }
    void unmap(IoPorts& p, Fpage fpage, bool flush, Word steps = 1)
    {
        for (;;) {
            Budget budget{steps};
            if (database.unmap(p, fpage, flush, budget) == Progress::done) return;
        }
    }
    HostMemory memory{400};
    Word frames{memory->frames().free_count()};
    PortDatabase database{*memory};
    Holder sigma0{true}, a{false}, b{false}, c{false};
};

TEST_F(Ports, bitmap_has_the_form_of_the_tss)
{
    EXPECT_FALSE(a.ports.holds(0x3f8));
    EXPECT_EQ(a.ports.bitmap_frame(0), PhysAddr{});
    ASSERT_TRUE(database.map(sigma0.ports, ports(0x3f8, 3), a.ports, all_ports, false));
    EXPECT_EQ(a.quota.used(), 2 * page_size + sizeof(PortGrant));
    auto* low = direct_map<unsigned char>(a.ports.bitmap_frame(0));
    for (Word i = 0; i < page_size; ++i) ASSERT_EQ(low[i], i == 0x3f8 / 8 ? 0 : 0xff);
    ASSERT_TRUE(database.map(sigma0.ports, ports(0x8000, 0), a.ports, all_ports, false));
    EXPECT_EQ(direct_map<unsigned char>(a.ports.bitmap_frame(1))[0], 0xfe);
}

TEST_F(Ports, window_must_be_for_ports)
{
    ASSERT_TRUE(database.map(sigma0.ports, ports(0, 4), a.ports, Fpage{L4_FPAGE(0, 20, 0)}, false));
    EXPECT_FALSE(a.ports.holds(0));
    ASSERT_TRUE(database.map(sigma0.ports, Fpage{L4_FPAGE(0, 20, 7)}, a.ports, all_ports, false));
    EXPECT_FALSE(a.ports.holds(0));
    ASSERT_TRUE(database.map(sigma0.ports, ports(0, 4), a.ports, ports(8, 2), false));
    EXPECT_FALSE(a.ports.holds(7));
    EXPECT_TRUE(a.ports.holds(8));
    EXPECT_TRUE(a.ports.holds(11));
    EXPECT_FALSE(a.ports.holds(12));
    ASSERT_TRUE(database.map(sigma0.ports, ports(0, 4), a.ports, Fpage::complete(), false));
    EXPECT_TRUE(a.ports.holds(0));
}

TEST_F(Ports, unmap_reaches_all_that_have_them_from_the_caller)
{
    ASSERT_TRUE(database.map(sigma0.ports, all_ports, a.ports, all_ports, false));
    ASSERT_TRUE(database.map(a.ports, ports(0x100, 8), b.ports, all_ports, false));
    ASSERT_TRUE(database.map(b.ports, ports(0x100, 6), c.ports, all_ports, false));
    EXPECT_TRUE(c.ports.holds(0x13f) && !c.ports.holds(0x140));
    unmap(a.ports, ports(0x110, 4), false);
    EXPECT_TRUE(a.ports.holds(0x110));
    EXPECT_FALSE(b.ports.holds(0x110) || c.ports.holds(0x11f));
    EXPECT_TRUE(b.ports.holds(0x10f) && c.ports.holds(0x10f) && b.ports.holds(0x120) && c.ports.holds(0x120));
    unmap(a.ports, all_ports, true);
    EXPECT_FALSE(a.ports.holds(0) || b.ports.holds(0x100) || c.ports.holds(0x100));
    EXPECT_TRUE(sigma0.ports.holds(0xffff));
}

TEST_F(Ports, grant_takes_the_place_of_the_giver)
{
    ASSERT_TRUE(database.map(sigma0.ports, ports(0, 8), a.ports, all_ports, false));
    ASSERT_TRUE(database.map(a.ports, ports(0, 8), b.ports, all_ports, false));
    ASSERT_TRUE(database.map(b.ports, ports(0, 4), c.ports, all_ports, true));
    EXPECT_TRUE(c.ports.holds(15) && b.ports.holds(16));
    EXPECT_FALSE(b.ports.holds(15));
    unmap(b.ports, all_ports, true);
    EXPECT_TRUE(c.ports.holds(0));
    unmap(a.ports, all_ports, false);
    EXPECT_FALSE(c.ports.holds(0));
    EXPECT_TRUE(a.ports.holds(0));
    // Granting back to the giver only gives up.
    ASSERT_TRUE(database.map(a.ports, ports(0, 4), b.ports, all_ports, false));
    ASSERT_TRUE(database.map(b.ports, ports(0, 4), a.ports, all_ports, true));
    EXPECT_TRUE(a.ports.holds(0));
    EXPECT_FALSE(b.ports.holds(0));
    // sigma0 cannot lose any.
    ASSERT_TRUE(database.map(sigma0.ports, ports(0x60, 0), c.ports, all_ports, true));
    EXPECT_TRUE(sigma0.ports.holds(0x60) && c.ports.holds(0x60));
}

TEST_F(Ports, revoking_never_fails_for_lack_of_memory)
{
    ASSERT_TRUE(database.map(sigma0.ports, ports(0, 8), a.ports, all_ports, false));
    ASSERT_TRUE(database.map(a.ports, ports(0, 8), b.ports, all_ports, false));
    ASSERT_TRUE(database.map(b.ports, ports(0, 8), c.ports, all_ports, false));
    for (auto* holder : {&a, &b, &c}) holder->quota.set_limit(0);
    unmap(a.ports, ports(0x10, 2), false);
    for (Word port = 0x10; port < 0x14; ++port) EXPECT_FALSE(b.ports.holds(port) || c.ports.holds(port));
    EXPECT_TRUE(c.ports.holds(0xf) && b.ports.holds(0xf));
    unmap(a.ports, ports(0x8, 0), true);
    EXPECT_FALSE(a.ports.holds(8) || b.ports.holds(8) || c.ports.holds(8));
    EXPECT_TRUE(a.ports.holds(7) && b.ports.holds(7) && c.ports.holds(7));
    EXPECT_EQ(database.map(sigma0.ports, ports(0x80, 0), a.ports, all_ports, false).error(), Error::no_memory);
}

/// Against a model that keeps for each port and space who gave it.
TEST_F(Ports, random_operations)
{
    constexpr Word tested = 64;
    constexpr int nobody = -1, root = 0;
    std::vector<Holder*> holders{&sigma0, &a, &b, &c};
    int giver[4][tested];
    std::mt19937 random{3};
    for (auto& row : giver)
        for (int& g : row) g = nobody;
    auto holds = [&](int space, Word port) { return space == root || giver[space][port] != nobody; };
    auto take = [&](auto self, int space, Word port) -> void {
        for (int other = 1; other < 4; ++other)
            if (giver[other][port] == space) {
                self(self, other, port);
                giver[other][port] = nobody;
            }
    };
    for (int round = 0; round < 20000; ++round) {
        Word const log2 = random() % 5;
        Word const first = align_down(random() % tested, Word{1} << log2);
        int const from = static_cast<int>(random() % 4), to = static_cast<int>(random() % 4);
        int const what = random() % 4;
        if (what < 2) {
            ASSERT_TRUE(
                database.map(holders[from]->ports, ports(first, log2), holders[to]->ports, all_ports, what == 1));
            for (Word p = first; from != to && to != root && p < first + (Word{1} << log2); ++p) {
                if (!holds(from, p)) continue;
                if (what == 0 || from == root) {
                    if (!holds(to, p)) giver[to][p] = from;
                } else {
                    take(take, from, p);
                    if (!holds(to, p)) giver[to][p] = giver[from][p];
                    giver[from][p] = nobody;
                }
            }
        } else if (from != root || random() % 8 == 0) {
            unmap(holders[from]->ports, ports(first, log2), what == 3, random() % 4 + 1);
            for (Word p = first; p < first + (Word{1} << log2); ++p) {
                take(take, from, p);
                if (what == 3 && from != root) giver[from][p] = nobody;
            }
        }
        for (int space = 0; space < 4; ++space)
            for (Word p = 0; p < tested; ++p) ASSERT_EQ(holders[space]->ports.holds(p), holds(space, p)) << round;
    }
}

} // namespace
} // namespace pecan
