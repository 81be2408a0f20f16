// SPDX-License-Identifier: BSD-2-Clause
/// One test for each sentence of x2-amd64.md, section 7, about unmap.
#include "tests/unit/mapping/world.hpp"

namespace pecan {
namespace {

class Unmap : public World {
protected:
    /// sigma0 -> a -> b -> c, all at 1000.
    void chain(Rights rights = rwx)
    {
        map(sigma0(), page(0x1000, rights), a());
        map(a(), page(0x1000, rights), b());
        map(b(), page(0x1000, rights), c());
    }
};

TEST_F(Unmap, all_rights_remove_the_pages_below)
{
    chain();
    unmap(a(), page(0x1000));
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rwx));
    EXPECT_FALSE(at(b(), 0x1000).is_present() || at(c(), 0x1000).is_present());
    EXPECT_EQ(b().quota().used(), page_size);
}

TEST_F(Unmap, flush_takes_the_callers_own_too)
{
    chain();
    unmap(b(), page(0x1000), true);
    EXPECT_TRUE(at(a(), 0x1000).is_present());
    EXPECT_FALSE(at(b(), 0x1000).is_present() || at(c(), 0x1000).is_present());
    // sigma0's own come back when they are needed.
    unmap(sigma0(), everything, true);
    EXPECT_FALSE(at(a(), 0x1000).is_present() || at(sigma0(), 0x1000).is_present());
    map(sigma0(), page(0x1000), a());
    EXPECT_TRUE(at(a(), 0x1000).is_present());
}

TEST_F(Unmap, named_rights_are_revoked_from_the_whole_subtree)
{
    chain();
    unmap(a(), page(0x1000, w));
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rwx) && has(b(), 0x1000, 0x1000, rx) && has(c(), 0x1000, 0x1000, rx));
    unmap(b(), page(0x1000, x), true);
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rwx) && has(b(), 0x1000, 0x1000, r) && has(c(), 0x1000, 0x1000, r));
    // And come back only by mapping.
    map(a(), page(0x1000, rw), b());
    EXPECT_TRUE(has(b(), 0x1000, 0x1000, rw) && has(c(), 0x1000, 0x1000, r));
}

TEST_F(Unmap, read_alone_cannot_be_revoked)
{
    chain(rw);
    unmap(a(), page(0x1000, r), true);
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rw) && has(c(), 0x1000, 0x1000, rw));
    unmap(a(), page(0x1000, rw), true);
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, r) && has(c(), 0x1000, 0x1000, r));
}

TEST_F(Unmap, odd_fpages)
{
    chain();
    unmap(a(), Fpage::nil(), true);
    unmap(a(), Fpage{7}, true);
    unmap(a(), Fpage{L4_COMPLETE_IO_SPACE | 7}, true);
    unmap(a(), Fpage::memory(0xffff'8880'0000'0000, 46, rwx), true);
    unmap(a(), Fpage::memory(0x8000'0000'0000, 47, rwx), true);
    EXPECT_TRUE(has(c(), 0x1000, 0x1000, rwx));
    // Below a page: the page.
    unmap(a(), Fpage::memory(0x1c00, 10, rwx));
    EXPECT_FALSE(at(b(), 0x1000).is_present());
    unmap(a(), Fpage{L4_FPAGE(0x1000, 0, 7)}, true);
    EXPECT_FALSE(at(a(), 0x1000).is_present());
}

TEST_F(Unmap, the_complete_space)
{
    chain();
    map(sigma0(), Fpage::memory(0, 23, rwx), a(), Fpage::complete(), 0x7000'0000'0000);
    ASSERT_TRUE(a().pin_page(VirtAddr{0x5000'0000}, PhysAddr{0x77000}, r));
    unmap(a(), everything, true);
    EXPECT_FALSE(at(a(), 0x1000).is_present() || at(a(), 0x7000'0000'0000).is_present());
    EXPECT_TRUE(has(a(), 0x5000'0000, 0x77000, r)); // kernel pages are skipped
    EXPECT_FALSE(at(c(), 0x1000).is_present());
}

TEST_F(Unmap, part_of_a_large_page)
{
    map(sigma0(), large_page(0), a());
    map(a(), large_page(0), b());
    map(a(), page(0x3000), c());
    map(a(), page(0x5000), c());
    // Without flush: the part, as far as hardware pages go.
    unmap(a(), page(0x5000));
    EXPECT_FALSE(at(b(), 0).is_present() || at(c(), 0x5000).is_present());
    EXPECT_TRUE(at(c(), 0x3000).is_present());
    map(a(), page(0x5000), c());
    unmap(a(), page(0x3000, w));
    EXPECT_TRUE(has(c(), 0x3000, 0x3000, rx) && has(c(), 0x5000, 0x5000, rwx) && has(a(), 0, 0, rwx));
    // With flush: the whole hardware page.
    unmap(a(), page(0x3000, w), true);
    EXPECT_TRUE(has(a(), 0, 0, rx) && has(c(), 0x5000, 0x5000, rx));
    unmap(a(), page(0x7000), true);
    EXPECT_FALSE(at(a(), 0).is_present() || at(c(), 0x5000).is_present() || at(c(), 0x3000).is_present());
}

TEST_F(Unmap, mappings_within_the_space)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000), a(), page(0x3000));
    map(a(), page(0x3000), a(), page(0x2000));
    unmap(a(), Fpage::memory(0, 14, rwx));
    EXPECT_TRUE(at(a(), 0x1000).is_present());
    EXPECT_FALSE(at(a(), 0x2000).is_present() || at(a(), 0x3000).is_present());
}

// ---- Status --------------------------------------------------------------------------------------------------------

TEST_F(Unmap, status_is_that_of_all_derived_pages_and_is_reset)
{
    chain();
    EXPECT_EQ(unmap(a(), page(0x1000, none)), none);
    touch(c(), 0x1000);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), rx);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), none);
    EXPECT_FALSE(at(c(), 0x1000).pte.status().any());
    touch(b(), 0x1000, true);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), rwx);
    EXPECT_TRUE(has(c(), 0x1000, 0x1000, rwx));
    // The caller's own accesses count.
    touch(a(), 0x1000);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), rx);
    // Over the whole fpage.
    map(sigma0(), page(0x2000), a());
    touch(a(), 0x2000, true);
    EXPECT_EQ(unmap(a(), Fpage::memory(0, 14, none)), rwx);
}

TEST_F(Unmap, status_of_removed_pages_moves_up)
{
    chain();
    touch(c(), 0x1000, true);
    unmap(c(), page(0x1000), true);
    destroy(c());
    EXPECT_TRUE(c().init(0));
    unmap(b(), page(0x1000), true);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), rwx);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), none);
}

TEST_F(Unmap, status_that_a_child_has_read_is_not_lost_for_its_parent)
{
    chain();
    touch(c(), 0x1000, true);
    EXPECT_EQ(unmap(b(), page(0x1000, w)), rwx);
    EXPECT_EQ(unmap(b(), page(0x1000, none)), none);
    EXPECT_EQ(unmap(a(), page(0x1000)), rwx);
    EXPECT_EQ(unmap(a(), page(0x1000)), none);
}

TEST_F(Unmap, removal_reports_the_status)
{
    chain();
    touch(c(), 0x1000, true);
    EXPECT_EQ(unmap(a(), page(0x1000), true), rwx);
}

TEST_F(Unmap, a_pending_operation_called_again_when_done_stays_done)
{
    chain();
    cursors.reset();
    UnmapOperation op{&a(), page(0x1000), true, &cursors};
    Budget budget{100};
    EXPECT_EQ(database.unmap(op, budget), Progress::done);
    map(sigma0(), page(0x1000), a());
    Budget more{100};
    EXPECT_EQ(database.unmap(op, more), Progress::done);
    EXPECT_TRUE(at(a(), 0x1000).is_present());
}

// ---- Servers -------------------------------------------------------------------------------------------------------

TEST_F(Unmap, clients_of_a_server_lose_first)
{
    make_server(b());
    Word const there = 0xffff'8880'0000'0000;
    map(sigma0(), large_page(0), a());
    map(a(), large_page(0), b(), Fpage::complete(), there);
    client_search.rounds = 2;
    unmap(a(), page(0x3000, w));
    ASSERT_EQ(client_search.completed.size(), 1u);
    EXPECT_EQ(client_search.completed[0].frames.size, large_page_size);
    EXPECT_EQ(client_search.completed[0].rights, w);
    EXPECT_TRUE(has(b(), there, 0, rx));
    EXPECT_EQ(node(b(), there)->revoking(), none);

    // While the search goes on, the page is there, but nobody gets it any more.
    cursors.reset();
    UnmapOperation op{&a(), large_page(0), false, &cursors};
    Budget budget{1};
    EXPECT_EQ(database.unmap(op, budget), Progress::again);
    EXPECT_TRUE(at(b(), there).is_present());
    EXPECT_EQ(map(b(), Fpage::memory(there, 21, rwx), c(), large_page(0)).mapped, 0u);
    unmap(a(), large_page(0)); // another thread finishes it
    EXPECT_FALSE(at(b(), there).is_present());
    EXPECT_EQ(client_search.completed.size(), 2u);
    Budget rest{1};
    EXPECT_EQ(database.unmap(op, rest), Progress::done);
}

TEST_F(Unmap, everything_of_a_deleted_space_goes)
{
    chain();
    map(sigma0(), Fpage::memory(0, 22, rw), b(), Fpage::complete(), 0x4000'0000);
    map(b(), large_page(0x4000'0000), c(), Fpage::complete(), 0x5000'0000);
    destroy(b(), 1);
    EXPECT_FALSE(at(c(), 0x1000).is_present() || at(c(), 0x5000'0000).is_present());
    EXPECT_TRUE(at(a(), 0x1000).is_present());
    EXPECT_TRUE(b().init(0));
}

} // namespace
} // namespace pecan
