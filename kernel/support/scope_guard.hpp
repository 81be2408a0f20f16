// SPDX-License-Identifier: BSD-2-Clause
/// Runs an action at the end of a scope unless dismissed: the way back of a half-done operation.
#pragma once

namespace pecan {

template <typename Action>
class ScopeGuard {
public:
    explicit ScopeGuard(Action action) : action_{action} {}
    ScopeGuard(ScopeGuard const&) = delete;
    ScopeGuard& operator=(ScopeGuard const&) = delete;
    ~ScopeGuard()
    {
        if (armed_) action_();
    }
    void dismiss() { armed_ = false; }

private:
    Action action_;
    bool armed_{true};
};

} // namespace pecan
