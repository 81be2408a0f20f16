// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>

#include <algorithm>

extern "C" char const __image_start[], __image_end[];

namespace test {
namespace {

l4_kip const& page() { return l4::kip(); }

Word kip_word(Word offset) { return *reinterpret_cast<Word const*>(word(&page()) + offset); }

Word kernel_id() { return kip_word(page().kernel_desc_offset); }

void kernel_interface_returns()
{
    Registers registers = distinct_registers(0x11, 0x8d5);
    test_kernel_interface(&registers);
    CHECK_EQ(registers.rax, word(&page()));
    CHECK_EQ(registers.rax % l4::page_size, 0);
    CHECK_EQ(registers.rcx >> 16 & 0xffff, L4_KIP_API_VERSION >> 16);
    CHECK_EQ(registers.rdx, L4_KIP_API_FLAGS);
    CHECK_EQ(registers.rsi, kernel_id());
}

void kernel_interface_preserves()
{
    for (Word const flags : {0x8d5ul, 0ul}) {
        Registers registers = distinct_registers(0x22, flags);
        Registers const before = registers;
        test_kernel_interface(&registers);
        registers.rax = before.rax;
        registers.rcx = before.rcx;
        registers.rdx = before.rdx;
        registers.rsi = before.rsi;
        for (std::size_t n = 1; n < Registers::rsp_index; ++n) CHECK_EQ(registers[n], before[n]);
        CHECK_EQ(registers.rflags & 0x8d5, flags);
    }
}

void magic_version_flags()
{
    CHECK_EQ(page().magic, L4_KIP_MAGIC);
    CHECK_EQ(page().api_version, L4_KIP_API_VERSION);
    CHECK_EQ(page().api_flags, L4_KIP_API_FLAGS);
}

void area_fields()
{
    Word const utcb = page().utcb_info;
    CHECK(((utcb >> 16) & 0x3f) >= 12);
    CHECK_EQ((utcb & 0x3ff) << (utcb >> 10 & 0x3f), L4_UTCB_SIZE);
    CHECK_EQ(page().kip_area_info & 0x3f, 12);
}

void page_sizes()
{
    unsigned a = 0x80000001, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    Word const huge = (d & 1u << 26) != 0 ? Word{1} << 30 : 0;
    CHECK_EQ(page().page_info & ~Word{0x3ff}, l4::page_size | l4::large_page_size | huge);
    CHECK_EQ(page().page_info & 7, L4_RIGHTS_RWX);
}

void thread_numbers()
{
    Word const bits = page().thread_info & 0xff;
    Word const system_base = L4_KIP_SYSTEM_BASE(&page());
    Word const user_base = L4_KIP_USER_BASE(&page());
    CHECK(bits >= 16 && bits <= 32);
    CHECK(system_base >= 16);
    CHECK(user_base > system_base);
    CHECK_EQ(controller(), ThreadId::global(user_base + 2, 1));
}

void clock_precision()
{
    constexpr Word microsecond = 1;
    CHECK_EQ(page().clock_info & 0xffff, microsecond);
    CHECK_EQ(page().clock_info >> 16 & 0xffff, microsecond);
}

void reserved_fields()
{
    for (Word offset = 0xc0; offset < 0x150; offset += 8) CHECK_EQ(kip_word(offset), 0);
    CHECK_EQ(kip_word(0xa0), 0);
    CHECK_EQ(kip_word(0x160), 0);
    CHECK_EQ(kip_word(0x168), 0);
    for (Word offset = 0x1f8; offset < 0x220; offset += 8) CHECK_EQ(kip_word(offset), 0);
    CHECK_EQ(page().sigma1.high, 0);
}

void link_words()
{
    constexpr Word first = 0x1a0, last = 0x1f0;
    for (Word offset = first; offset <= last; offset += 8) {
        Word const stub = kip_word(offset);
        CHECK(stub >> 63 == 1);
        // Readable: a fault here would be the end of the case.
        CHECK(*reinterpret_cast<unsigned char const volatile*>(stub) != 0);
        for (Word other = first; other < offset; other += 8)
            if (offset != 0x1c8) CHECK(kip_word(other) != stub); // Lipc may be Ipc
    }
}

bool covers(l4_kip_memory_desc const& desc, Word address) { return l4::range_of(desc).contains(address); }

/// The type of the last descriptor that covers the address.
Word memory_type(Word address)
{
    Word type = L4_MEMORY_UNDEFINED;
    for (auto const& desc : l4::memory_descriptors(page()))
        if (L4_MEMORY_IS_VIRTUAL(desc) == 0 && covers(desc, address)) type = L4_MEMORY_TYPE(desc);
    return type;
}

void memory_map()
{
    auto const descriptors = l4::memory_descriptors(page());
    REQUIRE(!descriptors.empty());
    CHECK((page().memory_info >> 32) + descriptors.size_bytes() <= l4::page_size);
    Word conventional = 0;
    bool has_reserved = false;
    for (auto const& desc : descriptors) {
        CHECK((desc.low & ~Word{0x3ff}) <= (desc.high | 0x3ff));
        CHECK_EQ(desc.high & 0x3ff, 0);
        if (L4_MEMORY_IS_VIRTUAL(desc) != 0) continue;
        if (L4_MEMORY_TYPE(desc) == L4_MEMORY_CONVENTIONAL) conventional += l4::range_of(desc).size();
        has_reserved = has_reserved || L4_MEMORY_TYPE(desc) == L4_MEMORY_RESERVED;
    }
    CHECK(conventional >= 32 * l4::mebi);
    CHECK(has_reserved);
    CHECK_EQ(memory_type(0xb8000), L4_MEMORY_SHARED);
    CHECK_EQ(memory_type(0xfee00000), L4_MEMORY_RESERVED);
}

void virtual_memory()
{
    bool found = false;
    for (auto const& desc : l4::memory_descriptors(page())) {
        if (L4_MEMORY_IS_VIRTUAL(desc) == 0) continue;
        // The classic headers take a reserved virtual range for a readable trace buffer.
        CHECK_EQ(L4_MEMORY_TYPE(desc), L4_MEMORY_CONVENTIONAL);
        found = true;
        CHECK_EQ(l4::range_of(desc).start, 0);
        CHECK(l4::range_of(desc).end <= Word{1} << 47);
        CHECK(covers(desc, 0xbff00000) && covers(desc, Word{1} << 46));
    }
    CHECK(found);
}

void server_boxes()
{
    CHECK_EQ(page().root_server.low, word(__image_start));
    CHECK(page().root_server.high >= word(__image_end) - l4::page_size);
    CHECK(page().root_server.ip >= page().root_server.low && page().root_server.ip < page().root_server.high);
    CHECK(page().sigma0.low < page().sigma0.high);
    CHECK(page().sigma0.ip >= page().sigma0.low && page().sigma0.ip < page().sigma0.high);
}

void kernel_description()
{
    Word const at = page().kernel_desc_offset;
    REQUIRE(at != 0 && at < l4::page_size);
    CHECK(kernel_id() != 0);
    Word const date = kip_word(at + 8);
    CHECK((date >> 5 & 0xf) >= 1 && (date >> 5 & 0xf) <= 12);
    CHECK((date & 0x1f) >= 1 && (date & 0x1f) <= 31);
    char const* text = reinterpret_cast<char const*>(word(&page()) + at + 0x20);
    CHECK(text[0] != 0);
    bool has_io = false;
    unsigned features = 0;
    for (std::string_view feature{text}; !feature.empty(); feature = {feature.data() + feature.size() + 1}) {
        if (features++ == 20) break;
        has_io = has_io || feature == "ioflexpages";
    }
    CHECK(features < 20);
    CHECK(has_io);
}

void processor_descriptor()
{
    Word const info = page().processor_info;
    Word const size = Word{1} << (info >> 60);
    CHECK(size >= 32);
    Word const at = page().proc_desc_offset;
    REQUIRE(at >= sizeof(l4_kip) && at + size * ((info & 0xffff) + 1) <= l4::page_size);
    auto const& first = *reinterpret_cast<l4_proc_desc const*>(word(&page()) + at);
    CHECK(first.internal_khz > 50'000);
    NOTE("processor: {} kHz", first.internal_khz);
}

void read_only()
{
    Task task;
    REQUIRE(task.create());
    Word const kip = task.layout().kip_area.base();
    CHECK(task.can_read(kip, L4_KIP_MAGIC));
    CHECK(task.cannot_write(kip + 0x1a0));
    CHECK(task.cannot_execute(kip));
}

constexpr Word moved_kip = 0x12345000;
constexpr Word moved_utcbs = 0x20000000;

constinit Word volatile found_kip = 0;
constinit Word volatile found_utcb = 0;

/// The library remembers where the page lies in the spaces of everyone else, so here is nothing of it.
void find_interface(Word boss)
{
    Registers registers = distinct_registers(1);
    test_kernel_interface(&registers);
    found_kip = registers.rax;
    found_utcb = word(&l4::my_utcb());
    auto const& own = *reinterpret_cast<l4_kip const*>(registers.rax);
    for (;;) {
        registers = ipc_registers(ThreadId::from_raw(boss), ThreadId::from_raw(boss), 0, l4::MsgTag(0x321, 0, 0).raw());
        test_call(&registers, own.ipc);
    }
}

void movable()
{
    TaskLayout layout;
    layout.kip_area = Fpage::memory(moved_kip, l4::page_log2, l4::Rights::none);
    layout.utcb_area = Fpage::memory(moved_utcbs, 14, l4::Rights::none);
    Task task;
    Stack stack;
    ThreadId const thread = new_id();
    REQUIRE(task.create_space(layout));
    REQUIRE(task.start_thread(thread, 2, stack, find_interface, runner().raw()));
    Outcome const outcome = wait_for_message(thread);
    CHECK_EQ(outcome.message.tag(), l4::MsgTag(0x321, 0, 0));
    CHECK_EQ(found_kip, moved_kip);
    CHECK_EQ(found_utcb, moved_utcbs + 2 * L4_UTCB_SIZE);
}

void stubs_are_read_only()
{
    Task task;
    REQUIRE(task.create());
    CHECK(task.cannot_write(page().ipc));
}

constexpr Case cases[] = {
    {"lock;nop tells where the page is, version, flags and kernel", "KernelInterface", kernel_interface_returns},
    {"lock;nop keeps all other registers and the flags", "KernelInterface", kernel_interface_preserves},
    {"magic, version and flags", "Kernel interface page", magic_version_flags},
    {"sizes of UTCB and KIP areas", "Kernel interface page", area_fields},
    {"page sizes and rights", "Kernel interface page", page_sizes},
    {"thread numbers: SystemBase, UserBase, root server", "Kernel interface page", thread_numbers},
    {"the precision of clock and timer", "Kernel interface page", clock_precision},
    {"reserved fields are zero", "Kernel interface page", reserved_fields},
    {"link words are distinct stubs in the upper half", "Kernel interface page", link_words},
    {"memory descriptors describe memory", "Memory descriptors", memory_map},
    {"the user's addresses are described", "Memory descriptors", virtual_memory},
    {"boxes of sigma0 and root server", "Kernel interface page", server_boxes},
    {"kernel description and features", "Kernel description", kernel_description},
    {"processor descriptor has a frequency", "Processor descriptors", processor_descriptor},
    {"a task reads the page and can neither write nor execute it", "Kernel interface page", read_only},
    {"the page appears where SpaceControl puts it", "SpaceControl", movable},
    {"the stubs cannot be written", "Kernel interface page", stubs_are_read_only},
};

} // namespace

Group const kip_cases{"kip", cases};

} // namespace test
