// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/boot_error.hpp"

namespace pecan {

void format(Printer& out, BootError const& e)
{
    switch (e.fault) {
    case BootFault::info_too_large:
        out("the boot loader's information takes ", Size{e.number}, ", the kernel holds ", Size{e.limit},
            ": load fewer modules or shorten their command lines");
        return;
    case BootFault::info_damaged:
        out("the boot loader's information is damaged at offset ", e.number, ": use GRUB 2 and 'multiboot2'");
        return;
    case BootFault::no_memory_map: out("the boot loader reports no RAM: use GRUB 2 and 'multiboot2'"); return;
    case BootFault::too_many_modules: out("more than ", e.limit, " modules: load fewer"); return;
    case BootFault::too_many_regions:
        out("the firmware's memory map has more than ", e.limit, " entries: raise BootRequest's limit");
        return;
    case BootFault::acpi_missing:
        out("the firmware has no ACPI table '", e.other, "': switch ACPI and the APIC on in its setup");
        return;
    case BootFault::acpi_damaged:
        out("the firmware's ACPI table '", e.other, "' is damaged or above 4 GiB: update the firmware");
        return;
    case BootFault::no_io_apic:
        out("the firmware's ACPI table 'APIC' names no I/O APIC for interrupt 0: switch the APIC on in its setup");
        return;
    case BootFault::module_missing:
        out("no module '", e.file, "': name it in the boot menu (module2 /boot/", e.file, " ", e.file,
            "); GRUB also drops modules where memory is short");
        return;
    case BootFault::module_out_of_reach:
        out("module '", e.file, "' at ", e.range, " is not below 4 GiB: use GRUB 2 and 'multiboot2'");
        return;
    case BootFault::module_overlaps:
        out("module '", e.file, "' at ", e.range, " overlaps ", e.other, ": the boot loader is at fault, use GRUB 2");
        return;
    case BootFault::no_room_for_module:
        out("module '", e.file, "' at ", e.range, " can be moved nowhere: load fewer modules or add memory");
        return;
    case BootFault::no_room_for_heap:
        out("too little memory: ", Size{e.number}, " of RAM leave no ", Size{e.limit},
            " in one piece above 16 MiB for the kernel's heap: add memory or load fewer modules");
        return;
    case BootFault::no_room_for_tables:
        out("too little memory: no ", Size{e.number}, " for the boot tables: add memory");
        return;
    case BootFault::elf_unusable: out("module '", e.file, "': ", e.other, ": copy or build the file again"); return;
    case BootFault::elf_entry_outside:
        out("module '", e.file, "': its entry ", Hex{e.number},
            " is not in an executable segment: link it with equal virtual and physical addresses");
        return;
    case BootFault::elf_place_taken:
        out("module '", e.file, "': its place ", e.range, " is not free RAM");
        if (!e.other.empty()) out(" (", e.other, " is there)");
        out(": link it elsewhere or add memory");
        return;
    }
}

} // namespace pecan
