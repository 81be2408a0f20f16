// SPDX-License-Identifier: BSD-2-Clause
//
// The kernel destroys every general register that is not an output, RBP included, which the
// compiler does not let an asm statement name: it is saved on the stack around the call. Code
// that uses this library is built without a red zone, which the call would overwrite.

#include <l4/kip.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

#define L4_CALL "push %%rbp\n\tcall *%%rcx\n\tpop %%rbp"

namespace l4 {

l4_kip const& kip()
{
    static l4_kip const* page;
    if (page == nullptr) {
        Word base;
        asm volatile(".byte 0xf0, 0x90" : "=a"(base) : : "rcx", "rdx", "rsi"); // lock; nop
        page = reinterpret_cast<l4_kip const*>(base);
    }
    return *page;
}

Word last_error() { return my_utcb().error_code; }

namespace {

Status<Error> status_of(bool is_done)
{
    return is_done ? Status<Error>{} : Status<Error>{static_cast<Error>(last_error())};
}

} // namespace

Status<Error> thread_control(ThreadControlIn const& in)
{
    Word target = kip().thread_control;
    Word scheduler = in.scheduler.raw();
    Word pager = in.pager.raw();
    Word dest = in.dest.raw();
    register Word space asm("r8") = in.space.raw();
    register Word location asm("r9") = in.utcb_location;
    Word result;
    asm volatile(L4_CALL
                 : "=a"(result), "+c"(target), "+d"(scheduler), "+S"(pager), "+D"(dest), "+r"(space), "+r"(location)
                 :
                 : "rbx", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    return status_of(result != 0);
}

Status<Error> space_control(SpaceControlIn const& in)
{
    Word target = kip().space_control;
    Word control = in.control;
    Word kip_area = in.kip_area.raw();
    Word dest = in.space.raw();
    register Word utcb_area asm("r8") = in.utcb_area.raw();
    register Word redirector asm("r9") = in.redirector.raw();
    register Word quota asm("r10") = in.quota_frames;
    Word result;
    asm volatile(L4_CALL
                 : "=a"(result), "+c"(target), "+d"(kip_area), "+S"(control), "+D"(dest), "+r"(utcb_area),
                   "+r"(redirector), "+r"(quota)
                 :
                 : "rbx", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    return status_of(result != 0);
}

Word schedule(ScheduleIn const& in, Word* old_time)
{
    Word target = kip().schedule;
    Word time = in.time;
    Word priority = in.priority;
    Word dest = in.dest.raw();
    register Word processor asm("r8") = in.processor;
    register Word preemption asm("r9") = in.preemption;
    Word result;
    asm volatile(L4_CALL
                 : "=a"(result), "+c"(target), "+d"(time), "+S"(priority), "+D"(dest), "+r"(processor), "+r"(preemption)
                 :
                 : "rbx", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    if (old_time != nullptr) *old_time = time;
    return result & 0xff;
}

Status<Error> set_priority(ThreadId dest, Word priority)
{
    return status_of(schedule({.dest = dest, .priority = priority}) != 0);
}

Word system_clock()
{
    Word target = kip().system_clock;
    Word result;
    asm volatile(L4_CALL
                 : "=a"(result), "+c"(target)
                 :
                 : "rbx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    return result;
}

void thread_switch(ThreadId dest)
{
    Word target = kip().thread_switch;
    Word to = dest.raw();
    asm volatile(L4_CALL
                 : "+c"(target), "+D"(to)
                 :
                 : "rax", "rbx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

ExchangeRegistersArgs exchange_registers(ExchangeRegistersArgs args)
{
    Word target = kip().exchange_registers;
    Word dest = args.dest.raw();
    Word pager = args.pager.raw();
    register Word ip asm("r8") = args.ip;
    register Word flags asm("r9") = args.flags;
    register Word handle asm("r10") = args.user_defined_handle;
    asm volatile(L4_CALL
                 : "+a"(dest), "+c"(target), "+d"(args.sp), "+S"(args.control), "+D"(pager), "+r"(ip), "+r"(flags),
                   "+r"(handle)
                 :
                 : "rbx", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    args.dest = ThreadId::from_raw(dest);
    args.pager = ThreadId::from_raw(pager);
    args.ip = ip;
    args.flags = flags;
    args.user_defined_handle = handle;
    return args;
}

Fpage unmap(Fpage page, bool flush)
{
    unmap({&page, 1}, flush);
    return page;
}

namespace {

constexpr std::size_t most_pages = L4_MR_COUNT;

/// The first eight MRs, which travel in registers; the others lie in the UTCB.
struct MessageRegisters {
    Word first[8]{};

    explicit MessageRegisters(std::span<Fpage const> pages)
    {
        for (std::size_t n = 0; n < pages.size(); ++n) (n < 8 ? first[n] : my_utcb().mr[n]) = pages[n].raw();
    }
    void store(std::span<Fpage> pages) const
    {
        for (std::size_t n = 0; n < pages.size(); ++n) pages[n] = Fpage::from_raw(n < 8 ? first[n] : my_utcb().mr[n]);
    }
};

} // namespace

void unmap(std::span<Fpage> pages, bool flush)
{
    if (pages.empty()) return;
    pages = pages.first(pages.size() < most_pages ? pages.size() : most_pages);
    MessageRegisters mr{pages};
    Word target = kip().unmap;
    Word control = (flush ? Word{1} << 6 : 0) | (pages.size() - 1);
    Word utcb = reinterpret_cast<Word>(my_utcb().mr);
    register Word mr0 asm("r9") = mr.first[0];
    register Word mr3 asm("r10") = mr.first[3];
    register Word mr4 asm("r12") = mr.first[4];
    register Word mr5 asm("r13") = mr.first[5];
    register Word mr6 asm("r14") = mr.first[6];
    register Word mr7 asm("r15") = mr.first[7];
    asm volatile(L4_CALL
                 : "+c"(target), "+d"(control), "+D"(utcb), "+a"(mr.first[1]), "+b"(mr.first[2]), "+r"(mr0), "+r"(mr3),
                   "+r"(mr4), "+r"(mr5), "+r"(mr6), "+r"(mr7)
                 :
                 : "rsi", "r8", "r11", "memory", "cc");
    mr.first[0] = mr0;
    mr.first[3] = mr3;
    mr.first[4] = mr4;
    mr.first[5] = mr5;
    mr.first[6] = mr6;
    mr.first[7] = mr7;
    mr.store(pages);
}

Status<Error> memory_control(std::span<Fpage const> pages, std::array<Word, 4> const& attributes)
{
    if (pages.empty()) return {};
    if (pages.size() > most_pages) return Error::invalid_parameter;
    MessageRegisters const mr{pages};
    // Every register but one is an input. RDI, the UTCB's address, is a convenience that the kernel does not need.
    Word target = kip().memory_control;
    Word control = pages.size() - 1;
    Word attribute0 = attributes[0], attribute1 = attributes[1];
    Word mr1 = mr.first[1], mr2 = mr.first[2];
    register Word attribute2 asm("r8") = attributes[2];
    register Word attribute3 asm("r11") = attributes[3];
    register Word mr0 asm("r9") = mr.first[0];
    register Word mr3 asm("r10") = mr.first[3];
    register Word mr4 asm("r12") = mr.first[4];
    register Word mr5 asm("r13") = mr.first[5];
    register Word mr6 asm("r14") = mr.first[6];
    register Word mr7 asm("r15") = mr.first[7];
    asm volatile("push %%rbp\n\tcall *%%rdi\n\tpop %%rbp"
                 : "+D"(target), "+c"(attribute0), "+d"(control), "+S"(attribute1), "+a"(mr1), "+b"(mr2),
                   "+r"(attribute2), "+r"(attribute3), "+r"(mr0), "+r"(mr3), "+r"(mr4), "+r"(mr5), "+r"(mr6), "+r"(mr7)
                 :
                 : "memory", "cc");
    return status_of(control != 0); // RDX
}

Status<Error> processor_control(ProcessorControlIn const& in)
{
    Word target = kip().processor_control;
    Word processor = in.processor;
    Word internal = in.internal_khz;
    Word external = in.external_khz;
    register Word voltage asm("r8") = in.millivolts;
    Word result;
    asm volatile(L4_CALL
                 : "=a"(result), "+c"(target), "+d"(external), "+S"(internal), "+D"(processor), "+r"(voltage)
                 :
                 : "rbx", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    return status_of(result != 0);
}

Status<Error> associate_interrupt(Word line, ThreadId handler)
{
    ThreadId const irq = ThreadId::interrupt(line);
    return thread_control({.dest = irq, .space = irq, .pager = handler});
}

} // namespace l4
