// SPDX-License-Identifier: BSD-2-Clause
/// Random sequences: against the model, and for the invariants when memory runs out and operations interrupt each other.
#include "tests/unit/mapping/model.hpp"

#include <random>

namespace pecan {
namespace {

constexpr Word server_base = 0xffff'8880'0000'0000;

/// From this seed on there are pages of 1 GiB too, in physical memory from 1 to 3 GiB.
constexpr int huge_seed = 5;

class RandomMapping : public World, public testing::WithParamInterface<int> {
protected:
    RandomMapping() : World{GetParam() < huge_seed ? 64 * megabyte : 4 * gigabyte}
    {
        if (has_huge()) layout.allow_huge({PhysAddr{gigabyte}, 2 * gigabyte});
        spaces.push_back(make(SpaceKind::ordinary));
        make_server(*spaces[4]);
        for (auto& space : spaces) space->quota().set_limit(3000 * page_size);
        b().place_areas(page(0x3000), Fpage::memory(0x6000, 13, none));
        EXPECT_TRUE(b().pin_page(VirtAddr{0x3000}, PhysAddr{0x77000}, r));
        spaces[4]->place_areas(page(server_base + 0x2000), page(server_base + 0x201000));
        random.seed(static_cast<unsigned>(GetParam()));
    }
    static bool has_huge() { return GetParam() >= huge_seed; }
    Word pick(Word count) { return random() % count; }
    Rights pick_rights()
    {
        static constexpr Word choice[] = {7, 7, 7, 7, 6, 5, 4, 2, 1, 3, 0};
        return Rights{choice[pick(11)]};
    }
    Word base_of(unsigned space) { return space == 4 ? server_base : 0; }
    Word pick_address(unsigned space)
    {
        Word const offset = pick(2) * large_page_size + (pick(4) == 0 ? 0 : pick(12) * page_size);
        Word const far = has_huge() ? pick(3) * gigabyte : 0;
        return base_of(space) + far + offset + (space == 0 && pick(3) == 0 ? 4 * megabyte : 0);
    }
    Fpage pick_fpage(unsigned space, bool may_be_complete)
    {
        static constexpr Word sizes[] = {12, 12, 12, 12, 13, 14, 15, 20, 21, 21, 21, 22};
        if (has_huge() && pick(5) == 0) return huge_page(pick_address(space), pick_rights());
        if (may_be_complete && pick(20) == 0) return Fpage{L4_COMPLETE_SPACE | pick_rights().raw()};
        return Fpage::memory(pick_address(space), sizes[pick(12)], pick_rights());
    }
    MapOperation pick_map()
    {
        unsigned const from = static_cast<unsigned>(pick(5)), to = static_cast<unsigned>(pick(4) + 1);
        Fpage const fpage = pick_fpage(from, from != 0);
        Fpage const window = pick_fpage(to, true);
        return {spaces[from].get(), fpage, pick_address(to), spaces[to].get(), window, pick(4) == 0};
    }
    unsigned index_of(Space* space)
    {
        for (unsigned i = 0; i < spaces.size(); ++i)
            if (spaces[i].get() == space) return i;
        return 99;
    }
    /// True for every tree at any time; rights only while no operation is under way.
    Word check_invariants(bool at_rest)
    {
        Word nodes = 0;
        for (auto& space : spaces) {
            VirtRange const area = space->user_area();
            Word first = area.first;
            PageTable::Slot slot;
            while (space->page_table().find_next(first, area.last, slot)) {
                VirtRange const range = slot.range(VirtAddr{first});
                Mapping* const node = space->page_table().mapping(slot);
                EXPECT_EQ(slot.pte.is_user(), !space->is_server());
                EXPECT_EQ(slot.pte.raw() & Pte::global, 0u);
                if (node == nullptr) {
                    EXPECT_TRUE(slot.pte.is_pinned());
                } else {
                    ++nodes;
                    EXPECT_EQ(&node->space(), space.get());
                    EXPECT_EQ(node->address().raw(), range.first);
                    EXPECT_EQ(node->frame(), slot.page());
                    EXPECT_EQ(node->size(), slot.size());
                    EXPECT_TRUE(layout.is_available(node->frames()));
                    VirtRange kernel_area;
                    EXPECT_FALSE(space->kernel_area_over(range, kernel_area));
                    check_parent(*node, slot, at_rest);
                }
                if (range.last >= area.last) break;
                first = range.last + 1;
            }
        }
        EXPECT_EQ(nodes, database.node_count());
        return nodes;
    }
    void check_parent(Mapping& node, PageTable::Slot const& slot, bool at_rest)
    {
        Mapping* const parent = node.parent();
        EXPECT_EQ(parent == nullptr, node.space().is_sigma0());
        EXPECT_TRUE(!at_rest || node.revoking() == none);
        if (parent == nullptr) return;
        EXPECT_EQ(node.depth(), parent->depth() + 1);
        PhysRange const frames = parent->frames();
        EXPECT_TRUE(frames.contains(node.frame()) && node.frames().end() <= frames.end());
        PageTable::Slot const above = at(parent->space(), parent->address().raw());
        EXPECT_TRUE(!at_rest || above.pte.rights().includes(slot.pte.rights()));
    }
    std::mt19937_64 random;
};

TEST_P(RandomMapping, agrees_with_the_model)
{
    std::vector<Model::SpaceModel> models(5);
    for (unsigned i = 0; i < 5; ++i) models[i].area = spaces[i]->user_area();
    models[2].kernel_areas = {{0x3000, 0x3fff}, {0x6000, 0x7fff}};
    models[4].kernel_areas = {{server_base + 0x2000, server_base + 0x2fff},
                              {server_base + 0x201000, server_base + 0x205fff}};
    Model model{models,
                [&](Word start, Word size) {
                    return layout.is_available({PhysAddr{start}, size});
                },
                [&](Word start) {
                    return layout.may_be_huge({PhysAddr{start}, gigabyte});
                }};
    client_search.rounds = static_cast<unsigned>(pick(3));

    for (int round = 0; round < 1500; ++round) {
        SCOPED_TRACE(round);
        Word const what = pick(10);
        if (what < 5) {
            MapOperation const op = pick_map();
            model.map(index_of(op.from), op.fpage, op.hot_spot, index_of(op.to), op.window, op.grant);
            ASSERT_EQ(run(op, pick(3) == 0 ? 1 : pick(2000) + 1).error, Error::ok);
        } else if (what < 7) {
            unsigned const who = static_cast<unsigned>(pick(5));
            bool const flush = pick(3) == 0;
            Fpage const fpage = pick_fpage(who, true);
            Rights const status = model.unmap(who, fpage, flush).as_rights();
            ASSERT_EQ(unmap(*spaces[who], fpage, flush, pick(3) == 0 ? 1 : pick(1000) + 1), status);
        } else {
            for (int i = 0; i < 20; ++i) {
                unsigned const who = static_cast<unsigned>(pick(5));
                bool const write = pick(2) == 0;
                Word const address = pick_address(who);
                if (model.find(who, address) != nullptr && touch(*spaces[who], address, write))
                    model.touch(who, address, write);
            }
        }
        ASSERT_EQ(database.node_count(), model.page_count());
        for (unsigned i = 0; i < 5; ++i)
            for (auto const& [address, page] : model.spaces()[i].pages) {
                PageTable::Slot const slot = at(*spaces[i], address);
                ASSERT_TRUE(slot.is_present()) << i << ' ' << std::hex << address;
                ASSERT_EQ(slot.log2size(), page->log2);
                ASSERT_EQ(slot.page().raw(), page->frame);
                ASSERT_EQ(slot.pte.rights(), page->rights);
                ASSERT_EQ(slot.pte.status().as_rights(), page->hardware.as_rights());
                Mapping const* const parent = node(*spaces[i], address)->parent();
                ASSERT_EQ(parent == nullptr, page->parent == nullptr);
                if (parent == nullptr) continue;
                ASSERT_EQ(&parent->space(), spaces[page->parent->space].get());
                ASSERT_EQ(parent->address().raw(), page->parent->address);
            }
        if (round % 50 == 0) {
            check_invariants(true);
            if (HasFailure()) return;
        }
    }
}

TEST_P(RandomMapping, keeps_its_invariants_when_memory_is_short)
{
    for (int round = 0; round < 1500; ++round) {
        SCOPED_TRACE(round);
        Space& tight = *spaces[pick(5)];
        tight.quota().set_limit(pick(2) == 0 ? tight.quota().used() + pick(10 * page_size) : 3000 * page_size);
        if (pick(3) != 0)
            run(pick_map(), pick(20) + 1);
        else
            unmap(*spaces[pick(5)], pick_fpage(static_cast<unsigned>(pick(5)), true), pick(2) == 0, pick(20) + 1);
        if (round % 20 == 0) check_invariants(true);
        if (HasFailure()) return;
    }
}

TEST_P(RandomMapping, operations_may_interrupt_each_other)
{
    // Four threads, each with an operation under way.
    struct Thread {
        bool is_mapping{false}, is_unmapping{false};
        MapOperation map{};
        UnmapOperation unmap{nullptr, Fpage::nil(), false};
        MappingCursors cursors{};
    };
    Thread threads[4];
    client_search.rounds = 2;
    for (int round = 0; round < 10000; ++round) {
        SCOPED_TRACE(round);
        Thread& thread = threads[pick(4)];
        if (!thread.is_mapping && !thread.is_unmapping) {
            if (pick(3) != 0) {
                thread.map = pick_map();
                thread.map.cursors = &thread.cursors;
                thread.is_mapping = true;
            } else {
                unsigned const who = static_cast<unsigned>(pick(5));
                thread.unmap = {spaces[who].get(), pick_fpage(who, true), pick(3) == 0, &thread.cursors};
                thread.is_unmapping = true;
            }
        }
        Budget budget{pick(8) == 0 ? 300 : pick(6) + 1};
        if (thread.is_mapping && database.map(thread.map, budget) == Progress::done) thread.is_mapping = false;
        if (thread.is_unmapping && database.unmap(thread.unmap, budget) == Progress::done) thread.is_unmapping = false;
        ASSERT_TRUE(machine.is_tlb_coherent());
        if (round % 100 == 0) check_invariants(false);
        if (HasFailure()) return;
    }
    for (int left = 1; left != 0;) {
        left = 0;
        for (Thread& thread : threads) {
            Budget budget{5};
            if (thread.is_mapping && database.map(thread.map, budget) == Progress::done) thread.is_mapping = false;
            if (thread.is_unmapping && database.unmap(thread.unmap, budget) == Progress::done)
                thread.is_unmapping = false;
            left += thread.is_mapping + thread.is_unmapping;
        }
    }
    for (Thread& thread : threads) thread.cursors.reset();
    check_invariants(true);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMapping, testing::Range(1, 9));

} // namespace
} // namespace pecan
