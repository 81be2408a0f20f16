// SPDX-License-Identifier: BSD-2-Clause
/// A page of a space, and from which page of which space it came.
#pragma once

#include "kernel/arch/x86/pte.hpp"
#include "kernel/space/page_size.hpp"

namespace pecan {

class Space;

/// A node of the mapping tree. The tree is kept as a list in preorder:
///
///     sigma0 0 ---- root task 1 ---- server 2 ---- driver 2 ---- other 1        (numbers: depth)
///
/// the subtree of a node is the nodes behind it, up to the first that is no deeper. Rights and the present accessed and
/// dirty bits are in the page table; the node keeps what its removed descendants had.
/// UP: the kernel runs with interrupts off; with more processors, the kernel lock guards it.
class Mapping {
public:
    static constexpr Word max_depth = (Word{1} << 23) - 1;

    Mapping(Space& space, VirtAddr where, PageSize size, PhysAddr frame)
        : space_{&space}, frame_and_depth_{frame.raw() << 12}, page_{where.raw() | log2_of(size)}
    {
    }
    Mapping(Mapping const&) = delete;
    Mapping& operator=(Mapping const&) = delete;

    Space& space() const { return *space_; }
    VirtAddr address() const { return VirtAddr{align_down(page_, page_size)}; }
    PageSize size() const { return static_cast<PageSize>(page_ & 0x3f); }
    PhysAddr frame() const { return PhysAddr{frame_and_depth_ >> 24 << page_bits}; }
    PhysRange frames() const { return {frame(), bytes_of(size())}; }
    Word depth() const { return frame_and_depth_ & max_depth; }
    Mapping* parent() const { return parent_; }

    /// Another page in another space: the place in the tree stays.
    void move_to(Space& space, VirtAddr where)
    {
        space_ = &space;
        page_ = where.raw() | (page_ & low_mask(page_bits));
    }

    // -- Place in the tree ---------------------------------------------------------------------------------------

    /// Enters this node as a child of `parent`, whose depth is below max_depth, behind `before`: the parent, or the last
    /// page below one of its children.
    void become_child_of(Mapping& parent, Mapping& before);
    /// Takes a node without children out of the tree.
    void unlink();
    Mapping* before() const { return prev_; }
    bool has_children() const { return next_ != nullptr && next_->depth() > depth(); }
    /// The node behind `this` in the subtree of `root`; nullptr at its end.
    Mapping* next_in(Mapping const& root) const
    {
        return next_ != nullptr && next_->depth() > root.depth() ? next_ : nullptr;
    }
    /// Whether `other` is this page or derived from it.
    bool is_origin_of(Mapping const& other) const
    {
        if (!frames().overlaps(other.frames())) return false;
        Mapping const* page = &other;
        while (page->depth() > depth()) page = page->parent_;
        return page == this;
    }
    /// A cursor may stand here, or may have stood here (mapping_cursor.hpp).
    bool is_watched() const { return (frame_and_depth_ & watched_bit) != 0; }
    void set_watched() { frame_and_depth_ |= watched_bit; }

    // -- What descendants were used for --------------------------------------------------------------------------

    void add_status(PageStatus status)
    {
        page_ |= (status.accessed ? accessed_bit : 0) | (status.dirty ? dirty_bit : 0);
    }
    PageStatus take_status()
    {
        PageStatus const status{(page_ & accessed_bit) != 0, (page_ & dirty_bit) != 0};
        page_ &= ~(accessed_bit | dirty_bit);
        return status;
    }

    // -- A server's page, while its clients are searched for copies -----------------------------------------------

    /// Rights that the page is about to lose: clients get them no more. With 'read' the page goes.
    Rights revoking() const { return Rights{page_ >> revoking_shift}; }
    void set_revoking(Rights rights) { page_ |= rights.raw() << revoking_shift; }
    void clear_revoking() { page_ &= ~(Word{7} << revoking_shift | searched_bit); }
    /// No client has a copy with the rights that are being revoked.
    bool is_searched() const { return (page_ & searched_bit) != 0; }
    void set_searched(bool searched) { page_ = searched ? page_ | searched_bit : page_ & ~searched_bit; }

private:
    static constexpr Word watched_bit = 1 << 23;
    static constexpr Word accessed_bit = 1 << 6, dirty_bit = 1 << 7, searched_bit = 1 << 11;
    static constexpr unsigned revoking_shift = 8;

    Mapping* next_{nullptr};
    Mapping* prev_{nullptr};
    Mapping* parent_{nullptr};
    Space* space_;
    Word frame_and_depth_; ///< frame number 24..63, watched 23, depth 0..22
    Word page_;            ///< address 12..63, log2 size 0..5, accessed 6, dirty 7, revoking 8..10, searched 11
};
static_assert(sizeof(Mapping) == 48);

} // namespace pecan
