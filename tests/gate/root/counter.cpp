// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gate/root/counter.hpp"

#include <l4/fpage.hpp>
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/thread.hpp>
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
    auto thread = l4::Thread::create_in_new_space(id_, l4::ordinary_layout(), 100);
    l4::Word const slice = L4_TIMEOUTS(l4::Time::milliseconds(1).raw(), L4_TIME_NEVER);
    if (!thread || l4::schedule({.dest = id_, .time = slice}) == 0 || !thread->start({code_address, 0})) return false;
    thread->release();
    return true;
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
