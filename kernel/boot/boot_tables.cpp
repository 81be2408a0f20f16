// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/boot_tables.hpp"

#include "l4/kip.h"

namespace pecan {

namespace {

constexpr Word version = 1;

/// A record and its command line with NUL, up to the next record.
Word record_size(Module const& module)
{
    return align_up(sizeof(l4_boot_module) + module.command_line.size() + 1, sizeof(Word));
}

void write_record(unsigned char* to, Module const& module)
{
    l4_boot_module const record{
        .type = L4_BOOT_RECORD_MODULE,
        .version = version,
        .next = record_size(module),
        .start = module.range.start.raw(),
        .size = module.range.size,
        .command_line = sizeof record,
    };
    __builtin_memcpy(to, &record, sizeof record);
    unsigned char* out = to + sizeof record;
    for (char character : module.command_line) *out++ = static_cast<unsigned char>(character);
}

} // namespace

Word boot_tables_size(Modules const& modules)
{
    Word size = sizeof(l4_boot_info);
    for (Module const& module : modules) size += record_size(module);
    return align_up(size, page_size);
}

void write_boot_tables(unsigned char* to, Modules const& modules)
{
    __builtin_memset(to, 0, boot_tables_size(modules));
    Word at = sizeof(l4_boot_info);
    for (Module const& module : modules) {
        write_record(to + at, module);
        at += record_size(module);
    }
    l4_boot_info const info{
        .magic = L4_BOOT_INFO_MAGIC,
        .version = version,
        .total_size = at,
        .first_record = sizeof info,
        .record_count = modules.size(),
        .reserved = {},
    };
    __builtin_memcpy(to, &info, sizeof info);
}

} // namespace pecan
