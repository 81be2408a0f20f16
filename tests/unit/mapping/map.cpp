// SPDX-License-Identifier: BSD-2-Clause
/// One test for each sentence of x2-amd64.md, section 7, about map and grant.
#include "tests/unit/mapping/world.hpp"

namespace pecan {
namespace {

class Map : public World {};

TEST_F(Map, rights_are_those_of_the_fpage_and_the_senders_own)
{
    map(sigma0(), page(0x1000, rw), a());
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rw));
    map(a(), page(0x1000, rx), b());
    EXPECT_TRUE(has(b(), 0x1000, 0x1000, r));
    map(b(), page(0x1000, rwx), c());
    EXPECT_TRUE(has(c(), 0x1000, 0x1000, r));
    EXPECT_TRUE(at(a(), 0x1000).pte.is_user());
}

TEST_F(Map, read_is_implied_by_presence)
{
    map(sigma0(), page(0x1000, w), a());
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rw));
    map(sigma0(), page(0x2000, x), a());
    EXPECT_TRUE(has(a(), 0x2000, 0x2000, rx));
    // No right in common: nothing to map.
    map(sigma0(), page(0x3000, none), a());
    EXPECT_FALSE(at(a(), 0x3000).is_present());
    map(a(), page(0x2000, w), b());
    EXPECT_FALSE(at(b(), 0x2000).is_present());
}

TEST_F(Map, hot_spot_moves_the_page)
{
    map(sigma0(), page(0x1000), a(), Fpage::complete(), 0x7000'0000'0000);
    EXPECT_TRUE(has(a(), 0x7000'0000'0000, 0x1000, rwx));
    map(sigma0(), large_page(8 * megabyte), a(), page(0x5000), 0x3000);
    EXPECT_TRUE(has(a(), 0x5000, 8 * megabyte + 0x3000, rwx));
}

TEST_F(Map, holes_are_skipped)
{
    map(sigma0(), page(0x1000), a());
    map(sigma0(), page(0x3000), a());
    MapOperation const op = map(a(), Fpage::memory(0, 14, rwx), b());
    EXPECT_EQ(op.error, Error::ok);
    EXPECT_EQ(op.mapped, 2 * page_size);
    EXPECT_FALSE(at(b(), 0).is_present() || at(b(), 0x2000).is_present());
    EXPECT_TRUE(has(b(), 0x1000, 0x1000, rwx) && has(b(), 0x3000, 0x3000, rwx));
    // However large.
    EXPECT_EQ(map(a(), everything, c()).mapped, 2 * page_size);
    EXPECT_EQ(map(b(), Fpage::memory(0x4000'0000'0000, 46, rwx), c()).mapped, 0u);
}

TEST_F(Map, kernel_areas_are_skipped_at_the_destination)
{
    a().place_areas(page(0x2000), Fpage::memory(0x4000, 13, none));
    ASSERT_TRUE(a().pin_page(VirtAddr{0x2000}, PhysAddr{0x77000}, r));
    MapOperation const op = map(sigma0(), large_page(0), a());
    EXPECT_EQ(op.mapped, 2 * megabyte - 3 * page_size);
    EXPECT_TRUE(has(a(), 0x2000, 0x77000, r));
    EXPECT_FALSE(at(a(), 0x4000).is_present() || at(a(), 0x5000).is_present());
    EXPECT_TRUE(has(a(), 0x3000, 0x3000, rwx) && has(a(), 0x6000, 0x6000, rwx));
    EXPECT_EQ(at(a(), 0x6000).level, 1u);
    // The next large page does not touch them.
    map(sigma0(), large_page(2 * megabyte), a());
    EXPECT_EQ(at(a(), 2 * megabyte).level, 2u);
}

TEST_F(Map, kernel_areas_of_the_sender_cannot_be_sent)
{
    map(sigma0(), page(0x3000), a());
    a().place_areas(page(0x2000), page(0x4000));
    ASSERT_TRUE(a().pin_page(VirtAddr{0x2000}, PhysAddr{0x77000}, r));
    ASSERT_TRUE(a().pin_page(VirtAddr{0x4000}, PhysAddr{0x78000}, rw));
    EXPECT_EQ(map(a(), everything, b()).mapped, page_size);
    EXPECT_EQ(grant(a(), Fpage::memory(0, 14, rwx), b()).mapped, page_size);
    EXPECT_TRUE(has(a(), 0x2000, 0x77000, r) && has(a(), 0x4000, 0x78000, rw));
    EXPECT_FALSE(at(b(), 0x2000).is_present());
}

TEST_F(Map, only_the_user_area_is_reached)
{
    map(sigma0(), page(0x1000), a());
    for (Word outside : {Word{0x7fff'ffff'f000}, Word{0x8000'0000'0000}, Word{0xffff'8000'0000'0000},
                         Word{0xffff'8100'0000'0000}, Word{0xffff'8880'0000'0000}, ~Word{0xfff}}) {
        EXPECT_EQ(map(a(), page(0x1000), b(), Fpage::complete(), outside).mapped, 0u) << outside;
        EXPECT_EQ(map(a(), page(outside), b(), page(0x1000)).mapped, 0u) << outside;
        EXPECT_EQ(map(sigma0(), page(outside), b(), page(0x1000)).mapped, 0u) << outside;
    }
    EXPECT_EQ(map(a(), page(0x1000), b(), Fpage::complete(), 0x7fff'ffff'e000).mapped, page_size);
    // A window across the end of the area: what is inside.
    map(sigma0(), large_page(2 * megabyte), a());
    EXPECT_EQ(map(a(), large_page(2 * megabyte), b(), large_page(0x7fff'ffe0'0000)).mapped, 2 * megabyte - page_size);
}

TEST_F(Map, sizes_below_a_page_and_odd_words_do_nothing)
{
    map(sigma0(), page(0x1000), a());
    for (Word raw : {Word{0}, Word{7}, L4_FPAGE(0x1000, 11, 7), L4_FPAGE(0x1000, 0, 7), L4_FPAGE(0x1000, 1, 7),
                     L4_COMPLETE_IO_SPACE | 7}) {
        EXPECT_EQ(map(a(), Fpage{raw}, b(), Fpage::complete(), 0x1000).mapped, 0u);
        EXPECT_EQ(map(a(), page(0x1000), b(), Fpage{raw}, 0x1000).mapped, 0u);
    }
}

TEST_F(Map, same_page_from_same_source_only_gains_rights)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000, r), b());
    map(b(), page(0x1000), c());
    Mapping* const before = node(b(), 0x1000);
    EXPECT_EQ(map(a(), page(0x1000, rw), b()).mapped, page_size);
    EXPECT_TRUE(has(b(), 0x1000, 0x1000, rw));
    map(a(), page(0x1000, r), b());
    EXPECT_TRUE(has(b(), 0x1000, 0x1000, rw));
    EXPECT_EQ(node(b(), 0x1000), before);
    EXPECT_TRUE(has(c(), 0x1000, 0x1000, r)); // untouched
}

TEST_F(Map, same_frame_from_another_source_replaces)
{
    map(sigma0(), page(0x1000), a());
    map(sigma0(), page(0x1000), b());
    map(a(), page(0x1000), c(), page(0x5000));
    touch(c(), 0x5000);
    map(b(), page(0x1000, r), c(), page(0x5000));
    EXPECT_TRUE(has(c(), 0x5000, 0x1000, r));
    EXPECT_EQ(node(c(), 0x5000)->parent(), node(b(), 0x1000));
    EXPECT_EQ(unmap(a(), page(0x1000, none)), rx); // the status went up
}

TEST_F(Map, something_else_is_flushed_first_recursively)
{
    map(sigma0(), page(0x1000), a());
    map(sigma0(), page(0x2000), b());
    map(a(), page(0x1000), b(), page(0x5000));
    map(b(), page(0x5000), c(), page(0x6000));
    map(b(), page(0x2000), b(), page(0x5000));
    EXPECT_TRUE(has(b(), 0x5000, 0x2000, rwx));
    EXPECT_FALSE(at(c(), 0x6000).is_present());
    EXPECT_TRUE(at(a(), 0x1000).is_present());
}

TEST_F(Map, a_large_page_in_the_way_goes_as_a_whole_and_small_ones_all)
{
    map(sigma0(), large_page(0), a());
    map(sigma0(), page(8 * megabyte), b());
    map(b(), page(8 * megabyte), a(), page(0x3000));
    EXPECT_TRUE(has(a(), 0x3000, 8 * megabyte, rwx));
    EXPECT_FALSE(at(a(), 0).is_present());
    map(sigma0(), page(0x7000), a());
    map(sigma0(), large_page(2 * megabyte), a(), large_page(0));
    EXPECT_EQ(at(a(), 0).level, 2u);
    EXPECT_TRUE(has(a(), 0x3000, 2 * megabyte + 0x3000, rwx));
}

TEST_F(Map, part_of_a_large_page_from_its_source_is_there_already)
{
    map(sigma0(), large_page(0, r), a());
    EXPECT_EQ(map(sigma0(), page(0x3000, r), a()).mapped, page_size);
    EXPECT_EQ(at(a(), 0x3000).level, 2u);
    // More rights for a part: it needs a page of its own.
    map(sigma0(), page(0x3000, rw), a());
    EXPECT_TRUE(has(a(), 0x3000, 0x3000, rw));
    EXPECT_EQ(at(a(), 0x3000).level, 1u);
}

TEST_F(Map, what_the_page_came_from_is_not_overmapped)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000), b());
    map(b(), page(0x1000), c());
    EXPECT_EQ(map(c(), page(0x1000), a()).mapped, 0u);
    EXPECT_EQ(map(c(), page(0x1000), b()).mapped, 0u);
    for (Space* space : {&a(), &b(), &c()}) EXPECT_TRUE(has(*space, 0x1000, 0x1000, rwx));
    // Also not by a part of itself from elsewhere.
    map(sigma0(), large_page(2 * megabyte), a());
    EXPECT_EQ(map(a(), page(2 * megabyte), a(), page(2 * megabyte + 0x5000)).mapped, 0u);
    EXPECT_TRUE(has(a(), 2 * megabyte + 0x5000, 2 * megabyte + 0x5000, rwx));
}

TEST_F(Map, the_largest_page_that_fits)
{
    map(sigma0(), Fpage::memory(0, 22, rwx), a());
    EXPECT_EQ(at(a(), 0).level, 2u);
    EXPECT_EQ(at(a(), 2 * megabyte).level, 2u);
    // Misaligned to each other: small ones.
    map(a(), large_page(0), b(), Fpage::complete(), 0);
    EXPECT_EQ(at(b(), 0).level, 2u);
    map(a(), Fpage::memory(0x100000, 20, rwx), b(), Fpage::complete(), 0x700000);
    EXPECT_EQ(at(b(), 0x700000).level, 1u);
    EXPECT_TRUE(has(b(), 0x7ff000, 0x1ff000, rwx));
    // Small ones stay small though they lie together.
    map(b(), large_page(0x600000), c());
    EXPECT_EQ(at(c(), 0x700000).level, 1u);
}

TEST_F(Map, within_one_space)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000, r), a(), page(0x2000));
    EXPECT_TRUE(has(a(), 0x2000, 0x1000, r));
    EXPECT_EQ(node(a(), 0x2000)->parent(), node(a(), 0x1000));
    // Onto itself: nothing happens, and nothing is lost.
    map(a(), page(0x1000, r), a());
    grant(a(), page(0x1000, r), a());
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rwx));
    unmap(a(), page(0x1000));
    EXPECT_FALSE(at(a(), 0x2000).is_present());
}

TEST_F(Map, server_gets_supervisor_pages_in_its_half)
{
    make_server(b());
    map(sigma0(), large_page(0), a());
    map(a(), large_page(0), b(), Fpage::complete(), 0xffff'8880'0000'0000);
    EXPECT_TRUE(has(b(), 0xffff'8880'0000'0000, 0, rwx));
    EXPECT_EQ(at(b(), 0xffff'8880'0000'0000).level, 2u);
    EXPECT_FALSE(at(b(), 0xffff'8880'0000'0000).pte.is_user());
    EXPECT_EQ(map(a(), page(0), b()).mapped, 0u);
    EXPECT_EQ(map(a(), page(0), b(), Fpage::complete(), 0xffff'87ff'ffff'f000).mapped, 0u);
    // The last page of the address space, and everything at once.
    EXPECT_EQ(map(a(), page(0x5000), b(), Fpage::complete(), ~Word{0xfff}).mapped, page_size);
    EXPECT_TRUE(has(b(), 0xffff'ffff'ffff'f000, 0x5000, rwx));
    map(b(), Fpage::memory(0xffff'ffff'ffff'f000, 12, r), c(), page(0));
    EXPECT_TRUE(has(c(), 0, 0x5000, r));
    EXPECT_TRUE(at(c(), 0).pte.is_user());
    // Complete to complete is address by address, and the two halves have none in common.
    EXPECT_EQ(map(b(), everything, c()).mapped, 0u);
    EXPECT_EQ(map(a(), everything, b()).mapped, 0u);
    EXPECT_EQ(map(b(), everything, b()).mapped, 0u);
}

TEST_F(Map, vcpu_pages_of_a_server_stay_free)
{
    make_server(b());
    b().place_areas(Fpage::memory(L4_SERVER_KIP, 12, none),
                    Fpage::memory(L4_SERVER_UTCB_AREA, L4_SERVER_UTCB_AREA_LOG2SIZE, none));
    for (Word address : {L4_SERVER_KIP, L4_SERVER_UTCB_AREA, L4_SERVER_VCPU_PAGE(0), L4_SERVER_VCPU_PAGE(63)})
        EXPECT_EQ(map(sigma0(), page(0x1000), b(), page(address)).mapped, 0u);
    EXPECT_EQ(map(sigma0(), page(0x1000), b(), page(L4_SERVER_VCPU_PAGE(64))).mapped, page_size);
}

TEST_F(Map, memory_types_are_inherited)
{
    map(sigma0(), large_page(0), a());
    PageTable::Slot const slot = at(a(), 0);
    *slot.entry = Pte{slot.pte.raw() | Pte::pat_large};
    map(a(), page(0x3000), b());
    EXPECT_EQ(at(b(), 0x3000).pte.raw() & (Pte::pat_small | Pte::cache_disable), Pte::pat_small);
    EXPECT_TRUE(has(b(), 0x3000, 0x3000, rwx));
}

// ---- sigma0 --------------------------------------------------------------------------------------------------------

TEST_F(Map, sigma0_holds_everything_but_the_kernels_memory)
{
    EXPECT_EQ(map(sigma0(), Fpage::memory(4 * megabyte, 21, rwx), a()).mapped, 3 * megabyte / 2);
    EXPECT_FALSE(at(a(), 5 * megabyte).is_present() || at(a(), 5 * megabyte + 0x7f000).is_present());
    EXPECT_TRUE(at(a(), 5 * megabyte - page_size).is_present() && at(a(), 5 * megabyte + 0x80000).is_present());
    EXPECT_FALSE(at(sigma0(), 5 * megabyte).is_present());
    EXPECT_EQ(database.provide(sigma0(), VirtAddr{5 * megabyte}).error(), Error::invalid_parameter);
    EXPECT_TRUE(database.provide(sigma0(), VirtAddr{7 * megabyte + 123}));
    EXPECT_TRUE(database.provide(sigma0(), VirtAddr{7 * megabyte + 123}));
    EXPECT_TRUE(has(sigma0(), 7 * megabyte, 7 * megabyte, rwx));
    EXPECT_FALSE(database.provide(sigma0(), VirtAddr{64 * megabyte}));
    EXPECT_FALSE(database.provide(sigma0(), VirtAddr{L4_SERVER_AREA_START}));
    EXPECT_EQ(map(sigma0(), page(64 * megabyte), a()).mapped, 0u);
}

TEST_F(Map, all_of_sigma0_at_once)
{
    a().quota().set_limit(100 * megabyte);
    EXPECT_EQ(map(sigma0(), everything, a()).mapped, 64 * megabyte - megabyte / 2);
}

TEST_F(Map, granting_from_sigma0_is_mapping)
{
    grant(sigma0(), page(0x1000), a());
    grant(sigma0(), page(0x1000), b());
    EXPECT_TRUE(has(a(), 0x1000, 0x1000, rwx) && has(b(), 0x1000, 0x1000, rwx));
    unmap(sigma0(), page(0x1000));
    EXPECT_FALSE(at(a(), 0x1000).is_present() || at(b(), 0x1000).is_present());
    EXPECT_TRUE(at(sigma0(), 0x1000).is_present());
}

// ---- Grant ---------------------------------------------------------------------------------------------------------

TEST_F(Map, grant_takes_the_place_and_the_children)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000), b());
    map(b(), page(0x1000), c(), page(0x9000));
    touch(b(), 0x1000, true);
    EXPECT_EQ(grant(b(), page(0x1000), c(), page(0x5000)).mapped, page_size);
    EXPECT_FALSE(at(b(), 0x1000).is_present());
    EXPECT_TRUE(has(c(), 0x5000, 0x1000, rwx) && has(c(), 0x9000, 0x1000, rwx));
    EXPECT_EQ(node(c(), 0x5000)->parent(), node(a(), 0x1000));
    EXPECT_EQ(node(c(), 0x9000)->parent(), node(c(), 0x5000));
    EXPECT_EQ(b().quota().used(), page_size);
    EXPECT_EQ(unmap(a(), page(0x1000, none)), rwx); // what the old owner did is known above
    unmap(a(), page(0x1000));
    EXPECT_FALSE(at(c(), 0x5000).is_present() || at(c(), 0x9000).is_present());
}

TEST_F(Map, grant_with_fewer_rights_restricts_the_children)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000), b());
    map(b(), page(0x1000), b(), page(0x2000));
    grant(a(), page(0x1000, r), c());
    EXPECT_TRUE(has(c(), 0x1000, 0x1000, r) && has(b(), 0x1000, 0x1000, r) && has(b(), 0x2000, 0x1000, r));
}

TEST_F(Map, granting_part_of_a_large_page_gives_up_the_whole)
{
    map(sigma0(), large_page(0), a());
    map(a(), page(0x5000), b());
    grant(a(), Fpage::memory(0x4000, 13, rwx), c());
    EXPECT_FALSE(at(a(), 0).is_present() || at(b(), 0x5000).is_present());
    EXPECT_TRUE(has(c(), 0x4000, 0x4000, rwx) && has(c(), 0x5000, 0x5000, rwx));
    EXPECT_EQ(node(c(), 0x4000)->parent(), node(sigma0(), 0));
    // A large page that lands misaligned arrives in pieces.
    map(sigma0(), large_page(2 * megabyte), a());
    EXPECT_EQ(grant(a(), large_page(2 * megabyte), c(), Fpage::memory(0x40'0010'0000, 20, rwx), 0x100000).mapped,
              megabyte);
    EXPECT_TRUE(has(c(), 0x40'0010'0000, 3 * megabyte, rwx));
    EXPECT_FALSE(at(a(), 2 * megabyte).is_present());
}

TEST_F(Map, granting_more_than_the_window_loses_the_rest)
{
    map(sigma0(), Fpage::memory(0, 14, rwx), a());
    grant(a(), Fpage::memory(0, 14, rwx), b(), page(0x5000), 0x2000);
    EXPECT_TRUE(has(b(), 0x5000, 0x2000, rwx));
    for (Word address = 0; address < 0x4000; address += page_size) EXPECT_FALSE(at(a(), address).is_present());
}

TEST_F(Map, granting_to_the_giver_or_the_child)
{
    map(sigma0(), page(0x1000), a());
    map(a(), page(0x1000), b());
    grant(a(), page(0x1000), b()); // something else is there: A's child
    EXPECT_TRUE(has(b(), 0x1000, 0x1000, rwx));
    EXPECT_FALSE(at(a(), 0x1000).is_present());
    EXPECT_EQ(node(b(), 0x1000)->parent(), node(sigma0(), 0x1000));
    map(b(), page(0x1000), a(), page(0x7000));
    grant(a(), page(0x7000), b(), page(0x8000));
    EXPECT_EQ(node(b(), 0x8000)->parent(), node(b(), 0x1000));
    EXPECT_EQ(a().quota().used(), page_size);
}

TEST_F(Map, granting_out_of_a_server_asks_its_clients)
{
    make_server(b());
    Word const there = 0xffff'8880'0000'0000;
    map(sigma0(), page(0x1000), b(), page(there));
    client_search.rounds = 3;
    grant(b(), page(there), c(), page(0x5000));
    EXPECT_TRUE(has(c(), 0x5000, 0x1000, rwx));
    EXPECT_FALSE(at(b(), there).is_present());
    ASSERT_EQ(client_search.completed.size(), 1u);
    EXPECT_EQ(client_search.completed[0].frames.start.raw(), 0x1000u);
    EXPECT_TRUE(client_search.completed[0].rights.read());
}

// ---- Kernel memory -------------------------------------------------------------------------------------------------

TEST_F(Map, without_memory_the_pages_before_stay)
{
    a().quota().set_limit(a().quota().used() + 4 * page_size + 3 * sizeof(Mapping));
    MapOperation const op = map(sigma0(), Fpage::memory(0, 20, rwx), a());
    EXPECT_EQ(op.error, Error::no_memory);
    EXPECT_EQ(op.mapped, 3 * page_size);
    EXPECT_TRUE(has(a(), 0x2000, 0x2000, rwx));
    EXPECT_FALSE(at(a(), 0x3000).is_present());
    // A grant that fails leaves the page with its owner.
    map(sigma0(), page(0x10000), b());
    EXPECT_EQ(grant(b(), page(0x10000), a(), page(0x7000'0000'0000)).error, Error::no_memory);
    EXPECT_TRUE(has(b(), 0x10000, 0x10000, rwx));
    EXPECT_FALSE(at(a(), 0x7000'0000'0000).is_present());
    EXPECT_EQ(a().quota().used(), a().quota().limit());
    // Enough again, and the same call goes on where it can.
    a().quota().set_limit(200 * page_size);
    EXPECT_EQ(map(sigma0(), Fpage::memory(0, 20, rwx), a()).mapped, megabyte);
}

} // namespace
} // namespace pecan
