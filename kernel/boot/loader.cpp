// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/loader.hpp"

#include "kernel/memory/direct_map.hpp"

namespace pecan {

namespace {

void clear(PhysAddr start, PhysAddr end) { __builtin_memset(direct_map<unsigned char>(start), 0, end - start); }

/// Copies `size` bytes to a place that may overlap them, in pieces that do not overlap themselves: upwards moves
/// begin at the end. (A plain memmove upwards goes byte by byte, too slow for a ramdisk.)
void move(PhysAddr to, PhysAddr from, Word size)
{
    if (to == from) return;
    auto* out = direct_map<unsigned char>(to);
    auto const* in = direct_map<unsigned char const>(from);
    Word const distance = to > from ? to - from : from - to;
    Word const piece = distance < size ? distance : size;
    for (Word done = 0; done < size;) {
        Word const count = piece < size - done ? piece : size - done;
        Word const at = to > from ? size - done - count : done;
        __builtin_memcpy(out + at, in + at, count);
        done += count;
    }
}

} // namespace

void move_modules(ModulePlan const& plan, Modules& modules)
{
    for (Move const& step : plan) {
        move(step.to, step.from.start, step.from.size);
        PhysRange& range = modules[step.module].range;
        range.start = step.to;
        clear(range.end(), PhysAddr{align_up(range.end().raw(), page_size)});
    }
}

void load(ServerImage const& image)
{
    clear(image.range.start, image.range.end());
    for (l4::elf::Segment const& segment : image.elf.segments())
        __builtin_memcpy(direct_map<void>(PhysAddr{segment.memory.start}), image.elf.bytes_of(segment).data(),
                         segment.file_size);
}

BootResult<Module> find_module(Modules const& modules, Text name)
{
    for (Module const& module : modules)
        if (module.name == name) return module;
    return BootError{.fault = BootFault::module_missing, .file = name};
}

ByteView contents(Module const& module)
{
    return {direct_map<unsigned char const>(module.range.start), module.range.size};
}

} // namespace pecan
