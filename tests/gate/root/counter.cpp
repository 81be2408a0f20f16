// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gate/root/counter.hpp"

#include <l4/fpage.hpp>
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

extern "C" char counter_code[];

namespace gate_test {

namespace {

constexpr Word code_address = 0x10000000, data_address = 0x10001000;

struct alignas(4096) CounterPage {
    Word count, disturbed;
};
constinit CounterPage page{};

} // namespace

bool Counter::start(Word number)
{
    id_ = l4::ThreadId::global(l4::root_server_id(l4::kip()).number() + number, 1);
    page.disturbed = 0; // so that the page is there to be sent
    (void)*reinterpret_cast<char volatile*>(counter_code);
    l4::ThreadId const me = l4::my_global_id();
    constexpr Word utcb_area = 0xbf000000;
    return l4::thread_control({.dest = id_, .space = id_, .scheduler = me}) &&
           l4::space_control({.space = id_,
                              .kip_area = l4::Fpage::memory(0xbff00000, l4::page_log2, l4::Rights::none),
                              .utcb_area = l4::Fpage::memory(utcb_area, 18, l4::Rights::none)}) &&
           l4::thread_control({.dest = id_, .space = id_, .scheduler = me, .pager = me, .utcb_location = utcb_area}) &&
           l4::schedule(
               {.dest = id_, .time = L4_TIMEOUTS(l4::Time::milliseconds(1).raw(), L4_TIME_NEVER), .priority = 100}) !=
               0 &&
           l4::send(id_, l4::Message{0}.word(code_address).word(0), l4::Time::milliseconds(500));
}

std::optional<l4::MapItem> Counter::page_for(Word address) const
{
    auto const own = [](void const* what, l4::Rights rights) {
        return l4::Fpage::memory(l4::align_down(reinterpret_cast<Word>(what), l4::page_size), l4::page_log2, rights);
    };
    switch (l4::align_down(address, l4::page_size)) {
    case code_address: return l4::MapItem{own(counter_code, l4::Rights::rx), code_address};
    case data_address: return l4::MapItem{own(&page, l4::Rights::rw), data_address};
    default: return {};
    }
}

Word Counter::count() const { return *const_cast<Word const volatile*>(&page.count); }
bool Counter::is_disturbed() const { return *const_cast<Word const volatile*>(&page.disturbed) != 0; }

} // namespace gate_test
