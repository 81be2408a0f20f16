// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/thread/space_life.hpp"

#include "kernel/arch/x86/address_space.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "kernel/vcpu/client_set.hpp"
#include "l4/utcb.h"

namespace pecan {

namespace {

constinit ObjectPool<Space> spaces{kernel_memory()};
constinit ObjectPool<ClientSet> client_sets{kernel_memory()};
constinit ObjectPool<ClientSpace> clients_of_all{kernel_memory()};

/// Frames of the kernel's that are pinned in the space: UTCBs and vCPU pages. The KIP is everybody's.
void free_pinned_frames(Space& space)
{
    Fpage const utcbs = space.utcb_area();
    if (utcbs.is_nil()) return;
    Word const end =
        space.is_server() ? utcbs.last() + (utcbs.last() - utcbs.base() + 1) / L4_UTCB_SIZE * page_size : utcbs.last();
    Word first = utcbs.base();
    PageTable::Slot slot;
    while (space.page_table().find_next(first, end, slot)) {
        if (slot.pte.is_pinned()) {
            space.unpin_page(VirtAddr{first});
            kernel_memory().free_frame(slot.page(), space.quota());
        }
        first += page_size;
    }
    VirtAddr const kip{space.kip_area().base()};
    if (space.page_table().find(kip).is_present()) space.unpin_page(kip);
}

} // namespace

Result<Space*, Error> create_space(SpaceKind kind)
{
    Space* const space = TRY(spaces.create(kernel_quota(), kernel_memory(), kind));
    Result<Ok, Error> const ready = space->init(0);
    if (ready) return space;
    Budget unlimited{~Word{0}};
    (void)space->destroy(unlimited);
    spaces.destroy(space, kernel_quota());
    return ready.error();
}

Result<Ok, Error> make_server(Space& space)
{
    if (space.clients() != nullptr) return Ok{};
    // Without room for clients the space stays a server that has none, and the call can be made again.
    if (!space.is_server()) TRY(space.become_server(0));
    ClientSet* const clients = TRY(client_sets.create(kernel_quota(), kernel_memory(), clients_of_all, space));
    Result<Ok, Error> const ready = clients->init();
    if (!ready) {
        client_sets.destroy(clients, kernel_quota());
        return ready;
    }
    space.set_clients(clients);
    return Ok{};
}

Progress destroy_space(Space& space, Budget& budget)
{
    leave_address_space(space);
    if (ClientSet* clients = space.clients()) {
        if (clients->destroy_all(budget) == Progress::again) return Progress::again;
        space.set_clients(nullptr);
        client_sets.destroy(clients, kernel_quota());
    }
    if (mapping_database().unmap_all(space, budget) == Progress::again) return Progress::again;
    if (port_database().unmap_all(space.io_ports(), budget) == Progress::again) return Progress::again;
    free_pinned_frames(space);
    if (space.destroy(budget) == Progress::again) return Progress::again;
    spaces.destroy(&space, kernel_quota());
    return Progress::done;
}

Result<Ok, Error> back_utcb(Space& space, VirtAddr start)
{
    VirtAddr const page = start.aligned_down(page_size);
    if (space.page_table().find(page).is_present()) return Ok{};
    PhysAddr const frame = TRY(kernel_memory().allocate_frame(space.quota()));
    Result<Ok, Error> const pinned = space.pin_page(page, frame, Rights{L4_RIGHT_R | L4_RIGHT_W});
    if (!pinned) kernel_memory().free_frame(frame, space.quota());
    return pinned;
}

} // namespace pecan
