// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/transfer.hpp"

#include "kernel/api/fpage.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/space/space.hpp"

namespace pecan {

namespace {

/// Where the receiver takes mappings: BR0 of its own call, everywhere for the answer to a fault.
Fpage receive_window(Tcb const& receiver)
{
    switch (receiver.ipc.purpose) {
    case IpcPurpose::page_fault: return Fpage::complete();
    case IpcPurpose::io_fault: return Fpage{L4_COMPLETE_IO_SPACE};
    case IpcPurpose::user: {
        Word const br0 = *const_cast<Word const volatile*>(&receiver.utcb->br_descending[L4_BR_COUNT - 1]);
        return Fpage{br0 & ~Word{0xf}};
    }
    default: return Fpage::nil();
    }
}

/// Executes the map or grant item in the words `first` and `second`.
bool transfer_item(Tcb& sender, Tcb& receiver, Word first, Word second)
{
    Fpage const window = receive_window(receiver);
    if (window.is_nil()) return false;
    bool const grant = (first & 0xe) == L4_ITEM_GRANT;
    Fpage const fpage{second};
    // A nil fpage is how a pager refuses: nothing is mapped, and no error.
    if (fpage.is_nil()) return true;
    if (fpage.is_io())
        return bool(port_database().map(sender.space->io_ports(), fpage, receiver.space->io_ports(), window, grant));
    MapOperation operation{sender.space, fpage, L4_FPAGE_BASE(first), receiver.space, window, grant};
    Budget whole{~Word{0}};
    (void)mapping_database().map(operation, whole);
    return operation.error == Error::ok;
}

} // namespace

bool transfer(Tcb& sender, Tcb& receiver)
{
    MessageRegisters from{sender};
    MessageRegisters to{receiver};
    MsgTag const tag = from.tag();
    if (tag.words() >= L4_MR_COUNT) return false;

    to.write(0, tag.without_flags().raw());
    for (unsigned i = 1; i <= tag.untyped(); ++i) to.write(i, from.read(i));

    unsigned i = static_cast<unsigned>(tag.untyped()) + 1;
    unsigned const end = static_cast<unsigned>(tag.words()) + 1;
    while (i < end) {
        Word const first = from.read(i);
        bool const is_mapping = (first & 0xe) == L4_ITEM_MAP || (first & 0xe) == L4_ITEM_GRANT;
        if (!is_mapping || i + 1 >= end) return false;
        Word const second = from.read(i + 1);
        to.write(i, first);
        to.write(i + 1, second);
        if (!transfer_item(sender, receiver, first, second)) return false;
        i += 2;
    }
    return true;
}

} // namespace pecan
