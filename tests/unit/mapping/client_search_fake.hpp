// SPDX-License-Identifier: BSD-2-Clause
/// Stands in for the clients of servers: keeps what was asked of them.
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/support/address.hpp"

#include <vector>

namespace pecan {

struct ClientSearchFake {
    struct Request {
        PhysRange frames;
        Rights rights;
    };
    std::vector<Request> completed;
    unsigned rounds{0}; ///< a search takes that many calls more than one
    unsigned left{0};
    void reset() { *this = ClientSearchFake{}; }
};
extern ClientSearchFake client_search;

} // namespace pecan
