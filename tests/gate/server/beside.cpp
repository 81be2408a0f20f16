// SPDX-License-Identifier: BSD-2-Clause
/// Servers that stay: the one that works beside the tests, and those that the host looks at.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_syscall[], client_spin[];

/// Two clients whose registers nobody else may ever see, and a dynamic half; all of it used and compared, for ever.
void bystander(Word)
{
    register_entries();
    Client clients[] = {make_client(0), make_client(1)};
    constexpr Word dynamic = 0xffffc90000000000;
    check_equal("map", 4, map_pages(0, dynamic, small_base + 0x10000, 4, L4_MAP_R | L4_MAP_W));
    for (Word round = 0;; ++round) {
        Client& client = clients[round % 2];
        Frame& f = client.frame;
        Word* const registers = &f.r15;
        for (Word i = 0; i < 15; ++i) registers[i] = 0x5ec7e75e00000000 + round * 16 + i;
        f.rip = in_client(client_syscall);
        f.cs = L4_CLIENT_CS;
        f.rflags = 0x202;
        f.rsp = 0x5ec7e75e00000000 + round * 16 + 15;
        f.ss = L4_CLIENT_SS;
        Word const rcx = f.rcx, r11 = f.r11;
        run(client);
        check_equal("cause", CAUSE_SYSCALL, f.vector);
        f.rcx = rcx;
        f.r11 = r11;
        for (Word i = 0; i < 15; ++i) check_equal("a register", 0x5ec7e75e00000000 + round * 16 + i, registers[i]);
        *reinterpret_cast<Word volatile*>(dynamic + round % 4 * 4096) = round;
        check_equal("the dynamic half", round,
                    *reinterpret_cast<Word volatile*>(small_base + 0x10000 + round % 4 * 4096));
        control().beat = round + 1;
    }
}

/// Everything that a server can set is set, and a client is loaded; then nothing.
void checkpoint_server(Word)
{
    register_entries();
    Client a = make_client(0), b = make_client(1);
    for (Word index = 12; index < 16; ++index) vcpu_call(L4_VCPU_SET, L4_SET_GDT(index), 0x00cff2000000ffff);
    map_pages(0, 0xffffc90000000000, small_base + 0x10000, 4, L4_MAP_R | L4_MAP_W);
    map_pages(0, 0xffffc90000200000, large_base, 1, L4_MAP_R | L4_MAP_W, 21);
    map_pages(a.number, 0x40000000, large_base, 1, L4_MAP_R | L4_MAP_W, 21);
    map_pages(b.number, L4_CLIENT_AREA_END - 0x1000, small_base, 1, L4_MAP_R);
    // Some of it is taken away again: what was an entry is to be none.
    map_pages(b.number, 0x10000000, small_base, 8, L4_MAP_R | L4_MAP_W);
    vcpu_call(L4_VCPU_UNMAP, b.number, 0x10001000, 0x10004000, 7);
    vcpu_call(L4_VCPU_UNMAP, 0, 0xffffc90000001000, 0xffffc90000003000, 7);
    run_at(a, client_syscall);
    run_at(b, client_syscall);
    for (;;) asm volatile("pause");
}

void checkpoint_client(Word)
{
    register_entries();
    Client a = make_client(0), b = make_client(1);
    run_at(a, client_syscall);
    run_at(b, client_spin);
}

} // namespace gate_test
