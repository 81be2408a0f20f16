// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/module_plan.hpp"

#include "kernel/boot/loader.hpp"
#include "kernel/boot/placement.hpp"
#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pecan {
namespace {

constexpr Word mib = Word{1} << 20;

MemoryMap map_of(std::vector<FirmwareRegion> const& entries)
{
    MemoryMap::Entries list;
    for (FirmwareRegion const& entry : entries) EXPECT_TRUE(list.add(entry));
    MemoryMap map;
    map.build(list);
    return map;
}

Modules modules_of(std::vector<std::pair<char const*, PhysRange>> const& list)
{
    Modules modules;
    for (auto const& [name, range] : list) EXPECT_TRUE(modules.add({name, name, range}));
    return modules;
}

PhysRange range(Word start, Word size) { return {PhysAddr{start}, size}; }

Claims kernel_at(PhysRange where)
{
    Claims claims;
    claims.add(where, "the kernel");
    return claims;
}

PhysAddr goes_to(ModulePlan const& plan, std::size_t module)
{
    for (Move const& step : plan)
        if (step.module == module) return step.to;
    return PhysAddr{0};
}

TEST(ModulePlan, modules_go_to_the_top_in_their_order)
{
    MemoryMap const map = map_of({{0, 0x9fc00, 1}, {mib, 255 * mib, 1}});
    Modules const modules =
        modules_of({{"a", range(0x138000, 32 * mib)}, {"b", range(0x138000 + 32 * mib, 5000)}, {"e", range(0, 0)}});
    ModulePlan plan;
    ASSERT_TRUE(plan_modules(map, kernel_at(range(mib, 0x20000)), modules, plan).has_value());
    EXPECT_EQ(plan.size(), 2u); // nothing to move of an empty module
    EXPECT_EQ(goes_to(plan, 1), PhysAddr{256 * mib - 8192});
    EXPECT_EQ(goes_to(plan, 0), PhysAddr{224 * mib - 8192});
}

TEST(ModulePlan, only_memory_below_4_gib)
{
    MemoryMap const map = map_of({{mib, 3071 * mib, 1}, {4096 * mib, 4096 * mib, 1}});
    ModulePlan plan;
    ASSERT_TRUE(plan_modules(map, {}, modules_of({{"a", range(2 * mib, mib)}}), plan).has_value());
    EXPECT_EQ(goes_to(plan, 0), PhysAddr{3071 * mib});
}

TEST(ModulePlan, a_reserved_island_is_left_alone)
{
    MemoryMap const map = map_of({{mib, 63 * mib, 1}, {60 * mib, 100, 2}});
    ModulePlan plan;
    ASSERT_TRUE(plan_modules(map, {}, modules_of({{"a", range(2 * mib, 10 * mib)}}), plan).has_value());
    EXPECT_EQ(goes_to(plan, 0), PhysAddr{50 * mib});
}

TEST(ModulePlan, the_place_of_a_module_that_waits_is_not_free)
{
    // The higher module lies outside of RAM and has its turn first; the top of RAM is taken.
    MemoryMap const map = map_of({{mib, 8 * mib, 1}, {16 * mib, mib, 2}});
    Modules const modules = modules_of({{"low", range(8 * mib, mib)}, {"high", range(16 * mib, mib)}});
    ModulePlan plan;
    ASSERT_TRUE(plan_modules(map, {}, modules, plan).has_value());
    EXPECT_EQ(goes_to(plan, 1), PhysAddr{7 * mib});
    EXPECT_EQ(goes_to(plan, 0), PhysAddr{8 * mib});
}

TEST(ModulePlan, a_full_machine_leaves_modules_where_they_are)
{
    MemoryMap const map = map_of({{mib, 8 * mib, 1}});
    Modules const modules = modules_of({{"b", range(5 * mib, 4 * mib)}, {"a", range(mib, 4 * mib)}});
    ModulePlan plan;
    ASSERT_TRUE(plan_modules(map, {}, modules, plan).has_value());
    EXPECT_EQ(goes_to(plan, 0), PhysAddr{5 * mib});
    EXPECT_EQ(goes_to(plan, 1), PhysAddr{mib});
    EXPECT_EQ(printed(plan[0]), "00500000..008fffff stays");
}

TEST(ModulePlan, errors_name_the_module)
{
    MemoryMap const map = map_of({{mib, 8 * mib, 1}});
    ModulePlan plan;
    auto result = plan_modules(map, {}, modules_of({{"x", range(mib + 1, 8 * mib + 1)}}), plan);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(printed(result.error()), "module 'x' at 00100001..00900001 can be moved nowhere: load fewer modules or "
                                       "add memory");

    result = plan_modules(map, {}, modules_of({{"x", range(mib, mib)}, {"y", range(2 * mib - 1, 5)}}), plan);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().fault, BootFault::module_overlaps);
    EXPECT_EQ(str(result.error().file), "y");
    EXPECT_EQ(str(result.error().other), "x");

    result = plan_modules(map, kernel_at(range(mib, mib)), modules_of({{"x", range(mib, 5)}}), plan);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(str(result.error().other), "the kernel");

    for (PhysRange where : {range(4096 * mib - 1, 2), range(5000 * mib, 1), range(mib, ~Word{0}), range(~Word{0}, 2)}) {
        result = plan_modules(map, {}, modules_of({{"x", where}}), plan);
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().fault, BootFault::module_out_of_reach);
    }
}

/// Physical memory from 0 to 3 MiB of a small machine, and a random state of it.
class Machine {
public:
    static constexpr Word size = 3 * mib;

    explicit Machine(unsigned seed) : random_{seed}
    {
        regions_.push_back({mib, mib + pick(mib), 1});
        for (unsigned i = 0, count = pick(4); i < count; ++i)
            regions_.push_back({mib + pick(2 * mib), pick(0x20000), 2});
        map_ = map_of(regions_);
        claims_ = kernel_at(range(mib, 0x10000 + pick(0x20) * page_size));
    }

    void add_modules(bool page_aligned)
    {
        page_aligned_ = page_aligned;
        Word const largest = pick(2) == 0 ? 0x8000 : 0x90000;
        for (unsigned i = 0, count = 1 + pick(12); i < count; ++i) try_module(largest);
    }

    void check()
    {
        ModulePlan plan;
        auto const result = plan_modules(map_, claims_, modules_, plan);
        if (!result.has_value()) {
            // Only a module without a page of its own may find no room.
            EXPECT_EQ(result.error().fault, BootFault::no_room_for_module);
            EXPECT_FALSE(page_aligned_);
            return;
        }
        for (Move const& step : plan) expect_legal(step);
        run(plan);
    }

private:
    unsigned pick(Word below) { return static_cast<unsigned>(random_() % below); }

    void try_module(Word largest)
    {
        PhysRange where = range(mib + pick(2 * mib), 1 + pick(largest));
        if (page_aligned_) where.start = where.start.aligned_down(page_size);
        PhysRange const pages = range(where.start.raw(), align_up(where.size, page_size));
        if (pages.end() > PhysAddr{size}) return;
        // A boot loader may also use memory that its map calls reserved; such a module cannot stay.
        if ((page_aligned_ && !map_.is_ram(pages)) || claims_.highest_overlap(where) != nullptr) return;
        for (Module const& other : modules_) {
            PhysRange const taken = range(other.range.start.raw(), align_up(other.range.size, page_size));
            if ((page_aligned_ ? taken : other.range).overlaps(page_aligned_ ? pages : where)) return;
        }
        ASSERT_TRUE(modules_.add({"m", "m", where}));
        std::vector<unsigned char> contents(where.size);
        // Pages differ from each other, and so do modules.
        Word const salt = random_();
        for (Word i = 0; i < where.size; ++i)
            contents[i] = static_cast<unsigned char>((i + salt) * 0x9e3779b97f4a7c15 >> 56);
        std::copy(contents.begin(), contents.end(), memory_ + where.start.raw());
        contents_.push_back(contents);
    }

    void expect_legal(Move const& step)
    {
        PhysRange const to = range(step.to.raw(), align_up(step.from.size, page_size));
        EXPECT_TRUE(step.to.is_aligned_to(page_size));
        EXPECT_TRUE(map_.is_ram(to));
        EXPECT_EQ(claims_.highest_overlap(to), nullptr);
    }

    /// Carries the plan out in this process's memory, by the kernel's own code. Pages of the plan are pages here.
    void run(ModulePlan plan)
    {
        Word const base = reinterpret_cast<Word>(memory_);
        Modules there = modules_;
        for (std::size_t i = 0; i < plan.size(); ++i) {
            plan[i].from.start = plan[i].from.start + base;
            plan[i].to = plan[i].to + base;
        }
        move_modules(plan, there);
        for (std::size_t i = 0; i < there.size(); ++i) {
            ByteView const now = contents(there[i]);
            EXPECT_EQ(std::vector<unsigned char>(now.data(), now.data() + now.size()), contents_[i]);
        }
    }

    std::mt19937 random_;
    alignas(page_size) static inline unsigned char memory_[size];
    std::vector<FirmwareRegion> regions_;
    MemoryMap map_;
    Claims claims_;
    bool page_aligned_{true};
    Modules modules_;
    std::vector<std::vector<unsigned char>> contents_;
};

TEST(ModulePlan, contents_survive_on_random_machines)
{
    for (unsigned seed = 0; seed < 400; ++seed) {
        SCOPED_TRACE(seed);
        Machine machine{seed};
        machine.add_modules(seed % 4 != 0);
        machine.check();
    }
}

TEST(HeapPlace, a_sixteenth_below_the_modules)
{
    MemoryMap const map = map_of({{0, 0x9fc00, 1}, {mib, 1023 * mib, 1}});
    Claims claims = kernel_at(range(mib, mib));
    claims.add(range(1000 * mib, 24 * mib), "vmlinux");
    auto const heap = place_heap(map, claims, PhysAddr{1000 * mib});
    ASSERT_TRUE(heap.has_value());
    EXPECT_EQ(heap.value().size, 62 * mib); // of 1023 MiB and a bit, in large pages
    EXPECT_EQ(heap.value().end(), PhysAddr{1000 * mib});
}

TEST(HeapPlace, at_most_512_mib_and_below_4_gib)
{
    MemoryMap const map = map_of({{mib, 3071 * mib, 1}, {4096 * mib, 60000 * mib, 1}});
    auto const heap = place_heap(map, {}, four_gib);
    ASSERT_TRUE(heap.has_value());
    EXPECT_EQ(heap.value().size, 512 * mib);
    EXPECT_EQ(heap.value().end(), PhysAddr{3072 * mib});
}

TEST(HeapPlace, above_the_modules_if_there_is_no_room_below)
{
    MemoryMap const map = map_of({{mib, 255 * mib, 1}});
    Claims claims;
    claims.add(range(20 * mib, 100 * mib), "vmlinux");
    auto const heap = place_heap(map, claims, PhysAddr{20 * mib});
    ASSERT_TRUE(heap.has_value());
    EXPECT_EQ(heap.value().end(), PhysAddr{256 * mib});
}

TEST(HeapPlace, takes_less_where_memory_is_scattered)
{
    MemoryMap const map = map_of({{mib, 39 * mib, 1}, {100 * mib, 30 * mib, 1}, {4096 * mib, 4096 * mib, 1}});
    auto const heap = place_heap(map, {}, four_gib);
    ASSERT_TRUE(heap.has_value());
    EXPECT_GE(heap.value().size, 16 * mib);
    EXPECT_TRUE(map.is_ram(heap.value()));
}

TEST(HeapPlace, low_memory_is_not_for_the_heap)
{
    MemoryMap const map = map_of({{mib, 30 * mib, 1}});
    auto const heap = place_heap(map, {}, four_gib);
    ASSERT_FALSE(heap.has_value());
    EXPECT_EQ(printed(heap.error()), "too little memory: 30 MiB of RAM leave no 16 MiB in one piece above 16 MiB for "
                                     "the kernel's heap: add memory or load fewer modules");
}

TEST(Placement, keeps_to_its_bounds)
{
    MemoryMap const map = map_of({{mib, 8 * mib, 1}});
    EXPECT_FALSE(highest_place(map, {}, {PhysAddr{0}, PhysAddr{mib}}, 1, 1).has_value());
    EXPECT_FALSE(highest_place(map, {}, {PhysAddr{0}, four_gib}, 9 * mib, 1).has_value());
    EXPECT_FALSE(highest_place(map, {}, {PhysAddr{0}, four_gib}, ~Word{0}, page_size).has_value());
    EXPECT_EQ(highest_place(map, {}, {PhysAddr{0}, PhysAddr{2 * mib + 5}}, 1, 16).value(), PhysAddr{2 * mib});
    EXPECT_FALSE(highest_place(map, {}, {PhysAddr{8 * mib + 1}, four_gib}, mib, mib).has_value());
}

} // namespace
} // namespace pecan
