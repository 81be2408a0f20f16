// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/syscall.hpp>

namespace test {
namespace {

using l4::Time;

constexpr Word any_base = ~Word{0x3ff};
constexpr l4::Timeouts patience{Time::milliseconds(500), Time::milliseconds(500)};
constexpr Word nil_item = 8;

ThreadId sigma0() { return l4::sigma0_id(l4::kip()); }

/// The answer to a request in our own words; the tag is an error if there was none.
Message ask(Message request)
{
    l4::accept_mappings(Fpage::complete());
    l4::ipc(sigma0(), sigma0(), patience, request);
    return request;
}
Message ask_for(Word fpage, Word attributes = 0)
{
    return ask(Message{l4::protocol::sigma0}.word(fpage).word(attributes));
}

constexpr Word memory(Word base, unsigned log2) { return Fpage::memory(base, log2, l4::Rights::none).raw(); }

bool is_refusal(Message const& answer)
{
    return CHECK_EQ(answer.tag(), 0x80) && CHECK_EQ(answer.mr(1), nil_item) && CHECK_EQ(answer.mr(2), 0);
}

/// A map item of that flexpage, idempotent.
bool gives(Message const& answer, Word base, unsigned log2)
{
    return CHECK_EQ(answer.tag(), 0x80) && CHECK_EQ(answer.mr(1), L4_MAP_ITEM(base)) &&
           CHECK_EQ(answer.mr(2), Fpage::memory(base, log2, l4::Rights::rwx).raw());
}

bool is_usable(Word address)
{
    auto& at = *reinterpret_cast<Word volatile*>(address);
    at = address ^ 0x5a5a;
    return CHECK_EQ(at, address ^ 0x5a5a);
}

/// A block of our own that later questions are about.
Word owned_block(unsigned log2)
{
    auto const got = l4::sigma0::request_any(log2, Fpage::complete());
    CHECK(got.has_value());
    return got.value_or(0);
}

void any_small()
{
    Message const answer = ask_for(any_base | 12 << 4);
    Word const base = Fpage::from_raw(answer.mr(2)).base();
    REQUIRE(gives(answer, base, 12));
    is_usable(base);
    is_usable(base + 0xff8);
}

void any_large()
{
    Message const answer = ask_for(any_base | 21 << 4);
    Word const base = Fpage::from_raw(answer.mr(2)).base();
    REQUIRE(gives(answer, base, 21));
    is_usable(base);
    is_usable(base + l4::large_page_size - 8);
}

/// The helper of the classic headers builds the flexpage from all ones, which leaves bit 3 set.
void any_with_bit_3()
{
    Message const answer = ask(Message{l4::protocol::sigma0}.word(any_base | 12 << 4 | 8).word(0).word(0));
    Word const base = Fpage::from_raw(answer.mr(2)).base();
    REQUIRE(gives(answer, base, 12));
    is_usable(base);
}

void any_is_never_given_twice()
{
    Word seen[16];
    for (Word& page : seen) {
        page = owned_block(12);
        REQUIRE(page != 0);
        for (Word const* other = seen; other < &page; ++other) CHECK(*other != page);
    }
}

void too_much() { is_refusal(ask_for(any_base | 40 << 4)); }

void by_address()
{
    Word const block = owned_block(16);
    REQUIRE(block != 0);
    // We own all of it; each page of it may be asked for by name, as often as we like.
    for (unsigned round = 0; round < 2; ++round) {
        l4::unmap(Fpage::memory(block, 16, l4::Rights::rwx), true);
        REQUIRE(gives(ask_for(memory(block + 0x3000, 12)), block + 0x3000, 12));
        is_usable(block + 0x3000);
        REQUIRE(gives(ask_for(memory(block, 16)), block, 16));
        is_usable(block);
        is_usable(block + 0xf000);
    }
}

void base_is_rounded_down()
{
    Word const block = owned_block(16);
    REQUIRE(block != 0);
    REQUIRE(gives(ask_for(memory(block + 0x5400, 14)), block + 0x4000, 14));
}

constinit Word volatile answered = 0;
constinit Word volatile answer_words[3]{};

void ask_as_helper(Word fpage)
{
    Message const answer = ask_for(fpage);
    answer_words[0] = answer.tag().raw();
    answer_words[1] = answer.mr(1);
    answer_words[2] = answer.mr(2);
    answered = 1;
}

/// The same question from another thread of the same space.
bool others_are_refused(Word fpage)
{
    answered = 0;
    Thread helper;
    return helper.start(ask_as_helper, fpage) && CHECK(wait_for(answered, 1)) && CHECK_EQ(answer_words[0], 0x80) &&
           CHECK_EQ(answer_words[2], 0);
}

void other_requester()
{
    Word const block = owned_block(12);
    REQUIRE(block != 0);
    REQUIRE(others_are_refused(memory(block, 12)));
    // A larger one that has the page in it is refused as well.
    REQUIRE(others_are_refused(memory(block, 16)));
    gives(ask_for(memory(block, 12)), block, 12);
}

void reserved()
{
    unsigned tried = 0;
    for (auto const& desc : l4::memory_descriptors(l4::kip())) {
        if (L4_MEMORY_IS_VIRTUAL(desc) != 0 || L4_MEMORY_TYPE(desc) != L4_MEMORY_RESERVED) continue;
        ++tried;
        is_refusal(ask_for(memory(l4::range_of(desc).start, 12)));
        is_refusal(ask_for(memory(l4::range_of(desc).end - 1, 12)));
    }
    CHECK(tried > 0);
    is_refusal(ask_for(memory(0xfee00000, 12)));
    is_refusal(ask_for(memory(0xfec00000, 12)));
    is_refusal(ask_for(memory(l4::kip().sigma0.low, 12)));
    // The root server's image belongs to its first thread.
    is_refusal(ask_for(memory(l4::kip().root_server.low, 12)));
}

void complete_space() { is_refusal(ask_for(L4_COMPLETE_SPACE)); }

void shared()
{
    constexpr Word screen = 0xb8000;
    for (unsigned round = 0; round < 2; ++round) gives(ask_for(memory(screen, 12)), screen, 12);
    answered = 0;
    Thread helper;
    REQUIRE(helper.start(ask_as_helper, memory(screen, 12)) && wait_for(answered, 1));
    CHECK_EQ(answer_words[2], Fpage::memory(screen, 12, l4::Rights::rwx).raw());
}

void as_page_fault()
{
    Word const block = owned_block(16);
    REQUIRE(block != 0);
    l4::unmap(Fpage::memory(block, 16, l4::Rights::rwx), true);
    Message const answer = ask(Message{L4_LABEL_PAGE_FAULT(L4_RIGHT_R)}.word(block + 0x2468).word(0x1000));
    REQUIRE(gives(answer, block + 0x2000, 12));
    is_usable(block + 0x2000);
}

void device_memory_by_address_only()
{
    // Undescribed or device memory is not given on a page fault; there is no answer, so that the faulter waits.
    Message const fault = ask(Message{L4_LABEL_PAGE_FAULT(L4_RIGHT_R)}.word(0xfee00000).word(0x1000));
    CHECK(fault.tag().is_error());
}

void not_understood()
{
    CHECK(ask(Message{0x1234}.word(0).word(0)).tag().is_error());
    CHECK(ask(Message{l4::protocol::sigma0}.word(any_base | 12 << 4)).tag().is_error());
    CHECK(ask(Message{l4::protocol::sigma0}).tag().is_error());
    // It still answers.
    CHECK(!ask_for(any_base | 12 << 4).tag().is_error());
}

void nobody_waits()
{
    // The answer has timeout zero: a client that does not wait loses it, and sigma0 goes on.
    for (unsigned i = 0; i < 3; ++i)
        REQUIRE(l4::send(sigma0(), Message{l4::protocol::sigma0}.word(any_base | 12 << 4).word(0), soon));
    CHECK(!ask_for(any_base | 12 << 4).tag().is_error());
}

void ports()
{
    constexpr Word scratch = 0x2e0;
    Word const wanted = L4_IO_FPAGE(scratch, 3, 0);
    Message const answer = ask_for(wanted);
    REQUIRE_EQ(answer.tag(), 0x80);
    CHECK_EQ(answer.mr(2) & 0xfffffff0, L4_IO_FPAGE(scratch, 3, 0));
    REQUIRE(others_are_refused(wanted));
    // Again, as an I/O fault says it.
    Message const again = ask(Message{L4_LABEL_IO_FAULT}.word(L4_IO_FPAGE(scratch + 1, 0, 6)).word(0x1000));
    CHECK_EQ(again.mr(2) & 0xfffffff0, L4_IO_FPAGE(scratch + 1, 0, 0));
    // What the kernel uses, and what the root server has.
    is_refusal(ask_for(L4_IO_FPAGE(0x40, 2, 0)));
    is_refusal(ask_for(L4_IO_FPAGE(0x3f8, 3, 0)));
    is_refusal(ask_for(L4_COMPLETE_IO_SPACE));
}

void attributes() { is_refusal(ask_for(any_base | 12 << 4, 1)); }

constexpr Case cases[] = {
    {"any page of 4 KiB", "Sigma0 RPC protocol", any_small},
    {"any 2 MiB, aligned", "Sigma0 RPC protocol", any_large},
    {"any page with bit 3 set, as the classic headers ask", "Sigma0 RPC protocol", any_with_bit_3},
    {"no page is given twice", "Sigma0 RPC protocol", any_is_never_given_twice},
    {"more than there is is refused with a nil map item", "Sigma0 RPC protocol", too_much},
    {"memory by address, repeatedly to its owner", "Sigma0 RPC protocol", by_address},
    {"the base is rounded down to the size", "Sigma0 RPC protocol", base_is_rounded_down},
    {"another thread is refused what has an owner", "Sigma0 RPC protocol", other_requester},
    {"memory of kernel, sigma0 and root server is refused", "Sigma0 RPC protocol", reserved},
    {"the complete address space is refused", "Sigma0 RPC protocol", complete_space},
    {"shared memory goes to everyone", "Sigma0 RPC protocol", shared},
    {"a page fault gets the page", "Sigma0 RPC protocol", as_page_fault},
    {"a page fault on what is reserved gets no answer", "Sigma0 RPC protocol", device_memory_by_address_only},
    {"messages of another form get no answer", "Sigma0 RPC protocol", not_understood},
    {"an answer that nobody takes does not hold it up", "Sigma0 RPC protocol", nobody_waits},
    {"I/O ports by request and by fault", "Sigma0 RPC protocol", ports},
    {"attributes other than the default are refused", "Sigma0 RPC protocol", attributes},
};

} // namespace

Group const sigma0_cases{"sigma0", cases};

} // namespace test
