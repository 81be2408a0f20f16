// SPDX-License-Identifier: BSD-2-Clause
#include "linux_server.hpp"

#include "control_registers.hpp"
#include "log.hpp"
#include "physical.hpp"
#include "random.hpp"
#include "rtc.hpp"
#include "threads.hpp"

#include <l4/syscall.hpp>
#include <l4/utcb.hpp>
#include <l4/vcpu.h>

#include <algorithm>
#include <cstring>

namespace root {

namespace {

/// The largest piece that is ever asked for: 64 GiB.
constexpr unsigned max_piece_log2 = 36;
/// A fault that comes back so often is not solved by mapping.
constexpr unsigned max_same_faults = 16;

/// Kernel memory for a Linux, in frames: page tables of its processes are most of it. When it is
/// used up, Linux empties a client and goes on, so this is about speed, not about right or wrong.
Word default_quota(Word memory)
{
    constexpr Word least = 8 * l4::mebi;
    return std::max(least, memory / 32) / l4::page_size;
}

} // namespace

bool LinuxServer::prepare(LinuxConfig const& config, std::string_view known_as, Modules const& modules, ThreadId id)
{
    id_ = id;
    // What another one has left here that could not be prepared, but for its memory: sigma0 takes none back.
    initrd_file_ = {};
    name_size_ = std::min(known_as.size(), name_.size());
    std::copy_n(known_as.data(), name_size_, name_.data());
    Module const* const module = modules.find(config.module);
    if (module == nullptr) {
        Log::line("linux={}: no such module; {}", config.module, Modules::where_to_look);
        return false;
    }
    image_file_ = module->memory;
    command_line_ = module->arguments;
    if (!config.initrd.empty()) {
        Module const* const initrd = modules.find(config.initrd);
        if (initrd == nullptr) {
            Log::line("initrd={}: no such module; {}", config.initrd, Modules::where_to_look);
            return false;
        }
        initrd_ = config.initrd;
        initrd_file_ = initrd->memory;
    }
    if (!physical::take(image_file_) || !physical::take(initrd_file_)) {
        Log::line("{}: sigma0 does not give the modules' memory", name());
        return false;
    }
    if (!initrd_file_.is_empty() && !looks_like_initrd(physical::bytes(initrd_file_)))
        Log::line("initrd={}: no archive that Linux knows, cpio or compressed; build it again, and load it with "
                  "module2 --nounzip",
                  config.initrd);
    auto const image = l4::elf::Image::parse(physical::bytes(image_file_), l4::elf::Addresses::physical);
    if (!image) {
        Log::line("{}: {}; copy or build the file again", name(), l4::elf::describe(image.error()));
        return false;
    }
    image_ = *image;
    auto const notes = LinuxNotes::read(*image);
    if (!notes) {
        Log::line("{}: no Linux for Pecan: its ELF notes are missing or of another version; "
                  "take the vmlinux that 'make linux' has built",
                  name());
        return false;
    }
    notes_ = *notes;
    if (!take_memory(config.memory) || !make_plan()) return false;
    quota_frames_ = config.quota ? *config.quota / l4::page_size : default_quota(memory_.total());
    return true;
}

bool LinuxServer::take_memory(std::optional<Word> wanted)
{
    Word const limit = wanted ? l4::align_down(*wanted, l4::large_page_size) : ~Word{0};
    Word have = memory_.total();
    for (unsigned log2 = max_piece_log2; log2 >= l4::large_page_log2; --log2) {
        Word const size = Word{1} << log2;
        while (have < limit && limit - have >= size) {
            auto const piece = physical::take_any(log2);
            if (!piece) break;
            // One range too many: that piece is lost, but a smaller one may still touch a range.
            if (!memory_.add({*piece, *piece + size})) break;
            have += size;
        }
    }
    if (have == 0 || (wanted && have < limit)) {
        Log::line("{}: {} MiB of memory wanted, {} MiB left; lower its mem= or add memory", name(),
                  wanted.value_or(0) / l4::mebi, have / l4::mebi);
        return false;
    }
    return true;
}

bool LinuxServer::make_plan()
{
    auto const plan = LinuxPlan::make(memory_, {.image = image_->extent(),
                                                .alignment = notes_.alignment,
                                                .initrd_size = initrd_file_.size(),
                                                .command_line_size = command_line_.size()});
    if (!plan) {
        Log::line("{}: {}", name(), describe(plan.error()));
        return false;
    }
    plan_ = *plan;
    addresses_ = LinuxAddressMap{memory_, plan_, notes_.virtual_base};
    return true;
}

bool LinuxServer::start(ThreadId console)
{
    load_image();
    auto const initrd = physical::bytes(initrd_file_);
    std::memcpy(physical::pointer(plan_.initrd.start), initrd.data(), initrd.size());
    write_boot_page(console);
    same_faults_ = 0;

    l4::SpaceLayout const layout{
        .control = L4_SPACE_SERVER | L4_SPACE_QUOTA,
        .kip_area = l4::Fpage::memory(L4_SERVER_KIP, l4::page_log2, l4::Rights::none),
        .utcb_area = l4::Fpage::memory(L4_SERVER_UTCB_AREA, L4_SERVER_UTCB_AREA_LOG2SIZE, l4::Rights::none),
        .quota_frames = quota_frames_,
    };
    is_alive_ = threads::start_in_new_space(id_, layout, threads::priority::linux_server,
                                            {notes_.entry, L4_LINUX_DIRECT_MAP + plan_.boot_page});
    return is_alive_;
}

void LinuxServer::load_image()
{
    for (l4::elf::Segment const& segment : image_->segments()) {
        std::byte* const to = physical::pointer(segment.memory.start + plan_.delta);
        auto const bytes = image_->bytes_of(segment);
        std::memcpy(to, bytes.data(), bytes.size());
        std::memset(to + bytes.size(), 0, segment.memory.size() - bytes.size());
    }
}

void LinuxServer::write_boot_page(ThreadId console)
{
    auto* const text = reinterpret_cast<char*>(physical::pointer(plan_.command_line));
    std::memcpy(text, command_line_.data(), command_line_.size());
    text[command_line_.size()] = 0;

    WallClock const now = read_wall_clock();
    l4_boot_page page{};
    page.magic = L4_BOOT_PAGE_MAGIC;
    page.protocol = L4_LINUX_PROTOCOL;
    page.load_delta = plan_.delta;
    page.command_line = plan_.command_line;
    page.initrd_start = plan_.initrd.start;
    page.initrd_size = plan_.initrd.size();
    page.console = console.raw();
    page.supervisor = l4::my_global_id().raw();
    page.wall_seconds = now.seconds;
    page.wall_tsc = now.tsc;
    page.xcr0 = kernel_xcr0();
    page.cr4 = kernel_cr4();
    for (Range const& range : memory_.all()) page.range[page.range_count++] = {range.start, range.size()};
    std::memset(physical::pointer(plan_.boot_page), 0, l4::page_size);
    std::memcpy(physical::pointer(plan_.boot_page), &page, sizeof page);
}

std::optional<l4::MapItem> LinuxServer::memory_for(Word address, Word ip)
{
    bool const is_same = address == last_fault_ && ip == last_fault_ip_;
    same_faults_ = is_same ? same_faults_ + 1 : 0;
    last_fault_ = address;
    last_fault_ip_ = ip;
    if (same_faults_ >= max_same_faults) return {};
    auto const found = addresses_.find(address);
    if (!found) return {};
    return l4::MapItem{physical::sendable(found->physical, found->log2size, found->rights), found->address};
}

void LinuxServer::revoke()
{
    for (Range const& range : memory_.all()) {
        l4::View const view{range, physical::window_base};
        for (Word at = range.start; at < range.end;) {
            auto const block = l4::largest_block(view, at);
            if (!block) return;
            (void)l4::unmap(physical::sendable(block->base, block->log2size, l4::Rights::rwx), false);
            at = block->base + (Word{1} << block->log2size);
        }
    }
}

void LinuxServer::end()
{
    l4::delete_thread(id_);
    is_alive_ = false;
    // Messages of the ended one that are still on their way must not be taken for the next one's.
    id_ = random::thread_id(id_.number());
}

} // namespace root
