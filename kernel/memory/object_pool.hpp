// SPDX-License-Identifier: BSD-2-Clause
/// Objects of one type in frames of the kernel heap.
#pragma once

#include <new>
#include <utility>

#include "kernel/memory/direct_map.hpp"
#include "kernel/memory/kernel_memory.hpp"
#include "kernel/support/list.hpp"

namespace pecan {

/// A slab allocator: constant time, no search; a frame goes back to the heap with its last object.
///
///     frame:  [ Slab | object | object | ... ]      free objects are chained through their first word
///
/// A quota pays for the bytes of its objects, not for the rest of the frames that hold them.
/// UP: the kernel runs with interrupts off; with more processors, the kernel lock guards it.
template <typename T>
class ObjectPool {
public:
    constexpr explicit ObjectPool(KernelMemory& memory) : memory_{memory} {}
    ObjectPool(ObjectPool const&) = delete;
    ObjectPool& operator=(ObjectPool const&) = delete;

    template <typename... Args>
    Result<T*, Error> create(Quota& quota, Args&&... args)
    {
        if (!quota.charge(sizeof(T))) return Error::no_memory;
        Slab* slab = partial_.front();
        if (slab == nullptr) slab = new_slab();
        if (slab == nullptr) {
            quota.release(sizeof(T));
            return Error::no_memory;
        }
        FreeObject* object = slab->free;
        slab->free = object->next;
        if (++slab->used == per_slab) List<Slab, Tag>::remove(*slab);
        ++count_;
        return ::new (static_cast<void*>(object)) T(std::forward<Args>(args)...);
    }

    /// Ends the object's life; `quota` is the one that it was charged to.
    void destroy(T* object, Quota& quota)
    {
        object->~T();
        Slab* slab = direct_map<Slab>(physical(object).aligned_down(page_size));
        if (slab->used == per_slab) partial_.push_front(*slab);
        slab->free = ::new (static_cast<void*>(object)) FreeObject{slab->free};
        --count_;
        quota.release(sizeof(T));
        if (--slab->used == 0) {
            List<Slab, Tag>::remove(*slab);
            memory_.frames().free(physical(slab));
        }
    }

    /// Objects alive.
    Word count() const { return count_; }

private:
    struct Tag;
    struct FreeObject {
        FreeObject* next;
    };
    struct Slab : Link<Tag> {
        FreeObject* free{nullptr};
        Word used{0};
    };
    static constexpr Word first_offset = align_up(sizeof(Slab), alignof(T));
    static constexpr Word per_slab = (page_size - first_offset) / sizeof(T);
    static_assert(sizeof(T) >= sizeof(FreeObject) && per_slab >= 2);

    Slab* new_slab()
    {
        PhysAddr const frame = memory_.frames().allocate();
        if (frame == PhysAddr{}) return nullptr;
        Slab* slab = ::new (direct_map<void>(frame)) Slab;
        for (Word i = per_slab; i-- > 0;)
            slab->free = ::new (direct_map<void>(frame + first_offset + i * sizeof(T))) FreeObject{slab->free};
        partial_.push_front(*slab);
        return slab;
    }

    KernelMemory& memory_;
    List<Slab, Tag> partial_; ///< slabs with a free object
    Word count_{0};
};

} // namespace pecan
