// SPDX-License-Identifier: BSD-2-Clause
/// The ring-1 server, started afresh for each test.
#pragma once

#include <l4/fpage.hpp>
#include <l4/message.hpp>
#include <l4/thread_id.hpp>

#include <optional>

#include "tests/gate/shared/control.hpp"

namespace gate_test {

using l4::ThreadId;

/// Physical memory as the root server sees it: at this distance.
constexpr Word window_base = Word{1} << 45;
constexpr unsigned window_log2 = 45;

/// A server, its block of memory, and its pager's knowledge.
class Life {
public:
    /// `number`: thread number above the root server's. False: no memory.
    [[nodiscard]] bool prepare(Word number, Word instance);
    /// Loads image and memory anew and starts the server.
    [[nodiscard]] bool start(Scenario scenario, Word argument, bool instructions_are_ticks);
    /// Deletes the thread, the space and all its clients.
    void end();

    ThreadId id() const { return id_; }
    Control volatile& control() const { return *reinterpret_cast<Control volatile*>(block_ + 2 * region_size); }
    /// The memory for a fault, if there is any at that address.
    std::optional<l4::MapItem> page_for(Word address) const;
    /// Takes a page of the small region away from the server.
    void revoke(Word address) const;

private:
    void load() const;

    ThreadId id_{};
    Word instance_ = 0;
    Word block_ = 0; ///< where the root server sees it: image, large page, small pages
};

} // namespace gate_test
