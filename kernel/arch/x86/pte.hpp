// SPDX-License-Identifier: BSD-2-Clause
/// The page-table entry of x86-64, all four levels (Intel SDM volume 3, 4.5).
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/space/page_size.hpp"
#include "l4/vcpu.h"

namespace pecan {

enum class Privilege : std::uint8_t { supervisor, user };

/// Memory types, numbered as in the entries of L4_VCPU_MAP.
enum class CacheAttribute : std::uint8_t {
    write_back = L4_MAP_WB,
    uncached = L4_MAP_UC,
    write_combining = L4_MAP_WC,
    write_through = L4_MAP_WT,
    write_protected, ///< only by MemoryControl
};

/// What the processor noted in an entry.
struct PageStatus {
    bool accessed{false};
    bool dirty{false};

    constexpr bool any() const { return accessed || dirty; }
    constexpr PageStatus operator|(PageStatus o) const { return {accessed || o.accessed, dirty || o.dirty}; }
    /// As Unmap reports it: the processor does not tell reading from executing.
    constexpr Rights as_rights() const
    {
        return Rights{(accessed ? L4_RIGHT_R | L4_RIGHT_X : 0) | (dirty ? L4_RIGHT_R | L4_RIGHT_W : 0)};
    }
};

/// One entry, by value. An absent entry is all zero. The global bit is never set (gate.md, rule 1).
class Pte {
public:
    constexpr Pte() = default;
    constexpr explicit Pte(Word raw) : raw_{raw} {}

    /// An entry that points to a table; rights are decided by the leaf alone.
    static constexpr Pte table(PhysAddr address, Privilege privilege)
    {
        return Pte{address.raw() | present | writable | user_bit(privilege)};
    }
    /// A leaf. Presence implies the right to read.
    static constexpr Pte leaf(PhysAddr address, PageSize size, Rights rights, Privilege privilege,
                              CacheAttribute attribute = CacheAttribute::write_back)
    {
        return Pte{address.raw() | present | right_bits(rights) | user_bit(privilege) |
                   attribute_bits(attribute, size) | (size == PageSize::small ? 0 : page_size_bit)};
    }

    constexpr Word raw() const { return raw_; }
    constexpr bool is_present() const { return (raw_ & present) != 0; }
    constexpr bool is_leaf(unsigned level) const { return level == 1 || (raw_ & page_size_bit) != 0; }
    constexpr bool is_user() const { return (raw_ & user) != 0; }
    constexpr PhysAddr table_address() const { return PhysAddr{raw_ & address_mask}; }
    constexpr PhysAddr leaf_address(unsigned level) const
    {
        return PhysAddr{raw_ & address_mask & ~low_mask(log2_of_entry(level))};
    }

    constexpr Rights rights() const
    {
        return Rights{L4_RIGHT_R | ((raw_ & writable) != 0 ? L4_RIGHT_W : 0) |
                      ((raw_ & no_execute) == 0 ? L4_RIGHT_X : 0)};
    }
    constexpr PageStatus status() const { return {(raw_ & accessed) != 0, (raw_ & dirty) != 0}; }
    constexpr Pte without_status() const { return Pte{raw_ & ~(accessed | dirty)}; }

    /// A kernel page that the space's owner can neither unmap, nor overmap, nor send (software bit).
    constexpr bool is_pinned() const { return (raw_ & pinned) != 0; }
    constexpr Pte as_pinned() const { return Pte{raw_ | pinned}; }

    /// The memory type's bits moved to another page size: bit 7 of a small page is bit 12 of a large one.
    constexpr Pte attribute_for(PageSize size, unsigned from_level) const
    {
        bool const pat = (raw_ & (from_level == 1 ? pat_small : pat_large)) != 0;
        Word const bit = size == PageSize::small ? pat_small : pat_large;
        return Pte{(raw_ & (write_through | cache_disable)) | (pat ? bit : 0)};
    }
    /// A leaf with the memory type of `source`, an entry of `source_level`.
    static constexpr Pte leaf_like(Pte source, unsigned source_level, PhysAddr address, PageSize size, Rights rights,
                                   Privilege privilege)
    {
        return Pte{leaf(address, size, rights, privilege).raw() | source.attribute_for(size, source_level).raw()};
    }

    /// A leaf with another memory type.
    constexpr Pte with_attribute(CacheAttribute attribute, PageSize size) const
    {
        Word const mask = write_through | cache_disable | (size == PageSize::small ? pat_small : pat_large);
        return Pte{(raw_ & ~mask) | attribute_bits(attribute, size)};
    }

    constexpr bool operator==(Pte const&) const = default;

    static constexpr Word present = 1 << 0, writable = 1 << 1, user = 1 << 2, write_through = 1 << 3,
                          cache_disable = 1 << 4, accessed = 1 << 5, dirty = 1 << 6, page_size_bit = 1 << 7,
                          pat_small = 1 << 7, global = 1 << 8, pinned = 1 << 9, pat_large = 1 << 12,
                          no_execute = Word{1} << 63, address_mask = 0x000f'ffff'ffff'f000;

private:
    static constexpr Word user_bit(Privilege privilege) { return privilege == Privilege::user ? user : 0; }
    static constexpr Word right_bits(Rights rights)
    {
        return (rights.write() ? writable : 0) | (rights.execute() ? 0 : no_execute);
    }
    /// The PAT as the kernel programs it: 0 WB, 1 WT, 3 UC as after reset, and 4 WC, 5 WP.
    static constexpr Word attribute_bits(CacheAttribute attribute, PageSize size)
    {
        switch (attribute) {
        case CacheAttribute::write_back: return 0;
        case CacheAttribute::uncached: return cache_disable | write_through;
        case CacheAttribute::write_combining: return size == PageSize::small ? pat_small : pat_large;
        case CacheAttribute::write_through: return write_through;
        case CacheAttribute::write_protected: return write_through | (size == PageSize::small ? pat_small : pat_large);
        }
        return cache_disable | write_through;
    }

    Word raw_{0};
};

static_assert(sizeof(Pte) == sizeof(Word));

} // namespace pecan
