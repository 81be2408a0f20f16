// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_MESSAGE_HPP
#define L4_MESSAGE_HPP

#include <l4/fpage.hpp>

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
    constexpr Message& map(MapItem item)
    {
        MsgTag const t = tag();
        unsigned const next = t.untyped() + t.typed() + 1;
        if (next + 1 <= last_register) {
            words_[next] = L4_MAP_ITEM(item.send_base);
            words_[next + 1] = item.page.raw();
            words_[0] = MsgTag{t.label(), t.typed() + 2, t.untyped()}.raw();
        }
        return *this;
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

private:
    static constexpr unsigned register_limit = 64;
    static constexpr unsigned last_register = register_limit - 1;
    Word words_[register_limit]{};
};

} // namespace l4

#endif
