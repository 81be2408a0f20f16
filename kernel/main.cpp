// SPDX-License-Identifier: BSD-2-Clause
/// From the boot loader's hand-over to the first thread, as a list.
#include "kernel/arch/x86/boot/direct_map_extension.hpp"
#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/msr.hpp"
#include "kernel/boot/boot_tables.hpp"
#include "kernel/boot/cpu_check.hpp"
#include "kernel/boot/loader.hpp"
#include "kernel/boot/start.hpp"
#include "kernel/debug/console.hpp"
#include "kernel/debug/trace/trace.hpp"
#include "kernel/memory/direct_map.hpp"

namespace pecan {

namespace {

// Too large for the boot stack.
constinit MultibootCopy multiboot_copy{};
constinit BootRequest request{}; ///< its modules are where the plan has moved them
constinit MemoryMap memory_map{};
constinit ModulePlan plan{};
constinit Claims claims{};
constinit PhysRange boot_tables{}, trace_buffer{}; ///< the latter is empty: not in this kernel
constinit BootInfo boot{};
alignas(page_size) constinit unsigned char kip_page[page_size]{};

CpuFeatureWords read_cpu_features()
{
    auto const leaf = [](std::uint32_t number) {
        bool const exists = x86::cpuid(number & 0x8000'0000).eax >= number;
        return exists ? x86::cpuid(number) : x86::CpuidResult{};
    };
    constexpr std::uint32_t arch_capabilities = 1u << 29;
    bool const has_capabilities = (leaf(7).edx & arch_capabilities) != 0;
    return {.leaf1_ecx = leaf(1).ecx,
            .leaf1_edx = leaf(1).edx,
            .leaf7_ebx = leaf(7).ebx,
            .extended1_edx = leaf(0x8000'0001).edx,
            .power_edx = leaf(0x8000'0007).edx,
            .vendor_ecx = x86::cpuid(0).ecx,
            .arch_capabilities =
                has_capabilities ? static_cast<std::uint32_t>(x86::read_msr(x86::msr_arch_capabilities)) : 0};
}

/// What boot/entry.S has mapped of physical memory.
ByteView read_physical(PhysAddr from, Word size)
{
    bool const is_mapped = from.raw() < four_gib.raw() && size <= four_gib.raw() - from.raw();
    return is_mapped ? ByteView{direct_map<void const>(from), size} : ByteView{};
}

BootResult<Ok> read_request(PhysAddr multiboot_info)
{
    ByteView const info = TRY(multiboot_copy.take(direct_map<void const>(multiboot_info)));
    TRY(parse_multiboot(info, request));
    boot.interrupts = TRY(read_interrupt_routing(request.rsdp, read_physical));
    boot.kernel_image = kernel_image();
    claims.add(boot.kernel_image, "the kernel");
    memory_map.build(request.regions);
    print("memory map:\n", memory_map);
    return Ok{};
}

/// Gets the modules out of low memory, where the servers are linked to.
BootResult<Ok> clear_low_memory()
{
    TRY(plan_modules(memory_map, claims, request.modules, plan));
    print("modules:\n");
    for (Move const& step : plan) print("  ", request.modules[step.module].name, "  ", step, "\n");
    move_modules(plan, request.modules);
    for (Module const& module : request.modules)
        claims.add({module.range.start, align_up(module.range.size, page_size)}, module.name);
    return Ok{};
}

BootResult<PhysRange> take_pages(Word size, Text owner)
{
    auto const place = highest_place(memory_map, claims, {one_mib, four_gib}, size, page_size);
    if (!place.has_value()) return BootError{.fault = BootFault::no_room_for_tables, .number = size};
    PhysRange const pages{place.value(), size};
    claims.add(pages, owner);
    return pages;
}

BootResult<Ok> take_trace_memory()
{
    if (!tracing) return Ok{};
    trace_buffer = TRY(take_pages(L4_TRACE_SIZE, "the trace buffer"));
    start_trace(trace_buffer.start);
    print("trace: ", trace_buffer, "\n");
    return Ok{};
}

PhysAddr lowest_module()
{
    PhysAddr lowest = four_gib;
    for (Module const& module : request.modules)
        if (module.range.size != 0 && module.range.start < lowest) lowest = module.range.start;
    return lowest;
}

BootResult<Ok> take_kernel_memory()
{
    boot.whole_heap = TRY(place_heap(memory_map, claims, lowest_module()));
    claims.add(boot.whole_heap, "the kernel's heap");
    Word const tables = direct_map_tables_size(memory_map);
    extend_direct_map(memory_map, boot.whole_heap.start);
    boot.heap = {boot.whole_heap.start + tables, boot.whole_heap.size - tables};
    print("kernel: image ", boot.kernel_image, ", heap ", boot.heap, " (", Size{boot.heap.size}, ")\n");
    return Ok{};
}

BootResult<ServerBox> load_server(Text name)
{
    Module const module = TRY(find_module(request.modules, name));
    ServerImage const image = TRY(parse_elf(name, contents(module)));
    TRY(check_place(image, memory_map, claims));
    claims.add(image.range, name);
    load(image);
    print(name, ": image ", image.range, ", entry ", Hex{image.elf.entry()}, "\n");
    return ServerBox{VirtAddr{image.elf.entry()}, image.range};
}

BootResult<Ok> tell_of_modules()
{
    Word const size = boot_tables_size(request.modules, request.rsdp);
    boot_tables = TRY(take_pages(size, "the boot tables"));
    write_boot_tables(direct_map<unsigned char>(boot_tables.start), request.modules, request.rsdp);
    return Ok{};
}

/// In the reference kernel's order: sigma0 lets later descriptors override earlier ones.
BootResult<Ok> make_kip()
{
    l4_kip& kip = start_kip(kip_page);
    TRY(add_firmware_memory(kip, memory_map));
    add_kip_memory(kip, boot.whole_heap, L4_MEMORY_RESERVED);
    add_kip_memory(kip, boot.sigma0.image, L4_MEMORY_SERVER_IMAGE);
    add_kip_memory(kip, boot.root_server.image, L4_MEMORY_SERVER_IMAGE);
    for (Module const& module : request.modules)
        add_kip_memory(kip, {module.range.start, align_up(module.range.size, page_size)}, L4_MEMORY_MODULE);
    add_kip_memory(kip, boot_tables, L4_MEMORY_BOOT_TABLES);
    add_kip_memory(kip, trace_buffer, L4_MEMORY_TRACE);
    add_kip_memory(kip, boot.kernel_image, L4_MEMORY_RESERVED);
    add_user_addresses(kip, user_end - 1);
    kip.sigma0 = kip_server(boot.sigma0);
    kip.root_server = kip_server(boot.root_server);
    kip.boot_info = boot_tables.start.raw();
    boot.kip = image_phys(kip_page);
    return Ok{};
}

BootResult<Ok> prepare(PhysAddr multiboot_info)
{
    TRY(read_request(multiboot_info));
    TRY(clear_low_memory());
    TRY(take_kernel_memory());
    TRY(take_trace_memory());
    boot.sigma0 = TRY(load_server("sigma0"));
    boot.root_server = TRY(load_server("roottask"));
    TRY(tell_of_modules());
    return make_kip();
}

[[noreturn]] void stop()
{
    print("Pecan stops.\n");
    x86::stop();
}

} // namespace

/// Called by boot/entry.S with the physical address of the boot loader's information, below 4 GiB.
extern "C" [[noreturn]] void boot_main(Word multiboot_info)
{
    console_start();
    print("\nPecan 0.1 microkernel\n");
    drop_boot_mappings();
    if (!check_cpu(read_cpu_features(), console())) stop();
    auto const result = prepare(PhysAddr{multiboot_info});
    if (!result.has_value()) {
        print("cannot start: ", result.error(), "\n");
        stop();
    }
    start_system(boot, memory_map);
}

} // namespace pecan
