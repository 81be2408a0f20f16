// SPDX-License-Identifier: BSD-2-Clause
/// Long operations go in steps and can be stopped between any two.
#pragma once

#include "kernel/support/address.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

/// What an operation says when it returns: all done, or call again with the same arguments.
/// In between everything is consistent, the TLB too, and anybody may run.
enum class [[nodiscard]] Progress{done, again};

/// How many steps an operation may still take. An operation does a step first and looks here afterwards, so each call
/// gets somewhere, be it with one step.
class Budget {
public:
    constexpr explicit Budget(Word steps) : left_{steps} { ensure(steps > 0); }
    void spend(Word steps = 1) { left_ -= steps < left_ ? steps : left_; }
    bool is_exhausted() const { return left_ == 0; }

private:
    Word left_;
};

} // namespace pecan
