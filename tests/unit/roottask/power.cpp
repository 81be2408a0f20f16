// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/power.hpp"
#include "roottask/physical.hpp"

#include <l4/ipc.hpp>
#include <l4/sigma0.hpp>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

namespace {

using namespace root;
using l4::Word;

/// Physical memory with ACPI's tables, where the root task would see it.
class PowerTest : public testing::Test {
protected:
    static constexpr Word rsdt = 0x1000, fadt = 0x1100, dsdt = 0x1300, end = 0x2000;

    PowerTest()
    {
        void* const window = reinterpret_cast<void*>(physical::window_base);
        memory_ = mmap(window, end, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        EXPECT_EQ(memory_, window);
        put_table(rsdt, "RSDT", acpi::header_size + 4, {{acpi::header_size, fadt}});
        put_fadt(0x604);
        put_table(dsdt, "DSDT", acpi::header_size + 12, {});
        std::memcpy(physical::pointer(dsdt + acpi::header_size), "\x08_S5_\x12\x06\x02\x00\x00", 10);
        put_root_pointer(rsdt);
    }
    ~PowerTest() override { munmap(memory_, end); }

    struct Field {
        Word offset;
        Word value; ///< 32 bits
    };
    static void put_table(Word address, std::string_view name, Word size, std::initializer_list<Field> fields)
    {
        std::byte* const table = physical::pointer(address);
        std::memset(table, 0, size);
        std::memcpy(table, name.data(), name.size());
        std::memcpy(table + 4, &size, 4);
        for (Field const& field : fields) std::memcpy(table + field.offset, &field.value, 4);
        fix_sum(table, size, 9);
    }
    static void put_fadt(Word pm1a) { put_table(fadt, "FACP", 116, {{40, dsdt}, {64, pm1a}}); }
    void put_root_pointer(Word address)
    {
        std::memset(pointer_, 0, sizeof pointer_);
        std::memcpy(pointer_, "RSD PTR ", 8);
        pointer_[15] = std::byte{2};
        std::memcpy(pointer_ + 16, &rsdt, 4);
        fix_sum(pointer_, 20, 8);
        if (address == rsdt) return; // as before ACPI 2: the second sum is not right
        std::memcpy(pointer_ + 24, &address, 8);
        fix_sum(pointer_, 36, 32);
    }
    bool can_power_off()
    {
        Power power;
        power.prepare(pointer_);
        return power.can_power_off();
    }

private:
    static void fix_sum(std::byte* bytes, Word size, Word at)
    {
        bytes[at] = std::byte{0};
        unsigned sum = 0;
        for (Word i = 0; i < size; ++i) sum += static_cast<unsigned>(bytes[i]);
        bytes[at] = static_cast<std::byte>(-sum);
    }
    void* memory_;
    std::byte pointer_[36];
};

TEST_F(PowerTest, FindsTheWayOff) { EXPECT_TRUE(can_power_off()); }

TEST_F(PowerTest, LeavesPortsAloneThatItDoesNotGet)
{
    put_fadt(0x40);
    EXPECT_FALSE(can_power_off()) << "the kernel's timer: to touch it would be an endless fault";
    put_fadt(0x605);
    EXPECT_FALSE(can_power_off()) << "half of it would be another's";
}

TEST_F(PowerTest, SurvivesAddressesThatWrap)
{
    put_root_pointer(~Word{0} - 7);
    EXPECT_FALSE(can_power_off());
}

} // namespace

bool l4::sigma0::request_ports(Word first, unsigned) { return first < 0x40 || first >= 0x44; }
void l4::sleep(Time) {}
