// SPDX-License-Identifier: BSD-2-Clause
/// How much kernel memory a space may take, and how much it has.
#pragma once

#include "kernel/support/address.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

/// Counts bytes. UP: the kernel runs with interrupts off; with more processors, the kernel lock guards it.
class Quota {
public:
    constexpr explicit Quota(Word limit) : limit_{limit} {}
    Quota(Quota const&) = delete;
    Quota& operator=(Quota const&) = delete;

    /// False, and nothing charged, if that would exceed the limit.
    [[nodiscard]] bool charge(Word bytes)
    {
        if (used_ > limit_ || bytes > limit_ - used_) return false;
        used_ += bytes;
        return true;
    }
    void release(Word bytes)
    {
        ensure(bytes <= used_);
        used_ -= bytes;
    }
    /// A limit below what is in use only stops further growth.
    void set_limit(Word limit) { limit_ = limit; }
    Word limit() const { return limit_; }
    Word used() const { return used_; }

private:
    Word limit_;
    Word used_{0};
};

} // namespace pecan
