// SPDX-License-Identifier: BSD-2-Clause
/// An ordinary task beside the server: it counts, and notices if anybody touches its registers.
#pragma once

#include <l4/message.hpp>
#include <l4/thread_id.hpp>

#include <optional>

#include "tests/gate/shared/control.hpp"

namespace gate_test {

class Counter {
public:
    [[nodiscard]] bool start(Word number);
    l4::ThreadId id() const { return id_; }
    std::optional<l4::MapItem> page_for(Word address) const;
    Word count() const;
    /// It has found a register that it did not change.
    bool is_disturbed() const;

private:
    l4::ThreadId id_{};
};

} // namespace gate_test
