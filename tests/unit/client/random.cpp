// SPDX-License-Identifier: BSD-2-Clause
/// Random calls on several clients against plain maps of 4 KiB pages.
#include "tests/unit/client/world.hpp"

#include <map>
#include <random>

namespace pecan {
namespace {

struct ModelPage {
    Word frame;
    Word rights;
    Word large; ///< start address of the large page it belongs to, 1: none
};
using ModelClient = std::map<Word, ModelPage>;

class RandomClients : public ClientWorld, public testing::WithParamInterface<int> {
protected:
    void SetUp() override { random.seed(static_cast<unsigned>(GetParam())); }
    Word pick(Word count) { return random() % count; }
    Word base(Word client) { return client == 0 ? dynamic : 0; }
    Word pick_page(Word client)
    {
        static constexpr Word regions[] = {0, 0x1fa000, 0x3fffe000, 0x7f'ffff'd000};
        return base(client) + regions[pick(4)] + pick(8) * page_size;
    }
    static void erase_large(ModelClient& model, Word address)
    {
        auto const it = model.find(address);
        if (it == model.end() || it->second.large == 1) return;
        Word const start = it->second.large;
        for (Word i = 0; i < 512; ++i) model.erase(start + i * page_size);
    }
    /// In the server's own half a large page that is cut becomes small ones.
    static void split_large(ModelClient& model, Word address)
    {
        auto const it = model.find(address);
        if (it == model.end() || it->second.large == 1) return;
        Word const start = it->second.large;
        for (Word i = 0; i < 512; ++i) model[start + i * page_size].large = 1;
    }
    void model_map(Word client, Word address, std::vector<Word> const& entries, Word size)
    {
        for (Word i = 0; i < entries.size(); ++i) {
            Word const source = align_down(entries[i], page_size) - direct, rights = entries[i] & rwx;
            if ((rights & r) == 0) continue;
            for (Word part = 0; part < size; part += page_size) {
                Word const at = address + i * size + part;
                if (size == page_size) client == 0 ? split_large(models[client], at) : erase_large(models[client], at);
                models[client][at] = {source + part, rights, size == page_size ? 1 : address + i * size};
            }
        }
    }
    void model_unmap(Word client, Word start, Word end, Word rights)
    {
        ModelClient& model = models[client];
        if (client == 0 && rights != 0 && start != end) {
            if (!is_aligned(start, large_page_size)) split_large(model, start);
            if (!is_aligned(end, large_page_size)) split_large(model, end);
        }
        for (auto it = model.lower_bound(start); it != model.end() && it->first < end;) {
            Word const address = it->first, large = it->second.large;
            if ((rights & r) != 0) {
                if (large != 1)
                    erase_large(model, address);
                else
                    model.erase(it);
                it = model.upper_bound(address);
                continue;
            }
            for (Word i = 0; large != 1 && i < 512; ++i) model[large + i * page_size].rights &= ~rights;
            it->second.rights &= ~rights;
            ++it;
        }
    }
    void model_lose(Word frame, Word size, Word rights)
    {
        for (auto& [client, model] : models) {
            std::vector<Word> hit;
            for (auto& [address, page] : model)
                if (page.frame >= frame && page.frame < frame + size) hit.push_back(address);
            for (Word address : hit) {
                auto const it = model.find(address);
                if (it == model.end()) continue;
                Word const large = it->second.large;
                Word const first = large == 1 ? address : large, count = large == 1 ? 1 : 512;
                for (Word i = 0; i < count; ++i) {
                    if ((rights & r) != 0)
                        model.erase(first + i * page_size);
                    else
                        model[first + i * page_size].rights &= ~rights;
                }
            }
        }
    }
    void compare()
    {
        for (auto& [client, model] : models) {
            for (auto const& [address, page] : model) {
                PageTable::Slot const slot = at(client, address);
                ASSERT_TRUE(slot.is_present()) << client << ' ' << std::hex << address;
                ASSERT_EQ(slot.phys(VirtAddr{address}).raw(), page.frame);
                ASSERT_EQ(slot.pte.rights().raw(), page.rights);
                ASSERT_EQ(slot.level == 2, page.large != 1);
                ASSERT_EQ(slot.pte.is_user(), client != 0);
            }
            for (int i = 0; i < 20; ++i) {
                Word const address = pick_page(client);
                ASSERT_EQ(!is_empty(client, address), model.count(address) != 0)
                    << client << ' ' << std::hex << address;
            }
        }
    }
    std::mt19937_64 random;
    std::map<Word, ModelClient> models;
};

TEST_P(RandomClients, agree_with_the_model)
{
    models[0];
    for (int i = 0; i < 3; ++i) models[create()];
    for (int round = 0; round < 1000; ++round) {
        SCOPED_TRACE(round);
        Word const client = pick(4);
        Word const what = pick(20);
        if (what < 10) {
            bool const large = pick(5) == 0;
            std::vector<Word> entries;
            for (Word i = pick(large ? 2 : 20) + 1; i > 0; --i) {
                Word const rights = pick(8);
                entries.push_back((large ? direct + pick(4) * large_page_size : direct + pick(2560) * page_size) |
                                  rights);
            }
            Word const size = large ? large_page_size : page_size;
            Word const address = align_down(pick_page(client), size);
            Word const count = entries.size();
            ASSERT_EQ(map(client, address, entries, large ? 21 : 12), static_cast<long>(count));
            model_map(client, address, entries, size);
        } else if (what < 17) {
            Word start = pick_page(client), end = pick_page(client);
            if (start > end) std::swap(start, end);
            if (pick(3) != 0) end = start + pick(6) * page_size;
            Word rights = pick(8);
            if (pick(50) == 0) {
                start = base(client);
                end = client == 0 ? dynamic + (Word{1} << 40) : L4_CLIENT_AREA_END;
            }
            ASSERT_GT(unmap(client, start, end, rights, pick(2) == 0 ? 1 : pick(100) + 1), 0);
            model_unmap(client, start, end, rights);
        } else if (what == 17) {
            // The pager takes a page, or the right to write it, and gives it back.
            Word const frame = pick(2) == 0 ? pick(4) * large_page_size : 8 * megabyte + pick(512) * page_size;
            Word const log2 = frame < 8 * megabyte ? 21 : 12;
            Word const rights = pick(2) == 0 ? rwx : Word{L4_RIGHT_W};
            revoke(Fpage::memory(frame, log2, Rights{rights}), pick(3) + 1);
            model_lose(frame, Word{1} << log2, rights);
            send(pager, Fpage::memory(frame, log2, Rights::all()), server, direct + frame);
        } else if (what == 18 && client != 0 && pick(5) == 0) {
            destroy(client);
            models.erase(client);
            Word const again = create();
            ASSERT_EQ(again, client);
            models[client];
        } else {
            compare();
            if (HasFatalFailure()) return;
        }
    }
    for (Word client = 1; client < 4; ++client) {
        unmap(client, 0, L4_CLIENT_AREA_END, rwx);
        destroy(client);
    }
}

TEST_P(RandomClients, are_consistent_without_memory)
{
    for (int i = 0; i < 3; ++i) create();
    for (int round = 0; round < 1000; ++round) {
        Word const client = pick(4);
        server.quota().set_limit(server.quota().used() + pick(4) * page_size);
        bool const large = pick(5) == 0;
        Word const address = align_down(pick_page(client), large ? large_page_size : page_size);
        std::vector<Word> const entries(pick(20) + 1, direct | rw);
        long const done = map(client, address, entries, large ? 21 : 12);
        ASSERT_TRUE((done > 0 && done <= 20) || done == L4_VCPU_ENOMEM) << done;
        for (long i = 0; i < done; ++i) {
            PageTable::Slot const slot =
                at(client, address + static_cast<Word>(i) * (large ? large_page_size : page_size));
            ASSERT_TRUE(slot.is_present());
        }
        Word const start = pick_page(client);
        long const undone = unmap(client, start, start + pick(20) * page_size, pick(8));
        ASSERT_TRUE(undone > 0 || (undone == L4_VCPU_ENOMEM && client == 0)) << undone;
        if (pick(50) == 0 && client != 0) unmap(client, 0, L4_CLIENT_AREA_END, rwx);
    }
    server.quota().set_limit(4000 * page_size);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomClients, testing::Range(1, 5));

} // namespace
} // namespace pecan
