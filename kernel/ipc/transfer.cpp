// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/transfer.hpp"

#include "kernel/api/fpage.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/ipc/string_copy.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/space/space.hpp"

namespace pecan {

namespace {

/// Where the receiver takes mappings: BR0 of its own call, everywhere for the answer to a fault.
Fpage receive_window(Tcb const& receiver)
{
    switch (receiver.ipc.purpose) {
    case IpcPurpose::page_fault:
    case IpcPurpose::transfer_fault: return Fpage::complete();
    case IpcPurpose::io_fault: return Fpage{L4_COMPLETE_IO_SPACE};
    case IpcPurpose::user: {
        Word const br0 = *const_cast<Word const volatile*>(&receiver.utcb->br_descending[L4_BR_COUNT - 1]);
        return Fpage{br0 & ~Word{0xf}};
    }
    default: return Fpage::nil();
    }
}

TransferStep continue_map(MessageTransfer& transfer, Budget& budget)
{
    if (mapping_database().map(transfer.map, budget) == Progress::again) return TransferStep::again;
    transfer.kind = MessageTransfer::Kind::none;
    return transfer.map.error == Error::ok ? TransferStep::done : TransferStep::overflow;
}

/// The map or grant item in the words `first` and `second`.
TransferStep start_map(Tcb& sender, Tcb& receiver, Word first, Word second, Budget& budget)
{
    Fpage const window = receive_window(receiver);
    if (window.is_nil()) return TransferStep::overflow;
    bool const grant = (first & 0xe) == L4_ITEM_GRANT;
    Fpage const fpage{second};
    // A nil fpage is how a pager refuses: nothing is mapped, and no error.
    if (fpage.is_nil()) return TransferStep::done;
    if (fpage.is_io()) {
        bool const mapped =
            port_database().map(sender.space->io_ports(), fpage, receiver.space->io_ports(), window, grant).has_value();
        return mapped ? TransferStep::done : TransferStep::overflow;
    }
    sender.map_cursors.reset();
    sender.transfer.map = {sender.space, fpage, L4_FPAGE_BASE(first), receiver.space,
                           window,       grant, &sender.map_cursors};
    sender.transfer.kind = MessageTransfer::Kind::map;
    return continue_map(sender.transfer, budget);
}

/// The next item of the message.
TransferStep start_item(Tcb& sender, Tcb& receiver, Budget& budget)
{
    MessageTransfer& transfer = sender.transfer;
    MessageRegisters from{sender};
    MessageRegisters to{receiver};
    Word const first = from.read(transfer.next);
    if ((first & 8) == 0) return start_string(sender, receiver, budget);
    bool const is_mapping = (first & 0xe) == L4_ITEM_MAP || (first & 0xe) == L4_ITEM_GRANT;
    if (!is_mapping || transfer.next + 1 >= transfer.end) return TransferStep::overflow;
    Word const second = from.read(transfer.next + 1);
    to.write(transfer.next, first);
    to.write(transfer.next + 1, second);
    transfer.next += 2;
    return start_map(sender, receiver, first, second, budget);
}

/// What was left of an item when the budget was exhausted.
TransferStep continue_item(Tcb& sender, Tcb& receiver, Budget& budget)
{
    switch (sender.transfer.kind) {
    case MessageTransfer::Kind::map: return continue_map(sender.transfer, budget);
    case MessageTransfer::Kind::string: return continue_string(sender, receiver, budget);
    case MessageTransfer::Kind::none: break;
    }
    return TransferStep::done;
}

} // namespace

TransferStep start_transfer(Tcb& sender, Tcb& receiver, Budget& budget)
{
    MessageRegisters from{sender};
    MessageRegisters to{receiver};
    MsgTag const tag = from.tag();
    // A page fault in the middle of a message does not touch what the message has come to.
    if (sender.ipc.purpose != IpcPurpose::transfer_fault) sender.transfer.copied = 0;
    if (tag.typed() != 0 && tag.words() >= L4_MR_COUNT) {
        // Nothing of it goes over, so neither side has a tag of it to keep (X.2, 5.3).
        from.write(0, 0);
        to.write(0, 0);
        return TransferStep::overflow;
    }

    to.write(0, tag.without_flags().raw());
    for (unsigned i = 1; i <= tag.untyped(); ++i) to.write(i, from.read(i));
    if (tag.typed() == 0) return TransferStep::done;

    sender.transfer.kind = MessageTransfer::Kind::none;
    sender.transfer.has_buffer = sender.transfer.has_deadline = false;
    sender.transfer.next = static_cast<unsigned>(tag.untyped()) + 1;
    sender.transfer.end = static_cast<unsigned>(tag.words()) + 1;
    return continue_transfer(sender, receiver, budget);
}

TransferStep continue_transfer(Tcb& sender, Tcb& receiver, Budget& budget)
{
    MessageTransfer& transfer = sender.transfer;
    TransferStep step = continue_item(sender, receiver, budget);
    while (step == TransferStep::done && transfer.next < transfer.end) {
        if (budget.is_exhausted()) return TransferStep::again;
        step = start_item(sender, receiver, budget);
    }
    return step;
}

} // namespace pecan
