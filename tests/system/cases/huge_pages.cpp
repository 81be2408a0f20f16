// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/syscall.hpp>

/// Pages of 1 GiB. A machine that has none, or no memory for one, says so itself: KIP and sigma0 must agree.
namespace test {
namespace {

constexpr unsigned log2 = 30;
constexpr Word gibibyte = Word{1} << log2;
constexpr Word view = 64 * gibibyte;

bool kernel_has_huge_pages() { return (l4::kip().page_info & gibibyte) != 0; }

/// An aligned GiB of RAM that no later descriptor calls something else.
bool machine_has_a_whole_gibibyte()
{
    auto const descriptors = l4::memory_descriptors(l4::kip());
    auto const is_ram = [&](Word start) {
        bool ram = false;
        for (auto const& desc : descriptors) {
            if (L4_MEMORY_IS_VIRTUAL(desc) != 0) continue;
            l4::Range const range = l4::range_of(desc);
            if (L4_MEMORY_TYPE(desc) == L4_MEMORY_CONVENTIONAL)
                ram = ram || (range.start <= start && range.end >= start + gibibyte);
            else if (range.start < start + gibibyte && range.end > start)
                ram = false;
        }
        return ram;
    };
    for (Word start = gibibyte; start < 64 * gibibyte; start += gibibyte)
        if (is_ram(start)) return true;
    return false;
}

/// The block is asked for once; sigma0 gives it to nobody else.
Word block()
{
    static Word const base = l4::sigma0::request_any(log2, Fpage::complete()).value_or(0);
    return base;
}

void sigma0_has_one_if_the_machine_has() { CHECK_EQ(block() != 0, machine_has_a_whole_gibibyte()); }

/// With flush a page goes as a whole, however little of it is named: that tells its size.
void one_page()
{
    if (block() == 0) return;
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    auto& last = *reinterpret_cast<Word volatile*>(block() + gibibyte - 8);
    last = 0x1234;
    REQUIRE(task.map(Fpage::memory(block(), log2, l4::Rights::rwx), view));
    CHECK(task.can_read(view + gibibyte - 8, 0x1234));
    REQUIRE(task.unmap(Fpage::memory(view, l4::page_log2, l4::Rights::rwx), true).is_done());
    CHECK(task.cannot_read(view));
    if (kernel_has_huge_pages())
        CHECK(task.cannot_read(view + gibibyte - 8));
    else
        CHECK(task.can_read(view + gibibyte - 8, 0x1234));
}

/// The task's table for the whole takes a frame or two, not the 512 of as many page tables.
void costs_no_tables()
{
    if (block() == 0 || !kernel_has_huge_pages()) return;
    Task task;
    TaskLayout layout;
    layout.quota_frames = 64;
    REQUIRE(task.create(layout) && task.set_window(Fpage::complete()));
    for (Word i = 0; i < 100; ++i)
        REQUIRE(task.map(Fpage::memory(block(), log2, l4::Rights::rwx), view + i * gibibyte));
    CHECK(task.can_write(view + 99 * gibibyte + 0x5000, 7));
}

constexpr Case cases[] = {
    {"sigma0 gives a gibibyte if the machine has one", "Sigma0", sigma0_has_one_if_the_machine_has},
    {"one is mapped, and flushed, as a whole", "KIP, PageInfo", one_page},
    {"many cost next to nothing", "KIP, PageInfo", costs_no_tables},
};

} // namespace

Group const huge_page_cases{"huge pages", cases};

} // namespace test
