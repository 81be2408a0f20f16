// SPDX-License-Identifier: BSD-2-Clause
/// What the mapping database asks of the servers' clients.
#pragma once

#include "kernel/space/progress.hpp"

namespace pecan {

class Mapping;

/// Takes the rights that `page` is losing (page.revoking(), set before) from all copies of its frames among the clients of
/// its server, client 0 included; with 'read' the copies go. When done, page.is_searched(). Implemented by vcpu/.
Progress revoke_from_clients(Mapping& page, Budget& budget);

/// `page` goes: a search for it is forgotten.
void forget_client_search(Mapping& page);

} // namespace pecan
