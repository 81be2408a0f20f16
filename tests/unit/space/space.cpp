// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/space.hpp"
#include "kernel/space/physical_layout.hpp"
#include "tests/unit/memory/host_memory.hpp"
#include "tests/unit/space/machine_fake.hpp"

#include <gtest/gtest.h>

#include "l4/vcpu.h"

namespace pecan {
namespace {

Fpage fpage(Word base, Word log2size) { return Fpage::memory(base, log2size, Rights::none()); }

class Spaces : public testing::Test {
protected:
    HostMemory memory{2000};
    Space space{*memory, SpaceKind::ordinary};
    void destroy()
    {
        for (;;) {
            Budget budget{1};
            if (space.destroy(budget) == Progress::done) break;
        }
        EXPECT_EQ(space.quota().used(), 0u);
    }
};

TEST_F(Spaces, area_rules_of_an_ordinary_space)
{
    Fpage const utcbs = fpage(0xbf000000, 18);
    EXPECT_TRUE(space.accepts_utcb_area(utcbs));
    EXPECT_TRUE(space.accepts_utcb_area(fpage(0, 12)));
    EXPECT_EQ(space.accepts_utcb_area(fpage(0x1000, 11)).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(Fpage::nil()).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(Fpage::complete()).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(Fpage{L4_COMPLETE_IO_SPACE}).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(fpage(0x7fff'ffff'f000, 12)).error(), Error::utcb_area);
    EXPECT_TRUE(space.accepts_utcb_area(fpage(0x7fff'ffff'e000, 12)));
    EXPECT_EQ(space.accepts_utcb_area(fpage(0x8000'0000'0000, 12)).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(fpage(0, 63)).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(fpage(L4_SERVER_UTCB_AREA, 16)).error(), Error::utcb_area);

    EXPECT_TRUE(space.accepts_kip_area(fpage(0xbff00000, 12), utcbs));
    EXPECT_EQ(space.accepts_kip_area(fpage(0xbf03f000, 12), utcbs).error(), Error::kip_area);
    EXPECT_TRUE(space.accepts_kip_area(fpage(0xbf040000, 12), utcbs));
    EXPECT_EQ(space.accepts_kip_area(fpage(0x80000000, 31), utcbs).error(), Error::kip_area);
    EXPECT_EQ(space.accepts_kip_area(fpage(0x1000, 10), utcbs).error(), Error::kip_area);
    EXPECT_EQ(space.accepts_kip_area(fpage(0xffff'8800'0000'0000, 12), utcbs).error(), Error::kip_area);
}

TEST_F(Spaces, area_rules_of_a_server)
{
    ASSERT_TRUE(space.init(0));
    ASSERT_TRUE(space.become_server(0));
    EXPECT_FALSE(space.become_server(0));
    Fpage const utcbs = fpage(L4_SERVER_UTCB_AREA, L4_SERVER_UTCB_AREA_LOG2SIZE);
    EXPECT_TRUE(space.accepts_utcb_area(utcbs));
    EXPECT_TRUE(space.accepts_kip_area(fpage(L4_SERVER_KIP, 12), utcbs));
    EXPECT_EQ(space.accepts_utcb_area(fpage(0, 12)).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(fpage(0xffff'87ff'ffff'f000, 12)).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(fpage(0xffff'8000'0000'0000, 47)).error(), Error::utcb_area);
    // The vCPU pages behind the area must fit and stay free.
    EXPECT_EQ(space.accepts_utcb_area(fpage(0xffff'ffff'ffff'f000, 12)).error(), Error::utcb_area);
    EXPECT_EQ(space.accepts_utcb_area(fpage(0xffff'ffff'ffff'c000, 12)).error(), Error::utcb_area);
    EXPECT_TRUE(space.accepts_utcb_area(fpage(0xffff'ffff'ffff'b000, 12)));
    EXPECT_EQ(space.accepts_kip_area(fpage(L4_SERVER_VCPU_PAGE(63), 12), utcbs).error(), Error::kip_area);
    EXPECT_TRUE(space.accepts_kip_area(fpage(L4_SERVER_VCPU_PAGE(64), 12), utcbs));

    space.place_areas(fpage(L4_SERVER_KIP, 12), utcbs);
    VirtRange area;
    EXPECT_TRUE(space.kernel_area_over({L4_SERVER_VCPU_PAGE(63), L4_SERVER_VCPU_PAGE(63)}, area));
    EXPECT_EQ(area.last, L4_SERVER_VCPU_PAGE(64) - 1);
    EXPECT_FALSE(space.kernel_area_over({L4_SERVER_VCPU_PAGE(64), ~Word{0}}, area));
    destroy();
}

TEST_F(Spaces, pinned_pages_are_the_kernels)
{
    ASSERT_TRUE(space.init(0));
    VirtAddr const where{0xbff00000};
    ASSERT_TRUE(space.pin_page(where, PhysAddr{0x5000}, Rights{L4_RIGHT_R}));
    EXPECT_FALSE(space.pin_page(where, PhysAddr{0x5000}, Rights{L4_RIGHT_R}));
    PageTable::Slot const slot = space.page_table().find(where);
    EXPECT_TRUE(slot.pte.is_pinned() && slot.pte.is_user());
    EXPECT_EQ(slot.pte.rights(), Rights{L4_RIGHT_R});
    EXPECT_EQ(space.page_table().mapping(slot), nullptr);
    space.unpin_page(where);
    EXPECT_FALSE(space.page_table().find(where).is_present());
    EXPECT_EQ(space.quota().used(), page_size);
    destroy();
}

TEST(PhysicalLayout, withholds_whole_pages)
{
    PhysicalLayout layout{Word{1} << 36};
    layout.reserve({PhysAddr{0x100800}, 0x1000});
    EXPECT_TRUE(layout.is_available({PhysAddr{0xff000}, 0x1000}));
    EXPECT_FALSE(layout.is_available({PhysAddr{0x100000}, 0x1000}));
    EXPECT_FALSE(layout.is_available({PhysAddr{0x101000}, 0x1000}));
    EXPECT_TRUE(layout.is_available({PhysAddr{0x102000}, 0x1000}));
    EXPECT_FALSE(layout.is_available({PhysAddr{0}, 0x200000}));
    EXPECT_TRUE(layout.is_available({PhysAddr{0xf'ffff'f000}, 0x1000}));
    EXPECT_FALSE(layout.is_available({PhysAddr{0xf'ffff'f000}, 0x2000}));
    EXPECT_FALSE(layout.is_available({PhysAddr{Word{1} << 36}, 0x1000}));
    EXPECT_FALSE(layout.is_available({PhysAddr{~Word{0xfff}}, 0x1000}));
}

} // namespace
} // namespace pecan
