// SPDX-License-Identifier: BSD-2-Clause
/// Pages of 1 GiB, and walks over subtrees so large that they go in many calls.
#include "tests/unit/mapping/world.hpp"

namespace pecan {
namespace {

class Huge : public World {
protected:
    Huge() : World{4 * gigabyte} { layout.allow_huge({PhysAddr{gigabyte}, 2 * gigabyte}); }
    static Word size_at(Space& space, Word address) { return at(space, address).log2size(); }
};

TEST_F(Huge, sigma0_gives_one_where_a_transfer_covers_it)
{
    map(sigma0(), huge_page(gigabyte), a());
    EXPECT_EQ(size_at(sigma0(), gigabyte), 30u);
    EXPECT_EQ(size_at(a(), gigabyte), 30u);
    EXPECT_TRUE(has(a(), gigabyte + 0x1234'5000, gigabyte + 0x1234'5000, rwx));
    map(sigma0(), Fpage::memory(0, 31, rwx), b());
    EXPECT_EQ(size_at(b(), gigabyte), 30u);
    EXPECT_EQ(size_at(b(), 0), 21u) << "not all of it is there, nor may it be huge";
}

TEST_F(Huge, what_is_asked_for_in_small_stays_small)
{
    map(sigma0(), page(gigabyte), a());
    EXPECT_EQ(size_at(sigma0(), gigabyte), 21u);
    map(sigma0(), huge_page(gigabyte), b());
    EXPECT_EQ(size_at(b(), gigabyte), 21u);
    map(sigma0(), huge_page(3 * gigabyte), b());
    EXPECT_EQ(size_at(b(), 3 * gigabyte), 21u) << "no RAM";
}

TEST_F(Huge, only_at_its_own_alignment)
{
    map(sigma0(), huge_page(gigabyte), a());
    map(a(), huge_page(gigabyte), b(), Fpage::memory(0, 30, rwx));
    EXPECT_EQ(size_at(b(), 0), 30u);
    map(a(), Fpage::memory(gigabyte, 29, rwx), c(), everything, 0);
    EXPECT_EQ(size_at(c(), 0), 21u);
    EXPECT_TRUE(has(c(), 0x1fff'f000, gigabyte + 0x1fff'f000, rwx));
}

TEST_F(Huge, a_part_is_taken_from_others_and_given_up_as_a_whole)
{
    map(sigma0(), huge_page(gigabyte), a());
    map(a(), huge_page(gigabyte), b());
    map(a(), page(gigabyte + 0x1000), c());
    map(a(), page(gigabyte + 0x2000), c());
    unmap(a(), page(gigabyte + 0x1000));
    EXPECT_EQ(rights(b(), gigabyte + 0x2000), none) << "as a page that has a part of it";
    EXPECT_EQ(rights(c(), gigabyte + 0x1000), none);
    EXPECT_EQ(rights(c(), gigabyte + 0x2000), rwx);
    EXPECT_EQ(rights(a(), gigabyte + 0x1000), rwx);
    unmap(a(), page(gigabyte + 0x1000), true);
    EXPECT_EQ(rights(a(), gigabyte), none);
    EXPECT_EQ(rights(c(), gigabyte + 0x2000), none);
}

TEST_F(Huge, takes_the_place_of_tables_that_hold_nothing_but_not_of_pages)
{
    constexpr Word half = 0xffff'8880'0000'0000;
    auto server = make(SpaceKind::ordinary);
    make_server(*server);
    map(sigma0(), huge_page(gigabyte), a());
    // A dynamic page of the server, of which an empty table stays.
    TlbBatch batch{*memory};
    PageTable& table = server->page_table();
    auto const entry = table.entry_for(VirtAddr{half + 0x5000}, PageSize::small, batch);
    table.write_leaf(entry.value(), Pte::leaf(PhysAddr{0x7000}, PageSize::small, rw, table.privilege()), batch);
    VirtRange range{half, half + gigabyte - 1};
    Budget budget{100};
    EXPECT_EQ(table.revoke_range(range, rwx, batch, budget), Progress::done);
    map(a(), huge_page(gigabyte), *server, everything, half);
    EXPECT_EQ(size_at(*server, half), 30u);
    EXPECT_EQ(table.entry_for(VirtAddr{half}, PageSize::large, batch).error(), Error::invalid_parameter);
    destroy(*server);
}

/// A page with many pages below it, of which an Unmap that goes in small steps concerns one.
class LongWalk : public Huge {
protected:
    static constexpr Word count = 2000, steps = 16;
    LongWalk()
    {
        map(sigma0(), huge_page(gigabyte), a());
        // Each enters in front of those before.
        for (Word i = 0; i < count; ++i) map(a(), page(gigabyte + i * page_size), b(), everything, i * page_size);
    }
    UnmapOperation first_page(Rights rights)
    {
        cursors.reset();
        return {&a(), page(gigabyte, rights), false, &cursors};
    }
    Progress go(UnmapOperation& op)
    {
        Budget budget{steps};
        return database.unmap(op, budget);
    }
};

TEST_F(LongWalk, goes_on_from_where_it_was)
{
    for (Rights const rights : {w, rwx}) {
        UnmapOperation op = first_page(rights);
        Word calls = 1;
        for (; go(op) == Progress::again; ++calls) ASSERT_LT(calls, count);
        EXPECT_GE(calls, count / steps);
        EXPECT_LE(calls, count / steps + 2);
    }
    EXPECT_EQ(rights(b(), 0), none);
    EXPECT_EQ(rights(b(), page_size), rwx);
}

TEST_F(LongWalk, outlives_the_page_where_it_stands)
{
    UnmapOperation op = first_page(rwx);
    for (Word calls = 1; calls < count / steps / 2; ++calls) ASSERT_EQ(go(op), Progress::again);
    MappingCursors others;
    for (Word i = 1; i < count; i += 2) {
        UnmapOperation other{&b(), page(i * page_size), true, &others};
        while (go(other) == Progress::again) {}
    }
    Word calls = 0;
    while (go(op) == Progress::again) ASSERT_LT(++calls, count / steps);
    EXPECT_EQ(rights(b(), 0), none);
}

TEST_F(LongWalk, forgets_its_place_with_the_page_it_goes_over)
{
    UnmapOperation op = first_page(rwx);
    ASSERT_EQ(go(op), Progress::again);
    MappingCursors others;
    UnmapOperation other{&a(), page(gigabyte), true, &others};
    while (go(other) == Progress::again) {}
    map(sigma0(), page(gigabyte), a());
    map(a(), page(gigabyte), b());
    while (go(op) == Progress::again) {}
    EXPECT_EQ(rights(b(), gigabyte), none);
}

/// c's large page comes late in the walk; the beginning of it is granted to b at `destination` meanwhile.
class PartialGrant : public LongWalk {
protected:
    static constexpr Word destination = 2 * gigabyte;
    PartialGrant()
    {
        map(a(), large_page(gigabyte), c(), everything, 0);
        for (Word i = 0; i < 100; ++i)
            map(a(), page(gigabyte + i * page_size), b(), everything, gigabyte + i * page_size);
    }
    void grant_part()
    {
        MappingCursors others;
        MapOperation part{&c(), page(0), 0, &b(), Fpage::memory(destination, 12, rwx), true, &others};
        for (int i = 0; i < 2; ++i) {
            Budget one{1};
            (void)database.map(part, one);
            if (part.mapped != 0) break;
        }
        EXPECT_EQ(part.mapped, page_size);
        others.reset();
    }
};

TEST_F(PartialGrant, is_not_missed)
{
    for (Rights const taken : {w, rwx}) {
        UnmapOperation op = first_page(taken);
        for (int calls = 0; calls < 3; ++calls) ASSERT_EQ(go(op), Progress::again);
        grant_part();
        EXPECT_TRUE(has(b(), destination, gigabyte, taken == w ? rwx : rx));
        while (go(op) == Progress::again) {}
        EXPECT_EQ(rights(b(), destination), taken == w ? rx : none);
    }
}

TEST_F(PartialGrant, does_not_give_back_what_was_taken)
{
    grant_part();
    UnmapOperation op = first_page(w);
    while (rights(b(), destination).write()) {
        Budget one{1};
        ASSERT_EQ(database.unmap(op, one), Progress::again);
    }
    ASSERT_EQ(rights(c(), 0), rwx);
    grant_part();
    while (go(op) == Progress::again) {}
    EXPECT_EQ(rights(b(), destination), rx);
}

TEST_F(Huge, a_long_chain_goes_in_small_steps)
{
    constexpr Word depth = 1000, steps = 8;
    map(sigma0(), huge_page(gigabyte), a());
    for (Word i = 0; i < depth; ++i)
        map(a(), page(gigabyte + (i == 0 ? 0 : gigabyte + i * page_size)), a(), everything,
            2 * gigabyte + (i + 1) * page_size);
    EXPECT_EQ(node(a(), 2 * gigabyte + depth * page_size)->depth(), depth + 1);
    Word calls = 1;
    cursors.reset();
    UnmapOperation op{&a(), page(gigabyte), false, &cursors};
    for (;; ++calls) {
        Budget budget{steps};
        if (database.unmap(op, budget) == Progress::done) break;
        ASSERT_LT(calls, depth);
    }
    EXPECT_GE(calls, 2 * depth / steps) << "down and up again";
    EXPECT_LE(calls, 2 * depth / steps + 4);
}

} // namespace
} // namespace pecan
