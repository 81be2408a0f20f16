// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/string_copy.hpp"

#include "kernel/ipc/message.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/space/space.hpp"
#include "kernel/space/user_memory.hpp"

namespace pecan {

namespace {

constexpr Word strings_accepted = 1, another_buffer = 1;

Word buffer_register(Tcb const& receiver, unsigned index)
{
    return *const_cast<Word const volatile*>(&receiver.utcb->br_descending[L4_BR_COUNT - 1 - index]);
}

/// The next descriptor of a string: its own length and pointers. False: it is none, or not all there.
template <typename Read>
bool open_descriptor(StringCursor& cursor, Read read)
{
    constexpr Word not_a_string = 8, continues = 1 << 9;
    if (cursor.next >= cursor.end) return false;
    Word const head = read(cursor.next++);
    if (cursor.is_first) cursor.has_successor = (head & another_buffer) != 0;
    cursor.is_first = false;
    cursor.pointers = static_cast<unsigned>(head >> 4 & 0x1f) + 1;
    cursor.piece_size = head >> 10;
    cursor.continues = (head & continues) != 0;
    return (head & not_a_string) == 0 && cursor.pointers <= cursor.end - cursor.next;
}

enum class Piece { found, end, malformed };

/// Sees to it that something is left of the current piece.
template <typename Read>
Piece find_piece(StringCursor& cursor, Read read)
{
    while (cursor.left == 0) {
        if (cursor.pointers == 0) {
            if (!cursor.continues) return Piece::end;
            if (!open_descriptor(cursor, read)) return Piece::malformed;
        }
        cursor.at = read(cursor.next++);
        cursor.left = cursor.piece_size;
        --cursor.pointers;
    }
    return Piece::found;
}

void advance(StringCursor& cursor, Word bytes)
{
    cursor.at += bytes;
    cursor.left -= bytes;
}

Word rest_of_page(Word address) { return page_size - (address & (page_size - 1)); }

/// A string of any kind begins with a descriptor.
StringCursor begin_at(unsigned next, unsigned end)
{
    StringCursor cursor;
    cursor.next = next;
    cursor.end = end;
    cursor.continues = cursor.is_first = true;
    return cursor;
}

/// Behind what is left of the receiver's buffer. False: no other buffer follows.
bool skip_buffer(StringCursor& buffer, Tcb const& receiver)
{
    auto const read = [&](unsigned index) { return buffer_register(receiver, index); };
    do {
        buffer.next += buffer.pointers;
        buffer.pointers = 0;
    } while (buffer.continues && open_descriptor(buffer, read));
    return buffer.has_successor && buffer.pointers == 0;
}

/// The buffer for the message's next string.
bool next_buffer(MessageTransfer& transfer, Tcb const& receiver)
{
    if (receiver.ipc.purpose != IpcPurpose::user) return false;
    if (transfer.has_buffer) {
        if (!skip_buffer(transfer.buffer, receiver)) return false;
    } else if ((buffer_register(receiver, 0) & strings_accepted) == 0) {
        return false;
    } else {
        transfer.buffer.next = 1;
    }
    transfer.has_buffer = true;
    transfer.buffer = begin_at(transfer.buffer.next, L4_BR_COUNT);
    return true;
}

/// The byte at the cursor. A page that is missing is noted, for the thread's pager.
UserPiece reach(Tcb& thread, StringCursor const& cursor, Rights access, MessageTransfer& transfer)
{
    VirtAddr const at{cursor.at};
    UserPiece piece = user_piece(*thread.space, at, access);
    if (piece.kind == UserPiece::Kind::missing && thread.space->is_sigma0() &&
        mapping_database().provide(*thread.space, at))
        piece = user_piece(*thread.space, at, access);
    if (piece.kind == UserPiece::Kind::missing) {
        transfer.faulter = &thread;
        transfer.fault_address = cursor.at;
        transfer.fault_access = access;
    }
    return piece;
}

} // namespace

TransferStep start_string(Tcb& sender, Tcb& receiver, Budget& budget)
{
    MessageTransfer& transfer = sender.transfer;
    if (!next_buffer(transfer, receiver)) return TransferStep::overflow;
    transfer.string = begin_at(transfer.next, transfer.end);
    transfer.kind = MessageTransfer::Kind::string;
    return continue_string(sender, receiver, budget);
}

TransferStep continue_string(Tcb& sender, Tcb& receiver, Budget& budget)
{
    MessageTransfer& transfer = sender.transfer;
    StringCursor& from = transfer.string;
    StringCursor& to = transfer.buffer;
    // The receiver sees the item as it was read here; the sender may change its registers meanwhile.
    auto const read_item = [&](unsigned index) {
        Word const word = MessageRegisters{sender}.read(index);
        MessageRegisters{receiver}.write(index, word);
        return word;
    };
    auto const read_buffer = [&](unsigned index) { return buffer_register(receiver, index); };
    for (;;) {
        Piece const next = find_piece(from, read_item);
        if (next == Piece::malformed) return TransferStep::overflow;
        if (next == Piece::end) {
            transfer.next = from.next;
            transfer.kind = MessageTransfer::Kind::none;
            return TransferStep::done;
        }
        if (find_piece(to, read_buffer) != Piece::found) return TransferStep::overflow;
        // Both pages are looked up anew each time: anybody may have run since.
        UserPiece const source = reach(sender, from, Rights{L4_RIGHT_R}, transfer);
        UserPiece const target =
            source.kind == UserPiece::Kind::reachable ? reach(receiver, to, Rights{L4_RIGHT_W}, transfer) : source;
        if (target.kind == UserPiece::Kind::outside) return TransferStep::overflow;
        if (target.kind == UserPiece::Kind::missing) return TransferStep::page_missing;
        Word bytes = from.left < to.left ? from.left : to.left;
        if (bytes > rest_of_page(from.at)) bytes = rest_of_page(from.at);
        if (bytes > rest_of_page(to.at)) bytes = rest_of_page(to.at);
        __builtin_memcpy(target.bytes, source.bytes, bytes);
        advance(from, bytes);
        advance(to, bytes);
        transfer.copied += bytes;
        budget.spend();
        if (budget.is_exhausted()) return TransferStep::again;
    }
}

} // namespace pecan
