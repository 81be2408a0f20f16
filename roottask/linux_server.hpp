// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_LINUX_SERVER_HPP
#define ROOTTASK_LINUX_SERVER_HPP

#include "config.hpp"
#include "linux_plan.hpp"
#include "modules.hpp"

#include <l4/linux.h>
#include <l4/message.hpp>
#include <l4/thread_id.hpp>

#include <array>
#include <optional>

namespace root {

using l4::ThreadId;

/// A Linux in ring 1: its memory, where things are in it, its one vCPU.
class LinuxServer {
public:
    /// Finds the modules and takes memory. False, with a message, if that cannot be done.
    bool prepare(LinuxConfig const& config, std::string_view known_as, Modules const& modules, ThreadId id);

    /// Loads everything afresh from the untouched modules and starts it. Again after end(), too.
    bool start(ThreadId console);

    ThreadId id() const { return id_; }
    std::string_view name() const { return {name_.data(), name_size_}; }
    /// The module of its initramfs; empty: none.
    std::string_view initrd() const { return initrd_; }
    bool is_alive() const { return is_alive_; }

    /// As much memory as can be sent for a fault at this address; nothing if it means nothing, or
    /// if the same fault comes over and over although it has been answered.
    std::optional<l4::MapItem> memory_for(Word address, Word ip);

    /// Takes all its memory away, so that its next instruction ends in an exception message.
    void revoke();

    /// Ends the server and all its clients. The memory stays for another start().
    void end();

private:
    bool take_memory(std::optional<Word> wanted);
    bool make_plan();
    void load_image();
    void write_boot_page(ThreadId console);

    ThreadId id_{};
    std::array<char, 16> name_{};
    std::size_t name_size_ = 0;
    std::string_view command_line_{}, initrd_{};
    Range image_file_{}, initrd_file_{}; ///< the modules, physical
    std::optional<l4::elf::Image> image_{};
    LinuxNotes notes_{};
    RangeList memory_{};
    LinuxPlan plan_{};
    LinuxAddressMap addresses_{};
    Word quota_frames_ = 0;
    bool is_alive_ = false;
    Word last_fault_ = 0, last_fault_ip_ = 0;
    unsigned same_faults_ = 0;
};

} // namespace root

#endif
