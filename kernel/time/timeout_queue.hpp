// SPDX-License-Identifier: BSD-2-Clause
/// Moments at which something is due, earliest first.
///
/// A leftist heap of objects that carry their own links: insertion and removal take O(log n) steps in
/// the worst case and no memory, as the IPC path demands.
#pragma once

#include "kernel/support/panic.hpp"
#include "kernel/time/clock.hpp"

namespace pecan {

/// One moment; whoever embeds it knows what is due then.
class Timeout {
public:
    Timeout() = default;
    Timeout(Timeout const&) = delete;
    Timeout& operator=(Timeout const&) = delete;
    bool is_armed() const { return armed_; }
    Tsc due() const { return due_; }

private:
    friend class TimeoutQueue;
    Timeout* left_{nullptr};
    Timeout* right_{nullptr};
    Timeout* parent_{nullptr};
    unsigned rank_{1};
    bool armed_{false};
    Tsc due_{};
};

class TimeoutQueue {
public:
    /// The earliest timeout, nullptr if there is none.
    Timeout* first() const { return root_; }

    void arm(Timeout& timeout, Tsc due)
    {
        ensure(!timeout.armed_);
        timeout.left_ = timeout.right_ = timeout.parent_ = nullptr;
        timeout.rank_ = 1;
        timeout.armed_ = true;
        timeout.due_ = due;
        root_ = merge(root_, &timeout);
        root_->parent_ = nullptr;
    }

    /// No effect on a timeout that is not armed.
    void cancel(Timeout& timeout)
    {
        if (!timeout.armed_) return;
        timeout.armed_ = false;
        Timeout* parent = timeout.parent_;
        Timeout* rest = merge(timeout.left_, timeout.right_);
        if (rest != nullptr) rest->parent_ = parent;
        if (parent == nullptr) {
            root_ = rest;
            return;
        }
        (parent->left_ == &timeout ? parent->left_ : parent->right_) = rest;
        restore_ranks(parent);
    }

private:
    static unsigned rank(Timeout const* heap) { return heap == nullptr ? 0 : heap->rank_; }

    /// Puts the heap with the longer right spine to the left; the right spine stays at most log2(n).
    static void order_children(Timeout& node)
    {
        if (rank(node.left_) < rank(node.right_)) {
            Timeout* left = node.left_;
            node.left_ = node.right_;
            node.right_ = left;
        }
        node.rank_ = rank(node.right_) + 1;
    }

    /// Not inline: the compiler would unfold the recursion at each use.
    [[gnu::noinline]] static Timeout* merge(Timeout* a, Timeout* b)
    {
        if (a == nullptr) return b;
        if (b == nullptr) return a;
        if (b->due_ < a->due_) {
            Timeout* earlier = b;
            b = a;
            a = earlier;
        }
        a->right_ = merge(a->right_, b);
        a->right_->parent_ = a;
        order_children(*a);
        return a;
    }

    /// Ranks above a changed child: only log2(n) of them can change in turn.
    static void restore_ranks(Timeout* node)
    {
        while (node != nullptr) {
            unsigned const before = node->rank_;
            order_children(*node);
            if (node->rank_ == before) return;
            node = node->parent_;
        }
    }

    Timeout* root_{nullptr};
};

} // namespace pecan
