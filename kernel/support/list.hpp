// SPDX-License-Identifier: BSD-2-Clause
/// Doubly linked ring of objects that carry their own links: no allocation, O(1) removal.
#pragma once

#include "kernel/support/panic.hpp"

namespace pecan {

/// Derive from Link<Tag> once for each list an object can be in at the same time.
template <typename Tag>
class Link {
public:
    Link() = default;
    Link(Link const&) = delete;
    Link& operator=(Link const&) = delete;
    bool is_linked() const { return next_ != this; }

private:
    template <typename, typename>
    friend class List;
    friend struct Offsets; // arch/x86/offsets.cpp
    Link* next_{this};
    Link* prev_{this};
};

/// A first-in first-out list of T, which derives from Link<Tag>.
template <typename T, typename Tag>
class List {
public:
    bool is_empty() const { return !head_.is_linked(); }
    T* front() const { return is_empty() ? nullptr : object(head_.next_); }
    /// The element behind `item`, nullptr at the end.
    T* next(T const& item) const
    {
        Link<Tag>* link = node(item).next_;
        return link == &head_ ? nullptr : object(link);
    }
    void push_back(T& item) { insert_before(head_, item); }
    void push_front(T& item) { insert_before(*head_.next_, item); }
    /// Takes `item` out of the list it is in; no effect if it is in none.
    static void remove(T& item)
    {
        Link<Tag>& link = item;
        link.prev_->next_ = link.next_;
        link.next_->prev_ = link.prev_;
        link.next_ = link.prev_ = &link;
    }

private:
    static T* object(Link<Tag>* link) { return static_cast<T*>(link); }
    static Link<Tag> const& node(T const& item) { return item; }
    static void insert_before(Link<Tag>& where, Link<Tag>& link)
    {
        ensure(!link.is_linked());
        link.next_ = &where;
        link.prev_ = where.prev_;
        where.prev_->next_ = &link;
        where.prev_ = &link;
    }

    Link<Tag> head_;
};

} // namespace pecan
