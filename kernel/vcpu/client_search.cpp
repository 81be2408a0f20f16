// SPDX-License-Identifier: BSD-2-Clause
/// A server loses a page, or a right to it: its clients lose their copies first. Rare, so there is no index; the search
/// goes through everything that is mapped, in steps.
#include "kernel/mapping/client_search.hpp"

#include "kernel/mapping/mapping.hpp"
#include "kernel/vcpu/client_set.hpp"

namespace pecan {

namespace {

constexpr VirtRange server_half{L4_SERVER_AREA_START, ~Word{0}};
constexpr VirtRange client_half{0, 0x7fff'ffff'ffff};

} // namespace

/// One search at a time for each server. Who finds another's under way finishes that first, and the page's node tells
/// the other so: two that interrupt each other both get through.
Progress ClientSet::search(Mapping& page, Budget& budget)
{
    if (searched_page_ != nullptr && searched_page_ != &page && run_search(budget) == Progress::again)
        return Progress::again;
    if (searched_page_ == nullptr || search_rights_ != page.revoking()) {
        searched_page_ = &page;
        search_rights_ = page.revoking();
        search_client_ = L4_CLIENT_SERVER;
        search_range_ = server_half;
    }
    return run_search(budget);
}

Progress ClientSet::run_search(Budget& budget)
{
    TlbBatch batch{memory_};
    PhysRange const frames = searched_page_->frames();
    for (;;) {
        PageTable* table = &server_.page_table();
        if (search_client_ != L4_CLIENT_SERVER) {
            ClientSpace* const client = record(search_client_);
            table = client != nullptr && !client->is_dying ? &client->page_table() : nullptr;
        }
        if (table != nullptr &&
            table->revoke_frames(search_range_, frames, search_rights_, batch, budget) == Progress::again)
            return Progress::again;
        search_range_ = client_half;
        if (++search_client_ == L4_CLIENT_MAX) break;
        if (table != nullptr) budget.spend();
        if (budget.is_exhausted()) return Progress::again;
    }
    if (search_rights_.includes(searched_page_->revoking())) searched_page_->set_searched(true);
    searched_page_ = nullptr;
    return Progress::done;
}

void ClientSet::forget(Mapping& page)
{
    if (searched_page_ == &page) searched_page_ = nullptr;
}

Progress revoke_from_clients(Mapping& page, Budget& budget)
{
    if (ClientSet* const clients = page.space().clients()) return clients->search(page, budget);
    page.set_searched(true);
    return Progress::done;
}

void forget_client_search(Mapping& page)
{
    if (ClientSet* const clients = page.space().clients()) clients->forget(page);
}

} // namespace pecan
