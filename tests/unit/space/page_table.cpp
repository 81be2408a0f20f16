// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/page_table.hpp"
#include "tests/unit/memory/host_memory.hpp"
#include "tests/unit/space/machine_fake.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace pecan {
namespace {

Mapping* node(Word n) { return reinterpret_cast<Mapping*>(n * 8); }

class PageTables : public testing::Test {
protected:
    PageTables() { machine.reset(); }
    void TearDown() override
    {
        EXPECT_EQ(memory->frames().free_count(), all);
        EXPECT_EQ(quota.used(), 0u);
    }
    static void destroy(PageTable& table, Word steps = 1)
    {
        for (;;) {
            Budget budget{steps};
            if (table.destroy(budget) == Progress::done) return;
        }
    }
    HostMemory memory{3000};
    Quota quota{2000 * page_size};
    Word all{memory->frames().free_count()};
};

TEST(Pte, encodes_rights_and_memory_types)
{
    Pte const large = Pte::leaf(PhysAddr{0x40200000}, PageSize::large, Rights{L4_RIGHT_R | L4_RIGHT_W}, Privilege::user,
                                CacheAttribute::write_combining);
    EXPECT_EQ(large.raw(), 0x8000'0000'4020'1087u);
    EXPECT_EQ(large.leaf_address(2).raw(), 0x40200000u);
    Pte const part =
        Pte::leaf_like(large, 2, PhysAddr{0x40203000}, PageSize::small, Rights::all(), Privilege::supervisor);
    EXPECT_EQ(part.raw(), 0x40203083u);
    EXPECT_EQ(
        Pte::leaf(PhysAddr{0x1000}, PageSize::small, Rights::all(), Privilege::user, CacheAttribute::uncached).raw(),
        0x101fu);
    EXPECT_EQ(
        Pte::leaf(PhysAddr{0x1000}, PageSize::small, Rights{L4_RIGHT_R}, Privilege::user, CacheAttribute::write_through)
            .raw(),
        0x8000'0000'0000'100du);
    EXPECT_EQ((PageStatus{true, false}).as_rights(), Rights{L4_RIGHT_R | L4_RIGHT_X});
    EXPECT_EQ((PageStatus{true, true}).as_rights(), Rights::all());
}

TEST_F(PageTables, ordinary_pml4_has_the_kernels_slots)
{
    PageTable table{*memory, quota, TableKind::ordinary};
    auto* root = direct_map<Pte>(table.make_root(0).value());
    EXPECT_EQ(quota.used(), page_size);
    for (unsigned i = 0; i < 512; ++i) EXPECT_EQ(root[i].is_present(), i >= 256 && i < 259) << i;
    destroy(table);
}

TEST_F(PageTables, server_pml4_has_the_gate_and_all_pdpts_from_the_start)
{
    PageTable server{*memory, quota, TableKind::server};
    PageTable client{*memory, quota, TableKind::client};
    auto* root = direct_map<Pte>(server.make_root(0).value());
    auto* lower = direct_map<Pte>(client.make_root(0, &server).value());
    EXPECT_EQ(quota.used(), 242 * page_size);
    for (unsigned i = 0; i < 512; ++i) {
        EXPECT_EQ(root[i].is_present(), i == 256 || i >= 272) << i;
        EXPECT_FALSE(i >= 272 && root[i].is_user());
        EXPECT_EQ(root[i], lower[i]) << i;
    }
    TlbBatch batch{*memory};
    VirtAddr const where{0xffff'8880'0000'0000};
    Pte const leaf = Pte::leaf(PhysAddr{0}, PageSize::large, Rights::all(), server.privilege());
    ASSERT_TRUE(server.insert(where, PageSize::large, leaf, node(1), batch));
    EXPECT_EQ(client.find(where).level, 2u);
    server.remove(where, server.find(where), batch);
    EXPECT_EQ(quota.used(), 242 * page_size);
    EXPECT_EQ(root[273], lower[273]);
    batch.flush();
    destroy(client);
    destroy(server);
}

TEST_F(PageTables, refused_server_stays_ordinary)
{
    PageTable table{*memory, quota, TableKind::ordinary};
    PhysAddr const root = table.make_root(0).value();
    quota.set_limit(200 * page_size);
    EXPECT_EQ(table.become_server(0).error(), Error::no_memory);
    EXPECT_EQ(table.root(0), root);
    EXPECT_EQ(table.kind(), TableKind::ordinary);
    EXPECT_EQ(quota.used(), page_size);
    quota.set_limit(300 * page_size);
    EXPECT_TRUE(table.become_server(0));
    EXPECT_EQ(quota.used(), 241 * page_size);
    destroy(table);
}

/// A table against a map from page to entry.
TEST_F(PageTables, random_inserts_and_removes)
{
    struct Page {
        PageSize size;
        Pte pte;
        Mapping* node;
    };
    PageTable table{*memory, quota, TableKind::ordinary};
    (void)table.make_root(0);
    std::map<Word, Page> model;
    std::mt19937_64 random{7};
    Word const regions[] = {0, 0x3fe00000, 0x40000000, 0x7f'ffe0'0000, 0x7fff'ffe0'0000 - 0x200000};
    for (int i = 0; i < 30000; ++i) {
        Word const where = regions[random() % 5] + (random() % 3 == 0 ? 0 : (random() % 16) * page_size);
        PageTable::Slot const slot = table.find(VirtAddr{where});
        auto it = model.upper_bound(where);
        bool const mapped = it != model.begin() && where - std::prev(it)->first < bytes_of(std::prev(it)->second.size);
        ASSERT_EQ(slot.is_present(), mapped);
        TlbBatch batch{*memory};
        if (mapped) {
            --it;
            ASSERT_EQ(slot.range(VirtAddr{where}).first, it->first);
            ASSERT_EQ(slot.size(), it->second.size);
            ASSERT_EQ(slot.pte.without_status(), it->second.pte);
            ASSERT_EQ(table.mapping(slot), it->second.node);
            if (random() % 2 == 0) machine.touch(table, where, random() % 2);
            if (random() % 3 == 0) {
                table.remove(VirtAddr{where}, slot, batch);
                model.erase(it);
            } else if (random() % 3 == 0) {
                Rights const rights{random() % 8 | 4};
                table.restrict_to(slot, rights, batch);
                Word const without = (rights.write() ? 0 : Pte::writable);
                Word const with = (rights.execute() ? 0 : Pte::no_execute);
                it->second.pte = Pte{(it->second.pte.raw() & ~without) | with};
            }
        } else {
            // A hole as find() reports it is empty all over.
            VirtRange const hole = slot.range(VirtAddr{where});
            auto const inside = model.lower_bound(hole.first);
            ASSERT_TRUE(inside == model.end() || inside->first > hole.last);
            PageSize const size = slot.log2size() >= 21 && random() % 4 == 0 ? PageSize::large : PageSize::small;
            Word const start = align_down(where, bytes_of(size));
            Pte const leaf =
                Pte::leaf(PhysAddr{random() % 1000 * large_page_size}, size, Rights{random() % 8 | 4}, Privilege::user);
            Mapping* const owner = random() % 4 == 0 ? nullptr : node(random() % 1000 + 1);
            quota.set_limit(random() % 4 == 0 ? quota.used() + random() % 4 * page_size : 2000 * page_size);
            Word const before = quota.used();
            if (table.insert(VirtAddr{start}, size, leaf, owner, batch))
                model[start] = {size, leaf, owner};
            else
                ASSERT_EQ(quota.used(), before);
        }
        batch.flush();
        ASSERT_TRUE(machine.is_tlb_coherent());
    }
    for (auto const& [where, page] : model) {
        TlbBatch batch{*memory};
        table.remove(VirtAddr{where}, table.find(VirtAddr{where}), batch);
    }
    EXPECT_EQ(quota.used(), page_size); // an empty table is a PML4
    destroy(table);
}

TEST_F(PageTables, find_next_skips_holes)
{
    PageTable table{*memory, quota, TableKind::ordinary};
    (void)table.make_root(0);
    TlbBatch batch{*memory};
    VirtAddr const where{0x7000'1234'5000};
    Pte const leaf = Pte::leaf(PhysAddr{0x1000}, PageSize::small, Rights::all(), Privilege::user);
    ASSERT_TRUE(table.insert(where, PageSize::small, leaf, nullptr, batch));
    Word first = 0;
    PageTable::Slot slot;
    EXPECT_TRUE(table.find_next(first, 0x7fff'ffff'efff, slot));
    EXPECT_EQ(first, where.raw());
    first = 0;
    EXPECT_FALSE(table.find_next(first, where.raw() - 1, slot));
    first = where.raw() + page_size;
    EXPECT_FALSE(table.find_next(first, 0x7fff'ffff'efff, slot));
    destroy(table);
}

TEST_F(PageTables, pages_freed_wait_for_the_flush)
{
    PageTable table{*memory, quota, TableKind::ordinary};
    (void)table.make_root(0);
    Word const before = memory->frames().free_count();
    {
        TlbBatch batch{*memory};
        Pte const leaf = Pte::leaf(PhysAddr{0x1000}, PageSize::small, Rights::all(), Privilege::user);
        ASSERT_TRUE(table.insert(VirtAddr{0}, PageSize::small, leaf, node(1), batch));
        EXPECT_EQ(memory->frames().free_count(), before - 4);
        EXPECT_EQ(machine.flushes, 0u); // what was absent needs none
        table.remove(VirtAddr{0}, table.find(VirtAddr{0}), batch);
        EXPECT_EQ(memory->frames().free_count(), before - 4);
        EXPECT_EQ(quota.used(), page_size);
        EXPECT_EQ(machine.flushes, 0u);
    }
    EXPECT_EQ(memory->frames().free_count(), before);
    EXPECT_EQ(machine.flushes, 1u);
    destroy(table);
}

TEST_F(PageTables, batch_flushes_every_table_that_changed)
{
    Quota plenty{~Word{0} / 2};
    std::vector<std::unique_ptr<PageTable>> tables;
    {
        TlbBatch batch{*memory};
        for (int i = 0; i < 20; ++i) {
            tables.push_back(std::make_unique<PageTable>(*memory, plenty, TableKind::ordinary));
            (void)tables.back()->make_root(0);
            Pte const leaf = Pte::leaf(PhysAddr{0x1000}, PageSize::small, Rights::all(), Privilege::user);
            ASSERT_TRUE(tables.back()->insert(VirtAddr{0}, PageSize::small, leaf, nullptr, batch));
            machine.touch(*tables.back(), 0, true);
        }
        for (auto& table : tables) table->remove(VirtAddr{0}, table->find(VirtAddr{0}), batch);
    }
    EXPECT_TRUE(machine.is_tlb_coherent());
    EXPECT_EQ(machine.flushes, 20u);
    for (auto& table : tables) destroy(*table);
}

} // namespace
} // namespace pecan
