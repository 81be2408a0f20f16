// SPDX-License-Identifier: BSD-2-Clause
/// The last part of booting: the processor's final state, the interrupts, sigma0, the root server.
#include "kernel/arch/x86/address_space.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/io_apic.hpp"
#include "kernel/arch/x86/kernel_pages.hpp"
#include "kernel/arch/x86/local_apic.hpp"
#include "kernel/arch/x86/processor_switch.hpp"
#include "kernel/boot/interface_page.hpp"
#include "kernel/boot/start.hpp"
#include "kernel/debug/console.hpp"
#include "kernel/debug/trace/trace.hpp"
#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/thread/create.hpp"
#include "kernel/thread/space_life.hpp"
#include "kernel/thread/thread_table.hpp"
#include "kernel/trap/trap.hpp"

namespace pecan {

namespace {

constexpr PhysRange local_apic_page{PhysAddr{0xfee00000}, page_size};

// Where the initial servers find their kernel areas: room for 256 UTCBs (X.2 reference kernel's places).
// Sigma0 holds all memory at its physical address, so its own lie where no memory can be: it could not give what they hide.
struct ServerAreas {
    Fpage kip, utcbs;
};
constexpr ServerAreas areas_of(SpaceKind kind)
{
    Word const base = kind == SpaceKind::sigma0 ? Word{1} << 46 : 0xbf000000;
    return {Fpage::memory(base + 0xf00000, page_bits, Rights::all()), Fpage::memory(base, 18, Rights::all())};
}
constexpr Priority initial_priority = 255;
/// Kernel memory for an initial server; a root server has the page tables of all that it passes on.
constexpr Word initial_quota = 64 << 20;

/// This processor's own data appear at their fixed address (the last 2 MiB of the kernel image's directory).
void map_cpu_local()
{
    make_kernel_table(CPU_LOCAL_BASE);
    for (Word offset = 0; offset < sizeof(Cpu); offset += page_size)
        map_kernel_page(CPU_LOCAL_BASE + offset, boot_frame());
    new (&this_cpu()) Cpu{};
}

/// What sigma0 can never have: the kernel, its heap, the interrupt controllers.
void reserve_kernel_memory(BootInfo const& boot, l4_kip& kip)
{
    PhysRange const io_apic_page{boot.interrupts.io_apic, page_size};
    PhysicalLayout& layout = physical_layout();
    layout.reserve(boot.kernel_image);
    layout.reserve(boot.whole_heap);
    layout.reserve(local_apic_page);
    layout.reserve(io_apic_page);
    add_kip_memory(kip, local_apic_page, L4_MEMORY_RESERVED);
    add_kip_memory(kip, io_apic_page, L4_MEMORY_RESERVED);
}

/// Pages of 1 GiB, where the CPU has them, lie in RAM: of device memory nobody has so much in one piece.
void allow_huge_pages(MemoryMap const& map, l4_kip& kip)
{
    constexpr std::uint32_t huge_pages = 1u << 26;
    if ((x86::cpuid(0x80000001).edx & huge_pages) == 0) return;
    kip.page_info |= bytes_of(PageSize::huge);
    for (MemoryRegion const& region : map.regions())
        if (region.is_ram() && region.range.size >= bytes_of(PageSize::huge))
            physical_layout().allow_huge(region.range);
}

/// A thread as ThreadControl would make it; it starts at once.
Result<Ok, Error> start_server(ThreadId id, ServerBox const& server, SpaceKind kind, ThreadId pager, ThreadId scheduler)
{
    Space& space = *TRY(create_space(kind));
    ServerAreas const areas = areas_of(kind);
    space.is_privileged = true;
    space.quota().set_limit(initial_quota);
    TRY(space.pin_page(VirtAddr{areas.kip.base()}, kernel_interface_frame, Rights{L4_RIGHT_R}));
    space.place_areas(areas.kip, areas.utcbs);
    Tcb& thread = *TRY(create_thread(id, space, scheduler));
    set_priority(thread, initial_priority);
    TRY(activate_thread(thread, areas.utcbs.base(), pager));
    thread.frame.rip = server.entry.raw();
    // Instead of a start message; it leaves the list of those who wait for their pager.
    ipc_abort(thread);
    return Ok{};
}

} // namespace

void start_system(BootInfo const& boot, MemoryMap const& map)
{
    kernel_memory().init(boot.heap);
    map_cpu_local();
    initialise_thread_table();
    initialise_processor();
    initialise_gate(kernel_root());
    initialise_kernel_slots();
    kernel_interface_frame = boot.kip;
    l4_kip& kip = kernel_interface_page();
    reserve_kernel_memory(boot, kip);
    allow_huge_pages(map, kip);

    Clock const clock = initialise_local_apic();
    set_kernel_clock(clock);
    set_kip_frequency(kip, 0, 0, clock.khz());
    set_trace_frequency(clock.khz());
    unsigned const lines = initialise_io_apic(boot.interrupts);
    create_interrupt_threads(lines);
    print("processor: TSC ", clock.khz(), " kHz, ", lines, " interrupt lines at ", boot.interrupts.io_apic, "\n");

    ThreadId const sigma0 = ThreadId::global(user_base, 1);
    ThreadId const root = ThreadId::global(user_base + 2, 1);
    bool const started = start_server(sigma0, boot.sigma0, SpaceKind::sigma0, ThreadId::nil(), root).has_value() &&
                         start_server(root, boot.root_server, SpaceKind::ordinary, sigma0, root).has_value();
    if (!started) panic("too little kernel memory for sigma0 and the root server");
    print("starting sigma0 and the root server\n");
    console_hand_over();
    dispatch();
}

} // namespace pecan
