// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mapping/mapping.hpp"

#include "kernel/support/panic.hpp"

namespace pecan {

void Mapping::become_child_of(Mapping& parent, Mapping& before)
{
    ensure(parent.depth() < max_depth);
    parent_ = &parent;
    frame_and_depth_ = (frame_and_depth_ & ~max_depth) | (parent.depth() + 1);
    prev_ = &before;
    next_ = before.next_;
    if (next_ != nullptr) next_->prev_ = this;
    before.next_ = this;
}

void Mapping::unlink()
{
    ensure(!has_children());
    if (prev_ != nullptr) prev_->next_ = next_;
    if (next_ != nullptr) next_->prev_ = prev_;
    next_ = prev_ = parent_ = nullptr;
}

} // namespace pecan
