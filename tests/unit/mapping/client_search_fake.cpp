// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/mapping/client_search_fake.hpp"

#include "kernel/mapping/client_search.hpp"
#include "kernel/mapping/mapping.hpp"

namespace pecan {

ClientSearchFake client_search;

Progress revoke_from_clients(Mapping& page, Budget& budget)
{
    budget.spend();
    if (client_search.left < client_search.rounds) {
        ++client_search.left;
        while (!budget.is_exhausted()) budget.spend();
        return Progress::again;
    }
    client_search.left = 0;
    client_search.completed.push_back({page.frames(), page.revoking()});
    page.set_searched(true);
    return Progress::done;
}

void forget_client_search(Mapping&) {}

} // namespace pecan
