// SPDX-License-Identifier: BSD-2-Clause
/// Where the walk over a page's subtree stands that goes on another time.
#pragma once

#include "kernel/mapping/mapping.hpp"
#include "kernel/support/list.hpp"

namespace pecan {

struct CursorTag;

/// Stands at a page that was passed. The mapping database keeps those that are set (MappingDatabase::stop_at) true: a page
/// that goes hands them on to the one before it in preorder, which was passed too.
class MappingCursor : public Link<CursorTag> {
public:
    /// Where the walk over the subtree of `root` stands; at its root if it has not begun.
    Mapping& within(Mapping& root) const { return root_ == &root ? *at_ : root; }
    void set(Mapping& root, Mapping& at)
    {
        root_ = &root;
        at_ = &at;
    }
    void reset()
    {
        root_ = nullptr;
        List<MappingCursor, CursorTag>::remove(*this);
    }
    /// `page` goes.
    void leave(Mapping const& page)
    {
        if (root_ == &page) return reset();
        if (at_ != &page) return;
        at_ = page.before();
        at_->set_watched();
    }

private:
    Mapping* root_{nullptr};
    Mapping* at_{nullptr};
};

/// What one operation needs: over the pages derived from one page, and in it over one that goes with all below it.
struct MappingCursors {
    MappingCursor below, leaf;

    void reset()
    {
        below.reset();
        leaf.reset();
    }
};

} // namespace pecan
