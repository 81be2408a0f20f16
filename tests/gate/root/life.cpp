// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gate/root/life.hpp"

#include <l4/elf.hpp>
#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/thread.hpp>
#include <l4/utcb.hpp>

#include <cstring>

extern "C" std::byte const server_file[], server_file_end[];

namespace gate_test {

namespace {

constexpr unsigned block_log2 = 23;
constexpr Word quota_frames = 1024;
constexpr Word server_priority = 100;
/// Pages that one fault brings, at most: so that there are pages left that fault.
constexpr unsigned largest_piece = 17;

l4::elf::Image const& image()
{
    static auto const parsed = l4::elf::Image::parse({server_file, server_file_end}, l4::elf::Addresses::virtual_);
    if (!parsed) __builtin_trap();
    return *parsed;
}

l4::Fpage window() { return l4::Fpage::memory(window_base, window_log2, l4::Rights::rwx); }

l4::MapItem piece(l4::Range range, Word source, l4::Rights rights, Word address, unsigned largest)
{
    l4::View const view{range, source - range.start};
    auto block = l4::largest_block(view, address);
    unsigned const log2 = block->log2size < largest ? block->log2size : largest;
    Word const base = l4::align_down(address, Word{1} << log2);
    return {l4::Fpage::memory(base + view.delta, log2, rights), base};
}

} // namespace

bool Life::prepare(Word number, Word instance)
{
    id_ = ThreadId::global(l4::root_server_id(l4::kip()).number() + number, 1);
    instance_ = instance;
    auto const physical = l4::sigma0::request_any(block_log2, window());
    if (!physical) return false;
    block_ = window_base + *physical;
    return true;
}

void Life::load() const
{
    // (The large page is only ever written by those who look at it.)
    std::memset(reinterpret_cast<void*>(block_), 0, image().extent().size());
    std::memset(reinterpret_cast<void*>(block_ + 2 * region_size), 0, region_size);
    for (l4::elf::Segment const& segment : image().segments()) {
        auto const bytes = image().bytes_of(segment);
        std::memcpy(reinterpret_cast<void*>(block_ + (segment.memory.start - image_base)), bytes.data(), bytes.size());
    }
}

bool Life::start(Scenario scenario, Word argument, bool instructions_are_ticks)
{
    load();
    control().scenario = static_cast<Word>(scenario);
    control().argument = argument;
    control().root = l4::my_global_id().raw();
    control().instance = instance_;
    control().instructions_are_ticks = instructions_are_ticks ? 1 : 0;
    l4::SpaceLayout const layout{
        .control = L4_SPACE_SERVER | L4_SPACE_QUOTA,
        .kip_area = l4::Fpage::memory(L4_SERVER_KIP, l4::page_log2, l4::Rights::none),
        .utcb_area = l4::Fpage::memory(L4_SERVER_UTCB_AREA, L4_SERVER_UTCB_AREA_LOG2SIZE, l4::Rights::none),
        .quota_frames = quota_frames,
    };
    auto thread = l4::Thread::create_in_new_space(id_, layout, server_priority);
    if (!thread || !thread->start({image().entry(), stack_top})) return false;
    thread->release();
    return true;
}

void Life::end()
{
    l4::delete_thread(id_);
    id_ = id_.next_version();
}

std::optional<l4::MapItem> Life::page_for(Word address) const
{
    for (l4::elf::Segment const& segment : image().segments()) {
        l4::Range const pages{l4::align_down(segment.memory.start, l4::page_size),
                              l4::align_up(segment.memory.end, l4::page_size)};
        if (pages.contains(address))
            return piece(pages, block_ + (pages.start - image_base), segment.rights, address, largest_piece);
    }
    l4::Range const large{large_base, large_base + region_size}, small{small_base, small_base + region_size};
    if (large.contains(address))
        return piece(large, block_ + region_size, l4::Rights::rw, address, l4::large_page_log2);
    if (small.contains(address)) return piece(small, block_ + 2 * region_size, l4::Rights::rw, address, largest_piece);
    return {};
}

void Life::revoke(Word address) const
{
    if (address < small_base || address >= small_base + region_size) return;
    (void)l4::unmap(
        l4::Fpage::memory(block_ + 2 * region_size + (address - small_base), l4::page_log2, l4::Rights::rwx), false);
}

} // namespace gate_test
