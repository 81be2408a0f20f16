// SPDX-License-Identifier: BSD-2-Clause
/// Clients: what can be mapped into them, what they then can do, and how it is taken away.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_read[], client_write[], client_jump[], client_syscall[];
extern "C" void server_read(Word, Word), server_write(Word, Word);

namespace {

constexpr Word invalid = failed(L4_VCPU_EINVAL);
constexpr Word stale = failed(L4_VCPU_EAGAIN);
constexpr Word no_memory = failed(L4_VCPU_ENOMEM);
constexpr Word no_access = failed(L4_VCPU_EACCESS);

constexpr Word target = 0x10000000;           ///< where the tests map things in clients
constexpr Word source = small_base + 0x10000; ///< pages of ours, present
constexpr Word r = L4_MAP_R, w = L4_MAP_W, x = L4_MAP_X;

/// What the client's access to an address ends in: 0 for success, else the page fault's error code plus 1.
constexpr Word success = 0;
Word access(Client& client, void const* code, Word address, Word value = 0)
{
    Frame& f = client.frame;
    set_patterns(f);
    f.rip = in_client(code);
    f.cs = L4_CLIENT_CS;
    f.rflags = 0x202;
    f.rsp = CLIENT_STACK_TOP - 64;
    f.ss = L4_CLIENT_SS;
    f.rdi = address;
    f.rsi = value;
    run(client);
    if (f.vector == CAUSE_SYSCALL) return success;
    if (f.vector != 14) fail("an access ended in something else: vector", 14, f.vector);
    check_equal("CR2", address, vcpu().cr2);
    return f.error + 1;
}
Word reads(Client& client, Word address) { return access(client, client_read, address); }
Word writes(Client& client, Word address, Word value = 1) { return access(client, client_write, address, value); }
Word executes(Client& client, Word address)
{
    // The page holds a SYSCALL.
    return access(client, client_jump, address);
}

constexpr Word fault_absent = 4 + 1, fault_write = 6 + 1, fault_read_only = 7 + 1, fault_fetch = 0x14 + 1,
               fault_no_execute = 0x15 + 1;

Word unmap(Word client, Word start, Word end, Word rights)
{
    return vcpu_call(L4_VCPU_UNMAP, client, start, end, rights);
}
void put(Word address, Word value) { *reinterpret_cast<Word volatile*>(address) = value; }
Word get(Word address) { return *reinterpret_cast<Word volatile*>(address); }
constexpr Word syscall_instruction = 0x050f;

} // namespace

void clients_are_apart(Word)
{
    register_entries();
    Client a = make_client(0), b = make_client(1);
    put(a.data, 0xaaaa);
    put(b.data, 0xbbbb);
    for (int i = 0; i < 50; ++i) {
        check_equal("read", success, reads(a, CLIENT_DATA));
        check_equal("a's memory", 0xaaaa, a.frame.rax);
        check_equal("a's memory, seen by the server", 0xaaaa, get(CLIENT_DATA));
        check_equal("read", success, reads(b, CLIENT_DATA));
        check_equal("b's memory", 0xbbbb, b.frame.rax);
    }
    check_equal("no client", 0, vcpu_call(L4_VCPU_SWITCH, 0));
    Fault const fault = attempt(server_read, CLIENT_DATA);
    check_equal("a read without client", 14, fault.frame.vector);
    check_equal("error code", 0, fault.frame.error);
}

void client_rights(Word)
{
    register_entries();
    Client c = make_client(0);
    put(source, syscall_instruction);
    struct {
        Word rights, read, write, execute;
    } static constexpr cases[] = {
        {r, success, fault_read_only, fault_no_execute},
        {r | w, success, success, fault_no_execute},
        {r | x, success, fault_read_only, success},
        {r | w | x, success, success, success},
    };
    for (auto const& it : cases) {
        check_equal("map", 1, map_pages(c.number, target, source, 1, it.rights));
        check_equal("read", it.read, reads(c, target));
        check_equal("write", it.write, writes(c, target + 8));
        check_equal("execute", it.execute, executes(c, target));
    }
    // Without R it is a hole, which counts as done and leaves what was there.
    check_equal("map of a hole", 1, map_pages(c.number, target + 0x1000, source, 1, w));
    check_equal("a hole", fault_absent, reads(c, target + 0x1000));
    // Executing is refused to the server itself.
    Fault const fault = attempt([](Word address, Word) { reinterpret_cast<void (*)()>(address)(); }, target);
    check_equal("the server executes a page of its client", 14, fault.frame.vector);
    check_equal("error code", 0x11, fault.frame.error);
    // Writing to memory of the client that is read-only is refused to it as well.
    check_equal("map", 1, map_pages(c.number, target, source, 1, r));
    Fault const write = attempt(server_write, target);
    check_equal("the server writes a client's read-only page", 3, write.frame.error);
    // 64 pages at once, and each is the right one.
    for (Word i = 0; i < 64; ++i) put(small_base + 0x100000 + i * 4096, i);
    check_equal("map of 64", 64, map_pages(c.number, target, small_base + 0x100000, 64, r));
    for (Word i = 0; i < 64; ++i) {
        check_equal("read", success, reads(c, target + i * 4096));
        check_equal("page", i, c.frame.rax);
    }
}

void client_status(Word)
{
    register_entries();
    Client c = make_client(0);
    check_equal("map", 3, map_pages(c.number, target, source, 3, r | w));
    Word written = 99;
    check_equal("fresh: referenced", 0, vcpu_call(L4_VCPU_STATUS, c.number, target, 64, 0, &written));
    check_equal("fresh: written", 0, written);
    reads(c, target + 0x1000);
    writes(c, target + 0x2000);
    check_equal("referenced", 6, vcpu_call(L4_VCPU_STATUS, c.number, target, 64, 0, &written));
    check_equal("written", 4, written);
    check_equal("reset: referenced", 0, vcpu_call(L4_VCPU_STATUS, c.number, target, 64, 0, &written));
    check_equal("reset: written", 0, written);
    reads(c, target + 0x2000);
    check_equal("again: referenced", 4, vcpu_call(L4_VCPU_STATUS, c.number, target, 64, 0, &written));
    check_equal("again: written", 0, written);
    check_equal("too many", invalid, vcpu_call(L4_VCPU_STATUS, c.number, target, 65));
    check_equal("no such client", invalid, vcpu_call(L4_VCPU_STATUS, c.number + 1, target, 1));
}

void client_lookup(Word)
{
    register_entries();
    Client c = make_client(0);
    check_equal("map", 3, map_pages(c.number, target, source, 3, r | w));
    Word next = 0;
    check_equal("found", 3, vcpu_call(L4_VCPU_LOOKUP, c.number, target, 0, 0, &next));
    for (Word i = 0; i < 3; ++i) {
        check_equal("page and rights", (target + i * 4096) | r | w, vcpu().map[2 * i]);
        check_equal("size", 12, vcpu().map[2 * i + 1] & 0xfff);
    }
    check_equal("the call gets on", 1, next > target + 0x2000 ? 1 : 0);
    check_equal("behind the area", invalid, vcpu_call(L4_VCPU_LOOKUP, c.number, L4_CLIENT_AREA_END));
    check_equal("no such client", invalid, vcpu_call(L4_VCPU_LOOKUP, c.number + 1, target));
}

void client_map_errors(Word)
{
    register_entries();
    Client c = make_client(0);
    Word const n = c.number;
    check_equal("a good one", 1, map_pages(n, target, source, 1, r));
    check_equal("no such client", invalid, map_pages(n + 1, target, source, 1, r));
    check_equal("client number with high bits", invalid, map_pages(n | Word{1} << 32, target, source, 1, r));
    check_equal("address not aligned", invalid, map_pages(n, target + 8, source, 1, r));
    check_equal("address not aligned to 2 MiB", invalid, map_pages(n, target + 0x1000, large_base, 1, r, 21));
    check_equal("size", invalid, map_pages(n, target, source, 1, r, 13));
    check_equal("size 1 GiB", invalid, map_pages(n, target, source, 1, r, 30));
    vcpu().map[0] = source | r;
    check_equal("count", invalid, vcpu_call(L4_VCPU_MAP, n, target, L4_MAP_COUNT(129, 12), L4_ANY_GENERATION));
    check_equal("entries behind the last", invalid,
                vcpu_call(L4_VCPU_MAP, n, target, L4_MAP_ENTRIES(127, 2, 12), L4_ANY_GENERATION));
    check_equal("a first one behind the last", invalid,
                vcpu_call(L4_VCPU_MAP, n, target, L4_MAP_ENTRIES(129, 0, 12), L4_ANY_GENERATION));
    check_equal("behind the client's half", invalid, map_pages(n, L4_CLIENT_AREA_END, source, 1, r));
    check_equal("across its end", invalid, map_pages(n, L4_CLIENT_AREA_END - 0x1000, source, 2, r));
    check_equal("the last page", 1, map_pages(n, L4_CLIENT_AREA_END - 0x1000, source, 1, r));
    for (Word const address : {Word{0x800000000000}, Word{0xffff7ffffffff000}, Word{0xffff800000000000},
                               Word{0xffff807fffe00000}, Word{0xffff880000000000}, small_base, ~Word{0xfff}})
        check_equal("not in the client's half", invalid, map_pages(n, address, source, 1, r));
    // Sources.
    check_equal("a source that is absent", no_access, map_pages(n, target, no_page, 1, r));
    check_equal("a source in the client's half", no_access, map_pages(n, target, target, 1, r));
    check_equal("a source in the gate", no_access, map_pages(n, target, 0xffff807fffe03000, 1, r));
    check_equal("a source in the microkernel", no_access, map_pages(n, target, 0xffff808000100000, 1, r));
    check_equal("a source in the microkernel's direct map", no_access, map_pages(n, target, 0xffff810000100000, 1, r));
    check_equal("a source that is not canonical", no_access, map_pages(n, target, 0x900000000000, 1, r));
    check_equal("the KIP", no_access, map_pages(n, target, L4_SERVER_KIP, 1, r));
    check_equal("the UTCB", no_access, map_pages(n, target, L4_SERVER_UTCB_AREA, 1, r));
    check_equal("the vCPU page", no_access, map_pages(n, target, L4_SERVER_VCPU_PAGE(0), 1, r));
    Word const text = reinterpret_cast<Word>(client_code_start);
    check_equal("more rights than the server has", no_access, map_pages(n, target, text, 1, r | w));
    check_equal("a large page from a small one", no_access, map_pages(n, target, small_base, 1, r, 21));
    check_equal("what was there is still there", success, reads(c, target));
    // The first that fails ends it, and what was done counts.
    vcpu().map[0] = source | r;
    vcpu().map[1] = no_page | r;
    vcpu().map[2] = source | r;
    check_equal("done", 1, vcpu_call(L4_VCPU_MAP, n, target + 0x10000, L4_MAP_COUNT(3, 12), L4_ANY_GENERATION));
    check_equal("the third was not", fault_absent, reads(c, target + 0x12000));
}

void client_generations(Word)
{
    register_entries();
    Client c = make_client(0);
    Word const n = c.number;
    check_equal("generation 0", 1, map_pages(n, target, source, 1, r, 12, 0));
    check_equal("generation 1 is not yet", stale, map_pages(n, target, source, 1, r, 12, 1));
    check_equal("unmap", 1, unmap(n, target, target + 0x1000, 7));
    check_equal("generation 0 is over", stale, map_pages(n, target, source, 1, r, 12, 0));
    check_equal("nothing was mapped", fault_absent, reads(c, target));
    check_equal("generation 1", 1, map_pages(n, target, source, 1, r, 12, 1));
    check_equal("any", 1, map_pages(n, target, source, 1, r));
    for (Word g = 2; g < 10; ++g) check_equal("unmap counts", g, unmap(n, target, target + 0x1000, 2));
}

void client_unmap(Word)
{
    register_entries();
    Client c = make_client(0);
    Word const n = c.number;
    put(source, syscall_instruction);
    check_equal("map", 1, map_pages(n, target, source, 1, r | w | x));
    check_equal("write", success, writes(c, target + 8));
    unmap(n, target, target + 0x1000, 2);
    check_equal("W is gone", fault_read_only, writes(c, target + 8));
    check_equal("X is not", success, executes(c, target));
    unmap(n, target, target + 0x1000, 1);
    check_equal("X is gone", fault_no_execute, executes(c, target));
    check_equal("R is not", success, reads(c, target));
    unmap(n, target, target + 0x1000, 4);
    check_equal("R is gone", fault_absent, reads(c, target));

    // Only the range.
    check_equal("map", 4, map_pages(n, target, source, 4, r));
    unmap(n, target + 0x1000, target + 0x3000, 7);
    check_equal("before the range", success, reads(c, target));
    check_equal("in the range", fault_absent, reads(c, target + 0x1000));
    check_equal("in the range", fault_absent, reads(c, target + 0x2000));
    check_equal("behind the range", success, reads(c, target + 0x3000));

    // Many, far apart; then all.
    for (Word i = 0; i < 40; ++i) check_equal("map", 1, map_pages(n, (i + 1) << 36, source, 1, r));
    for (Word i = 0; i < 40; ++i) check_equal("read", success, reads(c, (i + 1) << 36));
    unmap(n, 0x700000, L4_CLIENT_AREA_END, 7);
    for (Word i = 0; i < 40; ++i) check_equal("gone", fault_absent, reads(c, (i + 1) << 36));
    check_equal("the code is not", success, reads(c, CLIENT_CODE));

    check_equal("a range that ends before it starts", invalid, unmap(n, target, target - 0x1000, 7));
    check_equal("a range behind the client's half", invalid, unmap(n, target, ~Word{0xfff}, 7));
    check_equal("no such client", invalid, unmap(n + 1, target, target + 0x1000, 7));
}

void client_large_pages(Word)
{
    register_entries();
    Client c = make_client(0);
    Word const n = c.number;
    Word const large = 0x40000000;
    for (Word i = 0; i < 512; ++i) put(large_base + i * 4096, i + 1);
    check_equal("map", 1, map_pages(n, large, large_base, 1, r | w, 21));
    for (Word i = 0; i < 512; i += 37) {
        check_equal("read", success, reads(c, large + i * 4096));
        check_equal("page", i + 1, c.frame.rax);
    }
    check_equal("write", success, writes(c, large + 0x12340));
    check_equal("execute", fault_no_execute, executes(c, large));
    // A small page from a large one.
    check_equal("map", 1, map_pages(n, target, large_base + 0x5000, 1, r));
    check_equal("read", success, reads(c, target));
    check_equal("page", 6, c.frame.rax);
    // W alone, of all.
    unmap(n, large, large + 0x200000, 2);
    check_equal("W is gone", fault_read_only, writes(c, large + 0x12340));
    check_equal("R is not", success, reads(c, large));
    // One that is cut goes as a whole.
    unmap(n, large + 0x1000, large + 0x2000, 7);
    check_equal("gone", fault_absent, reads(c, large + 0x100000));
    // Large over small, and small over large.
    check_equal("map small", 2, map_pages(n, large, source, 2, r));
    check_equal("map large over it", 1, map_pages(n, large, large_base, 1, r, 21));
    check_equal("read", success, reads(c, large + 0x1ff000));
    check_equal("page", 512, c.frame.rax);
    put(source, 0x1234);
    check_equal("map small over it", 1, map_pages(n, large, source, 1, r));
    check_equal("read", success, reads(c, large));
    check_equal("page", 0x1234, c.frame.rax);
}

void dynamic_half(Word)
{
    register_entries();
    constexpr Word dynamic = 0xffffc90000000000;
    put(source, 0x9999);
    check_equal("map", 2, map_pages(0, dynamic, source, 2, r | w));
    check_equal("read", 0x9999, get(dynamic));
    put(dynamic + 8, 0x7777);
    check_equal("the same memory", 0x7777, get(source + 8));
    Fault fault = attempt([](Word address, Word) { reinterpret_cast<void (*)()>(address)(); }, dynamic);
    check_equal("execute", 0x11, fault.frame.error);

    // A client cannot see it, whatever client is loaded.
    Client c = make_client(0);
    check_equal("the client reads it", 5 + 1, reads(c, dynamic));
    check_equal("still there", 0x9999, get(dynamic));

    // Never a source.
    check_equal("as a source", no_access, map_pages(c.number, target, dynamic, 1, r));
    check_equal("as a source for itself", no_access, map_pages(0, dynamic + 0x10000, dynamic, 1, r));

    // Write alone.
    vcpu_call(L4_VCPU_UNMAP, 0, dynamic, dynamic + 0x1000, 2);
    check_equal("write", 3, attempt(server_write, dynamic).frame.error);
    check_equal("write to the other page", 0, attempt(server_write, dynamic + 0x1000).happened);
    vcpu_call(L4_VCPU_UNMAP, 0, dynamic, dynamic + 0x2000, 7);
    fault = attempt(server_read, dynamic);
    check_equal("gone", 0, fault.frame.error);
    check_equal("gone", 14, fault.frame.vector);

    // What the pager and the kernel have mapped stays: image, direct map, KIP, UTCB, vCPU page.
    for (Word const address :
         {image_base, small_base, large_base, L4_SERVER_KIP, L4_SERVER_UTCB_AREA, Word{L4_SERVER_VCPU_PAGE(0)}}) {
        check_equal("map over it", invalid, map_pages(0, address, source, 1, r));
        vcpu_call(L4_VCPU_UNMAP, 0, address, address + 0x1000, 7);
        check_equal("still readable", 0, attempt(server_read, address).happened);
    }
    for (Word const address : {Word{0}, target, Word{0xffff800000000000}, Word{0xffff807fffe00000},
                               Word{0xffff808000000000}, Word{0xffff87fffffff000}})
        check_equal("not in its half", invalid, map_pages(0, address, source, 1, r));
    // A large one that is cut is split.
    check_equal("map large", 1, map_pages(0, dynamic, large_base, 1, r | w, 21));
    vcpu_call(L4_VCPU_UNMAP, 0, dynamic + 0x1000, dynamic + 0x2000, 7);
    check_equal("before the cut", 0, attempt(server_read, dynamic).happened);
    check_equal("the cut", 1, attempt(server_read, dynamic + 0x1000).happened);
    check_equal("behind the cut", 0, attempt(server_read, dynamic + 0x2000).happened);
}

void client_destroy(Word)
{
    register_entries();
    Client c = make_client(0);
    Word const n = c.number;
    reads(c, CLIENT_DATA);
    check_equal("destroy while it is loaded", 0, vcpu_call(L4_VCPU_DESTROY, n));
    Fault const fault = attempt(server_read, CLIENT_DATA);
    check_equal("its memory is gone", 14, fault.frame.vector);
    check_equal("switch", invalid, vcpu_call(L4_VCPU_SWITCH, n));
    check_equal("map", invalid, map_pages(n, target, source, 1, r));
    check_equal("unmap", invalid, unmap(n, target, target + 0x1000, 7));
    check_equal("status", invalid, vcpu_call(L4_VCPU_STATUS, n, target, 1));
    check_equal("destroy", invalid, vcpu_call(L4_VCPU_DESTROY, n));
    check_equal("destroy client 0", invalid, vcpu_call(L4_VCPU_DESTROY, 0));

    // The number comes back with a fresh client.
    static Word numbers[64];
    for (int round = 0; round < 5; ++round) {
        for (Word& number : numbers) {
            number = vcpu_call(L4_VCPU_CREATE);
            check("create", number > 0 && number < L4_CLIENT_MAX);
            check_equal("generation 0, empty", 1, map_pages(number, target, source, 1, r, 12, 0));
            check_equal("switch", 0, vcpu_call(L4_VCPU_SWITCH, number));
            check_equal("nothing of another one", 1, attempt(server_read, CLIENT_DATA).happened);
            check_equal("its own", 0, attempt(server_read, target).happened);
        }
        for (Word const& a : numbers)
            for (Word const& b : numbers) check("numbers differ", &a == &b || a != b);
        for (Word const number : numbers) check_equal("destroy", 0, vcpu_call(L4_VCPU_DESTROY, number));
    }

    // A big one: its destruction is done in several steps, which nobody sees.
    Word const big = vcpu_call(L4_VCPU_CREATE);
    for (Word i = 1; i < 200; ++i) check_equal("map", 1, map_pages(big, i << 30, source, 1, r));
    check_equal("destroy", 0, vcpu_call(L4_VCPU_DESTROY, big));
    check_equal("destroy", invalid, vcpu_call(L4_VCPU_DESTROY, big));
}

namespace {

void put_call(Word number, Word operation, Word rdi = 0, Word rsi = 0, Word rdx = 0, Word r8 = 0)
{
    const_cast<l4_vcpu_call&>(vcpu().calls[number]) = {operation, rdi, rsi, rdx, r8, 77};
}
Word batch(Word end, Word first = 0) { return vcpu_call(L4_VCPU_BATCH, end, 0, first); }
Word result(Word number) { return vcpu().calls[number].result; }

/// The registers that a call keeps: RDI, RSI, R8.
void check_kept_registers()
{
    Word const stub = reinterpret_cast<l4_kip const volatile*>(vcpu().kip)->vcpu_call;
    Word rax = L4_VCPU_BATCH, rdi = 1, rsi = 0x1234, rdx = 0;
    register Word r8 asm("r8") = 0x5678;
    asm volatile("call *%[stub]"
                 : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8)
                 : [stub] "r"(stub)
                 : "rcx", "r11", "memory", "cc");
    check_equal("one call", 1, rax);
    check_equal("RDI", 1, rdi);
    check_equal("RSI", 0x1234, rsi);
    check_equal("R8", 0x5678, r8);
}

} // namespace

void client_batch(Word)
{
    register_entries();
    Client c = make_client(0);
    // Much is unmapped, an old client goes, a new one comes, is loaded, and gets pages at two places: one call.
    for (Word volatile& entry : vcpu().map) entry = source | r | w;
    for (Word i = 0; i < 64; ++i)
        check_equal("map", 128, vcpu_call(L4_VCPU_MAP, c.number, target + (i << 19), L4_MAP_COUNT(128, 12), 0));
    vcpu().map[5] = source | r;
    vcpu().map[6] = (source + 0x1000) | r | w;
    vcpu().map[127] = (source + 0x2000) | r;
    put(source, 11);
    put(source + 0x2000, 13);
    put_call(0, L4_VCPU_UNMAP, c.number, target, target + (64 << 19), 2);
    put_call(1, L4_VCPU_DESTROY, c.number);
    put_call(2, L4_VCPU_CREATE, 1);
    put_call(3, L4_VCPU_MAP, L4_CLIENT_OF_CALL(2), target, L4_MAP_ENTRIES(5, 2, 12), 0);
    put_call(4, L4_VCPU_MAP, L4_CLIENT_OF_CALL(2), target << 2, L4_MAP_ENTRIES(127, 1, 12), 0);
    Word const entries = vcpu().entries;
    check_equal("five calls", 5, batch(5));
    check("more than one entry: the first call takes long", vcpu().entries > entries + 1);
    check_equal("generation of the old one", 1, result(0));
    check_equal("destroyed", 0, result(1));
    Word const n = result(2);
    check_equal("two pages", 2, result(3));
    check_equal("one page", 1, result(4));
    check_equal("the new client is loaded, and has the first", 11, get(target));
    check_equal("and the third", 13, get(target << 2));
    put_call(0, L4_VCPU_UNMAP, n, target, target + 0x1000, 7);
    check_kept_registers();
    check_equal("generation", 1, result(0));

    // It begins where RDX says, and ends at the first that fails.
    put_call(0, L4_VCPU_SWITCH, 0);
    put_call(1, L4_VCPU_MAP, n, target, L4_MAP_ENTRIES(5, 1, 12), 0);
    put_call(2, L4_VCPU_SWITCH, 0);
    check_equal("from the second on", 1, batch(3, 1));
    check_equal("the first has not been looked at", 77, result(0));
    check_equal("an old generation", stale, result(1));
    check_equal("nor the third", 77, result(2));
    check_equal("still loaded", 13, get(target << 2));
    check_equal("nothing to do", 2, batch(2, 2));
    check_equal("too many", invalid, batch(L4_VCPU_BATCH_CALLS + 1));
    check_equal("far too many", invalid, batch(~Word{0}));

    // What a batch cannot hold, and what names no client.
    for (Word const operation : {Word{L4_VCPU_STATUS}, Word{L4_VCPU_WAIT}, Word{L4_VCPU_TIMER}, Word{L4_VCPU_BATCH},
                                 Word{L4_VCPU_SET}, Word{L4_VCPU_LOOKUP}, Word{99}, ~Word{0}}) {
        put_call(0, operation, 1, 0);
        check_equal("not in a batch", 0, batch(1));
        check_equal("refused", invalid, result(0));
    }
    for (Word const maker : {Word{0}, Word{1}, Word{7}, Word{8}, ~Word{0} - L4_CLIENT_MAX}) {
        put_call(0, L4_VCPU_MAP, L4_CLIENT_OF_CALL(maker), target, L4_MAP_ENTRIES(5, 1, 12), L4_ANY_GENERATION);
        vcpu().calls[0].result = n;
        check_equal("a client of a call that is not before", 0, batch(1));
        check_equal("refused", invalid, result(0));
    }
    // A result is a number like any other.
    vcpu().calls[0].result = L4_CLIENT_MAX + 5;
    put_call(1, L4_VCPU_MAP, L4_CLIENT_OF_CALL(0), target, L4_MAP_ENTRIES(5, 1, 12), L4_ANY_GENERATION);
    check_equal("no such client", 1, batch(2, 1));
    check_equal("refused", invalid, result(1));
}

void client_quota(Word)
{
    register_entries();
    Client c = make_client(0);
    Word const n = c.number;
    Word pages = 0;
    Word result = 1;
    while (result == 1 && pages < 100000) {
        ++pages;
        result = map_pages(n, target + (pages << 30), source, 1, r);
    }
    check_equal("the end of the quota", no_memory, result);
    check_equal("what was mapped works", success, reads(c, target + ((pages - 1) << 30)));
    check_equal("the refused one", fault_absent, reads(c, target + (pages << 30)));
    check_equal("create without memory", 1, [] {
        // The record fits into what is left of its slab, or not; either is right, and its PML4 is made at the first load.
        Word const number = vcpu_call(L4_VCPU_CREATE);
        if (number == no_memory) return Word{1};
        Word const loaded = vcpu_call(L4_VCPU_SWITCH, number);
        vcpu_call(L4_VCPU_DESTROY, number);
        return Word{loaded == no_memory || loaded == 0};
    }());
    unmap(n, target, L4_CLIENT_AREA_END, 7);
    check_equal("after an unmap there is room", 1, map_pages(n, target + (pages << 30), source, 1, r));
    check_equal("read", success, reads(c, target + (pages << 30)));
}

void client_revoked(Word)
{
    register_entries();
    Client c = make_client(0), d = make_client(1);
    constexpr Word dynamic = 0xffffc90000000000;
    Word const page = small_base + 0x1f000;
    put(page, 0x1212);
    check_equal("map", 1, map_pages(c.number, target, page, 1, r));
    check_equal("map", 1, map_pages(d.number, target + 0x5000, page, 1, r | w));
    check_equal("map", 1, map_pages(d.number, target + 0x8000, page - 0x1000, 1, r | w));
    check_equal("map", 1, map_pages(0, dynamic, page, 1, r));
    check_equal("read", success, reads(c, target));
    check_equal("revoked", 0, request(revoke, page) >> 16);
    check_equal("one client", fault_absent, reads(c, target));
    check_equal("the other", fault_absent, reads(d, target + 0x5000));
    check_equal("a page that was not revoked", success, reads(d, target + 0x8000));
    check_equal("the dynamic half", 0, attempt(server_read, dynamic).frame.error);
    check_equal("the dynamic half", 1, attempt(server_read, dynamic).happened);
    check_equal("the server's own", 14, attempt(server_read, page).frame.vector);
    check_equal("as a source", no_access, map_pages(c.number, target, page, 1, r));
    // With the pager in charge again it comes back.
    vcpu().entry[14] = 0;
    check_equal("the pager gives it again", 0x1212, get(page));
    vcpu().entry[14] = entry_of(14);
    check_equal("map", 1, map_pages(c.number, target, page, 1, r));
    check_equal("read", success, reads(c, target));
}

} // namespace gate_test
