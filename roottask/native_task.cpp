// SPDX-License-Identifier: BSD-2-Clause
#include "native_task.hpp"

#include "log.hpp"
#include "physical.hpp"
#include "threads.hpp"

#include <l4/sigma0.hpp>

#include <bit>
#include <cstring>

namespace root {

bool NativeTask::load(Module const& module, TaskConfig const& config, ThreadId id)
{
    for (Word port = config.ports.start; port < config.ports.end; ++port) {
        if (l4::sigma0::request_ports(port, 0)) continue;
        Log::line("{}: sigma0 does not give port {x}", module.name, port);
        return false;
    }
    if (!physical::take(module.memory)) {
        Log::line("{}: sigma0 does not give the module's memory", module.name);
        return false;
    }
    auto const image = l4::elf::Image::parse(physical::bytes(module.memory), l4::elf::Addresses::virtual_);
    if (!image) {
        Log::line("{}: {}; copy or build the file again", module.name, l4::elf::describe(image.error()));
        return false;
    }
    auto const layout = TaskLayout::make(*image);
    if (!layout) {
        Log::line("{}: {}", module.name, describe(layout.error()));
        return false;
    }
    auto const memory = physical::take_any(static_cast<unsigned>(std::bit_width(layout->memory_size() - 1)));
    if (!memory) {
        Log::line("{}: no memory for {} KiB", module.name, layout->memory_size() / l4::kibi);
        return false;
    }
    std::byte* const base = physical::pointer(*memory);
    std::memset(base, 0, layout->memory_size());
    for (l4::elf::Segment const& segment : image->segments()) {
        auto const bytes = image->bytes_of(segment);
        std::memcpy(base + (segment.memory.start - layout->image().start), bytes.data(), bytes.size());
    }
    id_ = id;
    name_ = module.name;
    entry_ = image->entry();
    layout_ = *layout;
    memory_ = *memory;
    ports_ = config.ports;
    interrupt_ = config.interrupt;
    return true;
}

bool NativeTask::start(l4::TaskStart const& description)
{
    // On top of the stack, aligned as a call frame is.
    Word const offset = l4::align_down(layout_.memory_size() - sizeof description, 16);
    std::memcpy(physical::pointer(memory_ + offset), &description, sizeof description);
    Word const sp = layout_.stack().start + (offset - layout_.image().size());

    is_alive_ = threads::start_in_new_space(id_, l4::ordinary_layout(), threads::priority::task, {entry_, sp});
    return is_alive_;
}

std::optional<l4::MapItem> NativeTask::page_for(Word address, l4::Rights wanted) const
{
    auto const page = layout_.find(address);
    if (!page || !l4::allows(page->rights, wanted)) return {};
    return l4::MapItem{physical::sendable(memory_ + page->offset, l4::page_log2, page->rights),
                       l4::align_down(address, l4::page_size)};
}

std::optional<l4::MapItem> NativeTask::ports_for(l4::Fpage wanted) const
{
    if (!ports_.contains({wanted.first_port(), wanted.first_port() + wanted.port_count()})) return {};
    return l4::MapItem{l4::Fpage::ports(wanted.first_port(), wanted.log2_port_count())};
}

bool NativeTask::attach_interrupt(Word line)
{
    if (line != interrupt_ || !l4::associate_interrupt(line, id_)) return false;
    is_attached_ = true;
    return true;
}

void NativeTask::end()
{
    if (is_attached_) (void)l4::associate_interrupt(*interrupt_, ThreadId::interrupt(*interrupt_));
    is_attached_ = false;
    // Its memory stays ours: sigma0 takes nothing back.
    l4::delete_thread(id_);
    is_alive_ = false;
}

} // namespace root
