// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_MESSAGE_HPP
#define L4_MESSAGE_HPP

#include <l4/fpage.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace l4 {

/// MR0: what kind of message it is and how many words it has.
class MsgTag {
public:
    constexpr MsgTag() = default;
    constexpr MsgTag(Word label, unsigned typed, unsigned untyped)
        : raw_{L4_TAG(label & 0xffffffffffffUL, typed, untyped)}
    {
    }
    static constexpr MsgTag from_raw(Word raw)
    {
        MsgTag tag;
        tag.raw_ = raw;
        return tag;
    }

    constexpr Word raw() const { return raw_; }
    constexpr Word label() const { return L4_TAG_LABEL(raw_); }
    constexpr unsigned untyped() const { return static_cast<unsigned>(L4_TAG_UNTYPED(raw_)); }
    constexpr unsigned typed() const { return static_cast<unsigned>(L4_TAG_TYPED(raw_)); }
    constexpr bool is_error() const { return (raw_ & L4_TAG_ERROR) != 0; }

    /// The label without the four bits in which the kernel's protocols carry rights.
    constexpr Word protocol() const { return label() & ~0xfUL; }
    constexpr Rights fault_rights() const { return static_cast<Rights>(label() & 7); }

private:
    Word raw_ = 0;
};

namespace protocol {
inline constexpr Word interrupt = L4_LABEL_INTERRUPT;
inline constexpr Word page_fault = L4_LABEL_PAGE_FAULT(0);
inline constexpr Word exception = L4_LABEL_EXCEPTION;
inline constexpr Word sigma0 = L4_LABEL_SIGMA0;
inline constexpr Word io_fault = L4_LABEL(-8L, 0);
} // namespace protocol

/// A map item: this flexpage of the sender, to appear around send_base of the receiver's window.
struct MapItem {
    Fpage page;
    Word send_base = 0;
};

/// A message under construction or just received: a copy of MR0 to MR63, so that it survives the
/// next IPC. Words beyond the last register are dropped, and reading them yields 0.
class Message {
public:
    constexpr Message() = default;
    constexpr explicit Message(Word label) { words_[0] = MsgTag{label, 0, 0}.raw(); }

    constexpr MsgTag tag() const { return MsgTag::from_raw(words_[0]); }

    /// Untyped words come first: all of them before any item.
    constexpr Message& word(Word value)
    {
        MsgTag const t = tag();
        if (t.typed() == 0 && t.untyped() < last_register) {
            words_[t.untyped() + 1] = value;
            words_[0] = MsgTag{t.label(), 0, t.untyped() + 1}.raw();
        }
        return *this;
    }
    /// The receiver gets the page as well; the sender can take it back by unmap().
    constexpr Message& map(MapItem item) { return add_item(L4_MAP_ITEM(item.send_base), item.page.raw()); }
    /// The page moves to the receiver.
    constexpr Message& grant(MapItem item) { return add_item(L4_GRANT_ITEM(item.send_base), item.page.raw()); }
    /// The bytes are copied into the receiver's next string buffer (class Acceptor). They must stay until then.
    Message& string(std::span<std::byte const> bytes)
    {
        return add_item(L4_STRING_ITEM(bytes.size()), reinterpret_cast<Word>(bytes.data()));
    }

    constexpr Word mr(unsigned index) const { return index < register_limit ? words_[index] : 0; }
    constexpr void set_mr(unsigned index, Word value)
    {
        if (index < register_limit) words_[index] = value;
    }
    /// How many registers the tag speaks for, MR0 included.
    constexpr unsigned register_count() const
    {
        unsigned const n = tag().untyped() + tag().typed() + 1;
        return n < register_limit ? n : register_limit;
    }

    // What came in.

    /// The nth map or grant item, as its sender wrote it: the page lies in the sender's space.
    constexpr std::optional<MapItem> received_map(unsigned n = 0) const
    {
        auto const at = find_item(false, n);
        if (!at) return {};
        return MapItem{Fpage::from_raw(mr(*at + 1)), mr(*at) & ~Word{0x3ff}};
    }
    /// The size of the nth string in bytes; it lies in the receiver's nth string buffer.
    constexpr std::optional<std::size_t> received_string(unsigned n = 0) const
    {
        auto const at = find_item(true, n);
        if (!at) return {};
        // A compound string is a chain of descriptors; in each, j + 1 pieces of one length.
        std::size_t size = 0;
        for (unsigned descriptor = *at;; descriptor += words_of(mr(descriptor))) {
            size += (mr(descriptor) >> 10) * (pieces_of(mr(descriptor)));
            if (!continues(mr(descriptor)) || descriptor + words_of(mr(descriptor)) >= register_count()) return size;
        }
    }

private:
    static constexpr unsigned register_limit = 64;
    static constexpr unsigned last_register = register_limit - 1;

    static constexpr bool is_string(Word first) { return (first & 8) == 0; }
    static constexpr unsigned pieces_of(Word first) { return static_cast<unsigned>(first >> 4 & 0x1f) + 1; }
    static constexpr unsigned words_of(Word first) { return is_string(first) ? 1 + pieces_of(first) : 2; }
    static constexpr bool continues(Word first) { return is_string(first) && (first & 0x200) != 0; }

    constexpr Message& add_item(Word first, Word second)
    {
        MsgTag const t = tag();
        unsigned const next = t.untyped() + t.typed() + 1;
        if (next + 1 <= last_register) {
            words_[next] = first;
            words_[next + 1] = second;
            words_[0] = MsgTag{t.label(), t.typed() + 2, t.untyped()}.raw();
        }
        return *this;
    }

    /// The register in which the nth string, or nth other item, begins.
    constexpr std::optional<unsigned> find_item(bool string, unsigned n) const
    {
        unsigned at = tag().untyped() + 1;
        while (at + 1 < register_count()) {
            if (is_string(mr(at)) == string && n-- == 0) return at;
            while (continues(mr(at)) && at + words_of(mr(at)) < register_count()) at += words_of(mr(at));
            at += words_of(mr(at));
        }
        return {};
    }

    Word words_[register_limit]{};
};

} // namespace l4

#endif
