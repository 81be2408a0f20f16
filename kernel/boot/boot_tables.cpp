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

Word record_size(ByteView rsdp)
{
    return rsdp.size() == 0 ? 0 : align_up(sizeof(l4_boot_rsdp) + rsdp.size(), sizeof(Word));
}

void write_record(unsigned char* to, ByteView rsdp)
{
    l4_boot_rsdp const record{
        .type = L4_BOOT_RECORD_RSDP, .version = version, .next = record_size(rsdp), .size = rsdp.size()};
    __builtin_memcpy(to, &record, sizeof record);
    for (Word i = 0; i < rsdp.size(); ++i) ensure(rsdp.read(i, to[sizeof record + i]));
}

} // namespace

Word boot_tables_size(Modules const& modules, ByteView rsdp)
{
    Word size = sizeof(l4_boot_info) + record_size(rsdp);
    for (Module const& module : modules) size += record_size(module);
    return align_up(size, page_size);
}

void write_boot_tables(unsigned char* to, Modules const& modules, ByteView rsdp)
{
    __builtin_memset(to, 0, boot_tables_size(modules, rsdp));
    Word at = sizeof(l4_boot_info);
    for (Module const& module : modules) {
        write_record(to + at, module);
        at += record_size(module);
    }
    if (rsdp.size() != 0) write_record(to + at, rsdp);
    at += record_size(rsdp);
    l4_boot_info const info{
        .magic = L4_BOOT_INFO_MAGIC,
        .version = version,
        .total_size = at,
        .first_record = sizeof info,
        .record_count = modules.size() + (rsdp.size() == 0 ? 0 : 1),
        .reserved = {},
    };
    __builtin_memcpy(to, &info, sizeof info);
}

} // namespace pecan
