// SPDX-License-Identifier: BSD-2-Clause
/// The client calls, sentence by sentence of docs/abi/vcpu.md.
#include "tests/unit/client/world.hpp"

namespace pecan {
namespace {

class Clients : public ClientWorld {};

// ---- Create, destroy, load -----------------------------------------------------------------------------------------

TEST_F(Clients, numbers_are_below_the_maximum_and_come_back)
{
    server.quota().set_limit(20000 * page_size);
    for (Word n = 1; n < L4_CLIENT_MAX; ++n) ASSERT_EQ(create(), n);
    EXPECT_EQ(clients.create().error(), ClientError::no_memory);
    destroy(77);
    destroy(78);
    EXPECT_EQ(create(), 78u);
    EXPECT_EQ(create(), 77u);
    for (Word bad : {Word{0}, L4_CLIENT_MAX, ~Word{0}, Word{1} << 40}) EXPECT_FALSE(clients.exists(bad));
}

TEST_F(Clients, create_costs_only_a_record_until_it_is_used)
{
    Word const client = create();
    EXPECT_EQ(server.quota().used(), base_use + sizeof(ClientSpace));
    EXPECT_EQ(cr3(client), 0u);
    server.quota().set_limit(server.quota().used());
    EXPECT_EQ(clients.load(client, 0).error(), ClientError::no_memory);
    EXPECT_EQ(clients.create().error(), ClientError::no_memory);
    EXPECT_EQ(map(client, 0x1000, {direct | rw}), code(ClientError::no_memory));
}

TEST_F(Clients, cr3_table_says_what_can_be_loaded)
{
    EXPECT_EQ(cr3(0), server.page_table().root(0).raw());
    Word const client = create();
    Word const root = clients.load(client, 0).value().raw();
    EXPECT_EQ(cr3(client), root);
    auto* pml4 = direct_map<Pte>(PhysAddr{root});
    auto* own = direct_map<Pte>(server.page_table().root(0));
    for (unsigned i = 256; i < 512; ++i) ASSERT_EQ(pml4[i], own[i]);
    for (unsigned i = 257; i < 272; ++i) ASSERT_EQ(pml4[i].raw(), 0u);
    destroy(client);
    EXPECT_EQ(cr3(client), 0u);
    EXPECT_EQ(clients.load(client, 0).error(), ClientError::invalid);
    EXPECT_EQ(clients.load(L4_CLIENT_MAX, 0).error(), ClientError::invalid);
    EXPECT_EQ(server.quota().used(), base_use);
}

TEST_F(Clients, a_dying_client_cannot_be_used)
{
    Word const client = create();
    for (Word i = 0; i < 20; ++i) map(client, i << 30, {direct | rw});
    Budget budget{1};
    EXPECT_EQ(clients.destroy(client, budget), Progress::again);
    EXPECT_TRUE(clients.exists(client));
    EXPECT_EQ(cr3(client), 0u);
    EXPECT_EQ(clients.load(client, 0).error(), ClientError::invalid);
    EXPECT_EQ(map(client, 0, {direct | rw}), code(ClientError::invalid));
    EXPECT_EQ(unmap(client, 0, 0x1000, rwx), code(ClientError::invalid));
    destroy(client);
    EXPECT_FALSE(clients.exists(client));
    EXPECT_EQ(server.quota().used(), base_use);
}

// ---- Map -----------------------------------------------------------------------------------------------------------

TEST_F(Clients, map_enters_user_pages_of_the_servers_memory)
{
    Word const client = create();
    EXPECT_EQ(map(client, 0x400000, {(direct + 0x5000) | rx, (direct + 9 * megabyte) | rw, 0, (direct + 0x7000) | r}),
              4);
    EXPECT_TRUE(has(client, 0x400000, 0x5000, rx));
    EXPECT_TRUE(has(client, 0x401000, 9 * megabyte, rw));
    EXPECT_TRUE(is_empty(client, 0x402000));
    EXPECT_TRUE(has(client, 0x403000, 0x7000, r));
    EXPECT_TRUE(at(client, 0x400000).pte.is_user());
    EXPECT_EQ(at(client, 0x400000).pte.raw() & Pte::global, 0u);
    // A whole call, across two page tables.
    std::vector<Word> entries;
    for (Word i = 0; i < 64; ++i) entries.push_back((direct + (100 - i) * page_size) | rw);
    EXPECT_EQ(map(client, 0x7fff'ffdf'0000, entries), 64);
    for (Word i = 0; i < 64; ++i) EXPECT_TRUE(has(client, 0x7fff'ffdf'0000 + i * page_size, (100 - i) * page_size, rw));
}

TEST_F(Clients, map_needs_a_right_of_the_server_to_read_and_write)
{
    Word const client = create();
    revoke(Fpage::memory(9 * megabyte, 12, Rights{L4_RIGHT_W | L4_RIGHT_X}));
    EXPECT_EQ(map(client, 0, {(direct + 9 * megabyte) | rw}), code(ClientError::no_access));
    EXPECT_EQ(map(client, 0, {(direct + 9 * megabyte) | r}), 1);
    EXPECT_EQ(map(client, 0, {(direct + 9 * megabyte) | rx}), 1); // who can read can copy, and execute that
    EXPECT_EQ(map(client, 0, {(direct + 10 * megabyte) | r}), code(ClientError::no_access));
    EXPECT_EQ(map(client, 0, {(direct + 0x5000) | rw, (direct + 9 * megabyte) | rw, direct | rw}), 1);
    EXPECT_TRUE(is_empty(client, page_size));
    // Hostile sources: not canonical, the clients' half, the microkernel, kernel pages, the server's dynamic pages.
    EXPECT_EQ(map(0, dynamic, {direct | rw}), 1);
    for (Word source :
         {Word{0}, Word{0x5000}, Word{0x8880'0000'5000}, Word{0x7fff'8880'0000'5000}, Word{0xffff'8000'0000'0000},
          Word{0xffff'8100'0000'0000}, L4_SERVER_KIP, L4_SERVER_UTCB_AREA, dynamic, Word{0xffff'ffff'ffff'f000}})
        EXPECT_EQ(map(client, 0x4000, {source | r}), code(ClientError::no_access)) << std::hex << source;
}

TEST_F(Clients, map_checks_its_arguments)
{
    Word const client = create();
    EXPECT_EQ(map(client + 1, 0, {direct | r}), code(ClientError::invalid));
    EXPECT_EQ(map(client, 0x800, {direct | r}), code(ClientError::invalid));
    EXPECT_EQ(map(client, 0x1000, {direct | r}, 21), code(ClientError::invalid));
    for (Word log2 : {0, 11, 13, 20, 30, 63}) EXPECT_EQ(map(client, 0, {direct | r}, log2), code(ClientError::invalid));
    EXPECT_EQ(map(client, 0, {}), 0);
    std::vector<Word> const many(65, direct | r);
    EXPECT_EQ(clients.map({client, 0, 0, 129, 12, L4_ANY_GENERATION, many.data()}, 0).error(), ClientError::invalid);
    EXPECT_EQ(clients.map({client, 0, 0, ~Word{0}, 12, L4_ANY_GENERATION, many.data()}, 0).error(),
              ClientError::invalid);
    // The entries must lie in map[] to the last.
    EXPECT_EQ(clients.map({client, 0, 127, 2, 12, L4_ANY_GENERATION, many.data()}, 0).error(), ClientError::invalid);
    EXPECT_EQ(clients.map({client, 0, ~Word{0}, 1, 12, L4_ANY_GENERATION, many.data()}, 0).error(),
              ClientError::invalid);
    EXPECT_EQ(map(client, 0x7fff'ffff'e000, {direct | r}), 1);
    for (Word address :
         {Word{0x7fff'ffff'f000}, Word{0x8000'0000'0000}, Word{0xffff'8000'0000'0000}, direct, dynamic, ~Word{0xfff}})
        EXPECT_EQ(map(client, address, {direct | r}), code(ClientError::invalid)) << std::hex << address;
    EXPECT_EQ(map(client, 0x7fff'ffff'e000, {direct | r, direct | r}), code(ClientError::invalid));
    EXPECT_EQ(map(client, 0x7fff'ffe0'0000, {direct | r}, 21), code(ClientError::invalid));
    EXPECT_EQ(map(client, ~Word{0xfff}, {direct | r, direct | r}), code(ClientError::invalid)); // wraps
}

TEST_F(Clients, map_of_large_pages_takes_them_from_one_page_of_the_server)
{
    Word const client = create();
    EXPECT_EQ(map(client, 0x40000000, {direct | rw, (direct + 4 * megabyte) | rx}, 21), 2);
    EXPECT_EQ(at(client, 0x40000000).level, 2u);
    EXPECT_TRUE(has(client, 0x40200000, 4 * megabyte, rx));
    EXPECT_EQ(map(client, 0x40000000, {(direct + 8 * megabyte) | rw}, 21), code(ClientError::no_access));
    EXPECT_EQ(map(client, 0x40000000, {(direct + megabyte) | rw}, 21), code(ClientError::no_access));
    EXPECT_TRUE(has(client, 0x40000000, 0, rw));
}

TEST_F(Clients, map_replaces_whatever_is_there)
{
    Word const client = create();
    map(client, 0x200000, {(direct + 0x1000) | rw, (direct + 0x2000) | rw});
    EXPECT_EQ(map(client, 0x200000, {(direct + 0x3000) | r}), 1);
    EXPECT_TRUE(has(client, 0x200000, 0x3000, r) && has(client, 0x201000, 0x2000, rw));
    // Small by large, and large by small.
    EXPECT_EQ(map(client, 0x200000, {(direct + 2 * megabyte) | rw}, 21), 1);
    EXPECT_TRUE(has(client, 0x201000, 2 * megabyte + 0x1000, rw));
    EXPECT_EQ(map(client, 0x203000, {(direct + 0x1000) | rw}), 1);
    EXPECT_TRUE(is_empty(client, 0x200000) && has(client, 0x203000, 0x1000, rw));
}

TEST_F(Clients, map_takes_cache_attributes)
{
    Word const client = create();
    auto attribute = [&](Word value) { return value << L4_MAP_ATTR_SHIFT; };
    map(client, 0x1000,
        {direct | rw | attribute(L4_MAP_WC), direct | rw | attribute(L4_MAP_UC), direct | rw | attribute(L4_MAP_WT),
         direct | rw | attribute(L4_MAP_WB)});
    EXPECT_EQ(at(client, 0x1000).pte.raw() & 0x98, 0x80u);
    EXPECT_EQ(at(client, 0x2000).pte.raw() & 0x98, 0x18u);
    EXPECT_EQ(at(client, 0x3000).pte.raw() & 0x98, 0x08u);
    EXPECT_EQ(at(client, 0x4000).pte.raw() & 0x98, 0x00u);
    map(client, 0x200000, {direct | rw | attribute(L4_MAP_WC)}, 21);
    EXPECT_EQ(at(client, 0x200000).pte.raw() & 0x1098, 0x1080u);
    EXPECT_TRUE(has(client, 0x200000, 0, rw));
    // Reserved bits of an entry are nobody's.
    map(client, 0x5000, {direct | rw | 0xfe0});
    EXPECT_TRUE(has(client, 0x5000, 0, rw));
}

TEST_F(Clients, map_refuses_a_stale_generation)
{
    Word const client = create();
    EXPECT_EQ(map(client, 0, {direct | rw}, 12, 0), 1);
    EXPECT_EQ(unmap(client, 0x5000, 0x6000, rwx), 1);
    EXPECT_EQ(map(client, 0, {direct | rw}, 12, 0), code(ClientError::stale_generation));
    EXPECT_EQ(map(client, 0, {direct | rw}, 12, 1), 1);
    EXPECT_EQ(map(client, 0, {direct | rw}, 12, 2), code(ClientError::stale_generation));
    // An interrupted unmap counts once, and at its beginning.
    for (Word i = 0; i < 10; ++i) map(client, i << 21, {direct | rw});
    ClientUnmapCall call{client, 0, Word{10} << 21, Rights::all()};
    Word generation = 0;
    Budget budget{1};
    EXPECT_EQ(clients.unmap(call, generation, budget).value(), Progress::again);
    EXPECT_EQ(map(client, 0, {direct | rw}, 12, 1), code(ClientError::stale_generation));
    EXPECT_TRUE(call.is_continued_by(client, 0, Word{10} << 21, Rights::all()));
    EXPECT_FALSE(call.is_continued_by(client, 0x1000, Word{10} << 21, Rights::all()));
    // What is mapped behind its back goes too.
    EXPECT_EQ(map(client, 0, {direct | rw}), 1);
    until_done([&](Budget& b) { return clients.unmap(call, generation, b).value(); }, 1);
    EXPECT_EQ(generation, 2u);
    EXPECT_TRUE(is_empty(client, 0));
}

TEST_F(Clients, map_without_memory_does_what_it_can)
{
    Word const client = create();
    map(client, 0x1ff000, {direct | rw});
    server.quota().set_limit(server.quota().used());
    EXPECT_EQ(map(client, 0x1fe000, {direct | rw, direct | rw, direct | rw, direct | rw}), 2);
    EXPECT_EQ(map(client, 0x200000, {direct | rw}), code(ClientError::no_memory));
    EXPECT_EQ(map(client, Word{1} << 40, {direct | rw}), code(ClientError::no_memory));
    server.quota().set_limit(server.quota().used() + 2 * page_size);
    EXPECT_EQ(map(client, Word{1} << 40, {direct | rw}), code(ClientError::no_memory));
    EXPECT_EQ(server.quota().used() + 2 * page_size, server.quota().limit());
    // A large page stays when there is no table for the small one that is to replace a part of it.
    EXPECT_EQ(map(client, 0x600000, {direct | rw}, 21), 1);
    server.quota().set_limit(server.quota().used());
    EXPECT_EQ(map(client, 0x603000, {direct | rw}), code(ClientError::no_memory));
    EXPECT_TRUE(has(client, 0x600000, 0, rw));
    // The server empties the client, and goes on.
    unmap(client, 0, L4_CLIENT_AREA_END, rwx);
    EXPECT_EQ(map(client, 0x603000, {direct | rw}), 1);
}

// ---- Unmap ---------------------------------------------------------------------------------------------------------

TEST_F(Clients, unmap_revokes_the_named_rights)
{
    Word const client = create();
    map(client, 0x1000, {direct | rwx, direct | rwx, direct | rwx, direct | rwx});
    EXPECT_EQ(unmap(client, 0x1000, 0x2000, L4_MAP_W), 1);
    EXPECT_TRUE(has(client, 0x1000, 0, rx) && has(client, 0x2000, 0, rwx));
    EXPECT_EQ(unmap(client, 0x2000, 0x3000, L4_MAP_X), 2);
    EXPECT_TRUE(has(client, 0x2000, 0, rw));
    EXPECT_EQ(unmap(client, 0x3000, 0x4000, L4_MAP_R), 3);
    EXPECT_TRUE(is_empty(client, 0x3000) && has(client, 0x4000, 0, rwx));
    EXPECT_EQ(unmap(client, 0, L4_CLIENT_AREA_END, 0), 4);
    EXPECT_TRUE(has(client, 0x4000, 0, rwx));
    EXPECT_EQ(unmap(client, 0x4000, 0x4000, rwx), 5);
    EXPECT_TRUE(has(client, 0x4000, 0, rwx));
}

TEST_F(Clients, unmap_checks_its_arguments)
{
    Word const client = create();
    map(client, 0x1000, {direct | rwx});
    EXPECT_EQ(unmap(client, 0x800, 0x2000, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(client, 0, 0x1800, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(client, 0x2000, 0x1000, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(client, 0, L4_CLIENT_AREA_END + page_size, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(client, direct, direct + 0x1000, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(client, 0x1000, 0, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(client + 1, 0, 0x1000, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(~Word{0}, 0, 0x1000, rwx), code(ClientError::invalid));
    EXPECT_TRUE(has(client, 0x1000, 0, rwx));
    EXPECT_EQ(unmap(client, 0, 0, rwx), 1);
}

TEST_F(Clients, unmap_takes_a_large_page_that_is_cut_as_a_whole)
{
    Word const client = create();
    map(client, 0x200000, {direct | rwx, (direct + 2 * megabyte) | rwx}, 21);
    unmap(client, 0x203000, 0x204000, L4_MAP_W);
    EXPECT_TRUE(has(client, 0x200000, 0, rx) && has(client, 0x400000, 2 * megabyte, rwx));
    unmap(client, 0x3ff000, 0x401000, rwx);
    EXPECT_TRUE(is_empty(client, 0x200000) && is_empty(client, 0x400000));
}

TEST_F(Clients, unmap_of_everything_frees_the_tables)
{
    Word const client = create();
    (void)clients.load(client, 0);
    Word const before = server.quota().used();
    for (Word i = 0; i < 50; ++i) map(client, (i * 0x123'4567'8000) & 0x7fff'ffff'e000 & ~Word{0xfff}, {direct | rw});
    map(client, 0x7fff'ffff'e000, {direct | rw});
    map(client, 0x40000000, {direct | rw}, 21);
    EXPECT_GT(server.quota().used(), before + 100 * page_size);
    unmap(client, 0, L4_CLIENT_AREA_END, rwx, 1);
    EXPECT_EQ(server.quota().used(), before);
    auto* pml4 = direct_map<Pte>(clients.load(client, 0).value());
    for (unsigned i = 0; i < 256; ++i) EXPECT_EQ(pml4[i].raw(), 0u);
}

TEST_F(Clients, unmap_skips_what_is_absent)
{
    Word const client = create();
    map(client, 0x1000, {direct | rw});
    map(client, 0x7000'0000'0000, {direct | rw});
    // Two tables of each level on the way: the steps say how much was looked at.
    ClientUnmapCall call{client, 0, 0x7fff'ff00'0000, Rights{L4_RIGHT_W}};
    Word generation;
    Budget budget{9};
    EXPECT_EQ(clients.unmap(call, generation, budget).value(), Progress::done);
    EXPECT_TRUE(has(client, 0x1000, 0, r) && has(client, 0x7000'0000'0000, 0, r));
}

TEST_F(Clients, unmap_flushes_once)
{
    Word const client = create();
    std::vector<Word> const entries(64, direct | rw);
    EXPECT_EQ(map(client, 0, entries), 64);
    EXPECT_EQ(machine.flushes, 0u); // there was nothing before
    unmap(client, 0, 0x40000, L4_MAP_W, 1000);
    EXPECT_EQ(machine.flushes, 1u);
    unmap(client, 0, 0x40000, L4_MAP_W, 1000);
    EXPECT_EQ(machine.flushes, 1u); // nothing changed
}

// ---- Status --------------------------------------------------------------------------------------------------------

TEST_F(Clients, lookup_finds_what_map_has_entered)
{
    Word const client = create();
    map(client, 0x400000, {(direct + 0x5000) | rx, 0, (direct + 0x7000) | r});
    map(client, 0x40000000, {(direct + 2 * megabyte) | rw}, 21);
    map(client, 0x7fff'ffff'e000, {(direct + 0x9000) | rw});
    std::vector<Word> const expected{0x400000 | rx,   0x5000 | 12,       0x402000 | r,          0x7000 | 12,
                                     0x40000000 | rw, 2 * megabyte | 21, 0x7fff'ffff'e000 | rw, 0x9000 | 12};
    std::vector<Word> seen;
    for (Word position = 0; position != L4_CLIENT_AREA_END;) {
        Word found[L4_VCPU_MAP_ENTRIES];
        auto const count = clients.lookup(client, position, found);
        ASSERT_TRUE(count);
        seen.insert(seen.end(), found, found + 2 * count.value());
    }
    EXPECT_EQ(seen, expected);

    // In the middle of a page: the page as a whole.
    Word position = 0x40123000, found[L4_VCPU_MAP_ENTRIES];
    EXPECT_GE(clients.lookup(client, position, found).value(), 1u);
    EXPECT_EQ(found[0], 0x40000000 | rw);
    for (Word bad : {L4_CLIENT_AREA_END, ~Word{0}})
        EXPECT_EQ(clients.lookup(client, bad, found).error(), ClientError::invalid);
    position = 0;
    EXPECT_EQ(clients.lookup(client + 1, position, found).error(), ClientError::invalid);
}

TEST_F(Clients, lookup_ends_when_map_is_full_and_goes_on)
{
    Word const client = create();
    for (Word i = 0; i < L4_VCPU_LOOKUP_PAGES + 8; ++i) map(client, i << 12, {(direct + 0x5000) | r});
    Word position = 0, found[L4_VCPU_MAP_ENTRIES];
    EXPECT_EQ(clients.lookup(client, position, found).value(), Word{L4_VCPU_LOOKUP_PAGES});
    EXPECT_EQ(position, Word{L4_VCPU_LOOKUP_PAGES} << 12);
    EXPECT_EQ(clients.lookup(client, position, found).value(), 8u);
    EXPECT_EQ(found[0], position == 0 ? 0 : Word{L4_VCPU_LOOKUP_PAGES} << 12 | r);
}

TEST_F(Clients, lookup_of_the_server_shows_its_dynamic_half_only)
{
    map(0, dynamic, {(direct + 0x5000) | rw});
    unsigned pages = 0;
    for (Word position = L4_SERVER_AREA_START; position != 0;) {
        Word found[L4_VCPU_MAP_ENTRIES];
        Word const count = clients.lookup(0, position, found).value();
        for (Word i = 0; i < count; ++i, ++pages) {
            EXPECT_EQ(found[2 * i], dynamic | rw);
            EXPECT_EQ(found[2 * i + 1], 0x5000u | 12);
        }
    }
    EXPECT_EQ(pages, 1u);
}

TEST_F(Clients, status_reads_and_resets)
{
    Word const client = create();
    map(client, 0x1ff000, {direct | rw, direct | rw, 0, direct | rw});
    auto touch = [&](Word address, bool write) {
        PageTable::Slot const slot = at(client, address);
        *slot.entry = Pte{slot.pte.raw() | Pte::accessed | (write ? Pte::dirty : 0)};
    };
    touch(0x1ff000, false);
    touch(0x202000, true);
    auto status = clients.status(client, 0x1fe000, 64).value();
    EXPECT_EQ(status.referenced, 0b10010u);
    EXPECT_EQ(status.written, 0b10000u);
    status = clients.status(client, 0x1fe000, 64).value();
    EXPECT_EQ(status.referenced | status.written, 0u);
    // A large page speaks for all its pages, also when the range begins or ends inside.
    map(client, 0x400000, {direct | rw}, 21);
    touch(0x400000, true);
    status = clients.status(client, 0x5fd000, 6).value();
    EXPECT_EQ(status.referenced, 0b111u);
    touch(0x400000, false);
    EXPECT_EQ(clients.status(client, 0x3ff000, 3).value().referenced, 0b110u);
    touch(0x400000, false);
    EXPECT_EQ(clients.status(client, 0x400000, 64).value().referenced, ~Word{0});
    EXPECT_EQ(clients.status(client, 0x400000, 65).error(), ClientError::invalid);
    EXPECT_EQ(clients.status(client, 0x400800, 1).error(), ClientError::invalid);
    EXPECT_EQ(clients.status(client, 0x7fff'ffff'e000, 2).error(), ClientError::invalid);
    EXPECT_EQ(clients.status(client, ~Word{0xfff}, 2).error(), ClientError::invalid);
    EXPECT_EQ(clients.status(client + 1, 0, 1).error(), ClientError::invalid);
    EXPECT_TRUE(clients.status(client, 0x7fff'ffff'e000, 1));
    EXPECT_TRUE(clients.status(0, ~Word{0xfff}, 1));
    EXPECT_EQ(clients.status(client, 0x400000, 0).value().referenced, 0u);
}

// ---- Client 0 ------------------------------------------------------------------------------------------------------

TEST_F(Clients, client_0_is_the_servers_own_half)
{
    EXPECT_EQ(map(0, dynamic, {(direct + 0x5000) | rw, (direct + 9 * megabyte) | rx}), 2);
    EXPECT_TRUE(has(0, dynamic, 0x5000, rw) && has(0, dynamic + page_size, 9 * megabyte, rx));
    EXPECT_FALSE(at(0, dynamic).pte.is_user());
    Word const client = create();
    EXPECT_TRUE(has(client, dynamic, 0x5000, rw)); // every client's upper half
    EXPECT_EQ(map(0, 0x5000, {direct | rw}), code(ClientError::invalid));
    EXPECT_EQ(map(0, 0xffff'8000'0000'0000, {direct | rw}), code(ClientError::invalid));
    EXPECT_EQ(map(0, 0xffff'ffff'ffff'f000, {direct | rw}), 1);
    EXPECT_EQ(unmap(0, 0xffff'ffff'ffff'f000, 0, rwx), 1);
    EXPECT_TRUE(is_empty(0, 0xffff'ffff'ffff'f000));
    EXPECT_EQ(unmap(0, 0, 0x1000, rwx), code(ClientError::invalid));
    EXPECT_EQ(unmap(0, dynamic, dynamic + page_size, L4_MAP_W), 2);
    EXPECT_TRUE(has(0, dynamic, 0x5000, r));
}

TEST_F(Clients, client_0_cannot_cover_what_the_pager_or_the_kernel_mapped)
{
    EXPECT_EQ(map(0, direct, {(direct + 0x5000) | rw}), code(ClientError::invalid));
    EXPECT_EQ(map(0, direct + 9 * megabyte, {(direct + 0x5000) | rw}), code(ClientError::invalid));
    EXPECT_EQ(map(0, direct + 8 * megabyte, {direct | rw}, 21), code(ClientError::invalid));
    EXPECT_EQ(map(0, direct, {direct | rw}, 21), code(ClientError::invalid));
    for (Word address : {L4_SERVER_KIP, L4_SERVER_UTCB_AREA, L4_SERVER_VCPU_PAGE(5)})
        EXPECT_EQ(map(0, address, {direct | rw}), code(ClientError::invalid));
    EXPECT_EQ(map(0, L4_SERVER_KIP, {direct | rw}, 21), code(ClientError::invalid));
    EXPECT_EQ(map(0, direct + 10 * megabyte, {direct | rw}), 1); // behind it there is room
    // Nor remove it.
    EXPECT_GT(unmap(0, L4_SERVER_AREA_START, 0, rwx), 0);
    EXPECT_TRUE(has(0, direct, 0, rwx) && has(0, direct + 9 * megabyte, 9 * megabyte, rwx));
    EXPECT_TRUE(has(0, L4_SERVER_KIP, 0x77000, r) && has(0, L4_SERVER_UTCB_AREA, 0x78000, rw));
    EXPECT_TRUE(is_empty(0, direct + 10 * megabyte));
}

TEST_F(Clients, client_0_splits_a_large_page_that_is_cut)
{
    map(0, dynamic, {(direct + 2 * megabyte) | rwx, (direct + 4 * megabyte) | rwx}, 21);
    unmap(0, dynamic + 0x3000, dynamic + 0x5000, rwx);
    EXPECT_TRUE(has(0, dynamic + 0x2000, 2 * megabyte + 0x2000, rwx) && is_empty(0, dynamic + 0x3000) &&
                is_empty(0, dynamic + 0x4000) && has(0, dynamic + 0x5000, 2 * megabyte + 0x5000, rwx));
    unmap(0, dynamic + 2 * megabyte - page_size, dynamic + 2 * megabyte + page_size, L4_MAP_W);
    EXPECT_TRUE(has(0, dynamic + 2 * megabyte, 4 * megabyte, rx) &&
                has(0, dynamic + 2 * megabyte + page_size, 4 * megabyte + page_size, rwx));
    // Mapping over a part splits as well.
    map(0, dynamic + 4 * megabyte, {(direct + 2 * megabyte) | rwx}, 21);
    map(0, dynamic + 4 * megabyte + 0x7000, {direct | r});
    EXPECT_TRUE(has(0, dynamic + 4 * megabyte + 0x7000, 0, r) && has(0, dynamic + 4 * megabyte, 2 * megabyte, rwx));
    // Without memory for it nothing is done.
    map(0, dynamic + 6 * megabyte, {(direct + 2 * megabyte) | rwx}, 21);
    server.quota().set_limit(0);
    EXPECT_EQ(unmap(0, dynamic + 6 * megabyte, dynamic + 6 * megabyte + page_size, rwx), code(ClientError::no_memory));
    EXPECT_EQ(map(0, dynamic + 6 * megabyte, {direct | r}), code(ClientError::no_memory));
    EXPECT_TRUE(has(0, dynamic + 6 * megabyte, 2 * megabyte, rwx));
}

TEST_F(Clients, the_pager_can_take_back_what_the_dynamic_half_covers)
{
    map(0, dynamic, {direct | rw, direct | rw});
    send(pager, Fpage::memory(8 * megabyte, 12, Rights::all()), server, dynamic);
    EXPECT_TRUE(has(0, dynamic, 8 * megabyte, rwx) && has(0, dynamic + page_size, 0, rw));
    EXPECT_EQ(map(0, dynamic, {direct | rw}), code(ClientError::invalid));
    send(pager, Fpage::memory(10 * megabyte, 21, Rights::all()), server, dynamic + 2 * megabyte);
    unmap(0, dynamic, dynamic + 8 * megabyte, rwx);
    EXPECT_TRUE(has(0, dynamic, 8 * megabyte, rwx) && is_empty(0, dynamic + page_size) &&
                has(0, dynamic + 2 * megabyte, 10 * megabyte, rwx));
    // Over empty tables that were left behind.
    map(0, dynamic + 16 * megabyte, {direct | rw, direct | rw});
    unmap(0, dynamic + 16 * megabyte, dynamic + 16 * megabyte + 0x2000, rwx);
    send(pager, Fpage::memory(10 * megabyte, 21, Rights::all()), server, dynamic + 16 * megabyte);
    EXPECT_EQ(at(0, dynamic + 16 * megabyte).level, 2u);
}

// ---- The pager takes memory away -----------------------------------------------------------------------------------

TEST_F(Clients, lose_what_their_server_loses)
{
    Word const first = create(), second = create(), third = create();
    map(first, 0x1000, {(direct + 9 * megabyte) | rw, (direct + 9 * megabyte + 0x1000) | rw});
    map(second, 0x7000'0000'0000, {(direct + 9 * megabyte) | rw});
    map(third, 0x40000000, {direct | rw}, 21);
    map(0, dynamic, {(direct + 9 * megabyte) | rw, (direct + 0x3000) | rw});

    revoke(Fpage::memory(9 * megabyte, 12, Rights{L4_RIGHT_W}));
    EXPECT_TRUE(has(first, 0x1000, 9 * megabyte, r) && has(second, 0x7000'0000'0000, 9 * megabyte, r));
    EXPECT_TRUE(has(0, dynamic, 9 * megabyte, r) && has(first, 0x2000, 9 * megabyte + 0x1000, rw));
    EXPECT_TRUE(has(0, dynamic + page_size, 0x3000, rw) && has(third, 0x40000000, 0, rw));

    revoke(Fpage::memory(9 * megabyte, 12, Rights::all()));
    EXPECT_TRUE(is_empty(first, 0x1000) && is_empty(second, 0x7000'0000'0000) && is_empty(0, dynamic));
    EXPECT_TRUE(is_empty(0, direct + 9 * megabyte));
    EXPECT_TRUE(has(first, 0x2000, 9 * megabyte + 0x1000, rw));

    revoke(Fpage::memory(0, 21, Rights::all()));
    EXPECT_TRUE(is_empty(third, 0x40000000) && is_empty(0, dynamic + page_size));
}

TEST_F(Clients, cannot_get_a_page_while_the_search_for_it_goes_on)
{
    Word const client = create(), other = create();
    for (Word i = 0; i < 30; ++i) map(client, i << 30, {(direct + 9 * megabyte) | rw});
    MappingCursors op_cursors;
    UnmapOperation op{&pager, Fpage::memory(9 * megabyte, 12, Rights::all()), false, &op_cursors};
    PageTable const& table = server.page_table();
    Mapping const& page = *table.mapping(table.find(VirtAddr{direct + 9 * megabyte}));
    while (!page.revoking().read()) {
        Budget budget{1};
        ASSERT_EQ(database.unmap(op, budget), Progress::again);
    }
    EXPECT_EQ(map(client, 0, {(direct + 9 * megabyte) | r}), code(ClientError::no_access));
    // Two that interrupt each other, one step at a time, both end; clients come and go meanwhile.
    MappingCursors second_cursors;
    UnmapOperation second{&pager, Fpage::memory(8 * megabyte, 12, Rights{L4_RIGHT_W}), false, &second_cursors};
    bool first_done = false, second_done = false;
    for (int calls = 0; !first_done || !second_done; ++calls) {
        ASSERT_LT(calls, 100000);
        Budget one{1}, another{1};
        if (!first_done) first_done = database.unmap(op, one) == Progress::done;
        if (!second_done) second_done = database.unmap(second, another) == Progress::done;
        if (calls == 20) destroy(other);
        if (calls == 30) map(create(), 0, {(direct + 8 * megabyte + 0x5000) | r});
    }
    for (Word i = 0; i < 30; ++i) EXPECT_TRUE(is_empty(client, i << 30));
    EXPECT_TRUE(has(0, direct + 8 * megabyte, 8 * megabyte, rx));
}

TEST_F(Clients, a_wider_revocation_overtakes_a_narrower_one)
{
    Word const client = create();
    map(client, 0x1000, {(direct + 9 * megabyte) | rw});
    MappingCursors narrow_cursors;
    UnmapOperation narrow{&pager, Fpage::memory(9 * megabyte, 12, Rights{L4_RIGHT_W}), false, &narrow_cursors};
    Budget budget{1};
    EXPECT_EQ(database.unmap(narrow, budget), Progress::again);
    revoke(Fpage::memory(9 * megabyte, 12, Rights::all()));
    EXPECT_TRUE(is_empty(client, 0x1000) && is_empty(0, direct + 9 * megabyte));
    until_done([&](Budget& b) { return database.unmap(narrow, b); }, 1);
    // The page comes back as new.
    send(pager, Fpage::memory(9 * megabyte, 12, Rights::all()), server, direct + 9 * megabyte);
    EXPECT_EQ(map(client, 0x1000, {(direct + 9 * megabyte) | rw}), 1);
}

} // namespace
} // namespace pecan
