// SPDX-License-Identifier: BSD-2-Clause
//
// The trace buffer: nothing to see in a kernel built without it; tests/trace runs these cases with one.

#include "tests/system/harness/trace.hpp"
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"

#include <l4/sigma0.hpp>
#include <l4/utcb.hpp>

namespace test {

bool trace::take()
{
    l4::Range const buffer = place();
    for (Word page = buffer.start; page < buffer.end; page += l4::page_size)
        if (!l4::sigma0::request(page, l4::page_log2, l4::Fpage::complete())) return false;
    return true;
}

namespace {

l4_trace_header const volatile& header()
{
    return *reinterpret_cast<l4_trace_header const volatile*>(trace::place().start);
}
l4_trace_event event(Word n)
{
    Word const at = trace::place().start + L4_TRACE_FIRST_EVENT + n % L4_TRACE_CAPACITY * sizeof(l4_trace_event);
    return *reinterpret_cast<l4_trace_event const*>(at);
}

void buffer_has_calls()
{
    if (trace::place().is_empty()) {
        NOTE("this kernel has no trace buffer");
        return;
    }
    CHECK_EQ(header().magic, L4_TRACE_MAGIC);
    CHECK_EQ(header().capacity, L4_TRACE_CAPACITY);
    CHECK(header().khz != 0);
    Word const before = header().count;
    l4::ThreadId const nobody = l4::ThreadId::global(0x3fff0, 1);
    CHECK_EQ(send_result(nobody, at_once), send_error(L4_IPC_NO_PARTNER));
    Word const after = header().count;
    REQUIRE(after > before);
    bool is_found = false;
    for (Word n = before; n < after; ++n) {
        l4_trace_event const seen = event(n);
        CHECK(n == before || seen.tsc >= event(n - 1).tsc);
        is_found = is_found || (seen.what == (l4::my_global_id().number() << 32 | L4_TRACE_SEND) &&
                                seen.a == nobody.raw() && seen.b == l4::Message{}.tag().raw());
    }
    CHECK(is_found);
}

/// The controller has taken it; the runner, a thread of the same space, is not whom sigma0 knows.
void buffer_is_the_root_servers()
{
    if (trace::place().is_empty()) return;
    CHECK(!l4::sigma0::request(trace::place().start, l4::page_log2, l4::Fpage::complete()));
}

constexpr Case cases[] = {
    {"what a thread calls stands in the trace buffer, if there is one", "docs/trace.md", buffer_has_calls},
    {"sigma0 gives the trace buffer to the root server only", "docs/trace.md", buffer_is_the_root_servers},
};

} // namespace

Group const trace_cases{"trace", cases};

} // namespace test
