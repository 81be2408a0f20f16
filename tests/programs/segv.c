/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGSEGV for every way to miss a page: the right address, code, instruction pointer and error code. */
#include "fault.h"

static void push_at(unsigned long sp)
{
    asm volatile("mov %%rsp, %%rbx\n mov %0, %%rsp\n push %%rax\n mov %%rbx, %%rsp" : : "r"(sp) : "rbx", "memory");
}

struct miss {
    const char *name;
    void (*run)(unsigned long);
    unsigned long address;
    int code;
    unsigned long error;
};

static void check_miss(const struct miss *m)
{
    struct fault f = fault_of(m->run, m->address);
    unsigned long ip = m->run == jump_to ? m->address : (unsigned long)m->run;

    expect(f.signal == SIGSEGV && f.code == m->code && f.address == m->address && f.ip == ip && f.trap == TRAP_PF &&
               f.error == m->error && f.cr2 == m->address,
           m->name, "expected signal 11 code %d addr %#lx ip %#lx trap 14 error %#lx, saw " FAULT_FORMAT " cr2 %#lx",
           m->code, m->address, ip, m->error, FAULT_FIELDS(f), f.cr2);
    ok(m->name, FAULT_FORMAT, FAULT_FIELDS(f));
}

static void check_noncanonical(const char *name, void (*run)(unsigned long), unsigned long address)
{
    struct fault f = fault_of(run, address);
    /* A processor may refuse the jump itself or the first fetch behind it. */
    bool ip_right = f.ip == (unsigned long)run || (run == jump_to && f.ip == address);

    expect(f.signal == SIGSEGV && f.code == SI_KERNEL && f.address == 0 && ip_right && f.trap == TRAP_GP && f.error == 0,
           name, "expected signal 11 code 128 addr 0 ip %p trap 13 error 0, saw " FAULT_FORMAT, (void *)run,
           FAULT_FIELDS(f));
    ok(name, FAULT_FORMAT, FAULT_FIELDS(f));
}

int main(void)
{
    char *area = map_anonymous(8 * PAGE, PROT_READ | PROT_WRITE);
    unsigned long readonly = (unsigned long)area + PAGE, none = (unsigned long)area + 2 * PAGE;
    unsigned long hole = (unsigned long)area + 4 * PAGE, writable = (unsigned long)area;
    unsigned long untouched = (unsigned long)area + 6 * PAGE;

    catch_faults();
    memset(area, 0xc3, 4 * PAGE);
    must(mprotect((void *)readonly, PAGE, PROT_READ));
    must(mprotect((void *)none, PAGE, PROT_NONE));
    must(munmap((void *)hole, PAGE));
    must(mprotect((void *)untouched, PAGE, PROT_READ));

    const struct miss misses[] = {
        {"read null", load_byte, 0, SEGV_MAPERR, PF_USER},
        {"read low", load_byte, 0x123, SEGV_MAPERR, PF_USER},
        {"write null", store_byte, 0, SEGV_MAPERR, PF_USER | PF_WRITE},
        {"jump null", jump_to, 0, SEGV_MAPERR, PF_USER | PF_FETCH},
        {"read unmapped", load_byte, hole + 5, SEGV_MAPERR, PF_USER},
        {"write unmapped", store_byte, hole + 4095, SEGV_MAPERR, PF_USER | PF_WRITE},
        {"jump unmapped", jump_to, hole + 16, SEGV_MAPERR, PF_USER | PF_FETCH},
        {"write read-only", store_byte, readonly + 7, SEGV_ACCERR, PF_USER | PF_WRITE | PF_PRESENT},
        {"write read-only again", store_byte, readonly + 7, SEGV_ACCERR, PF_USER | PF_WRITE | PF_PRESENT},
        {"write read-only untouched", store_byte, untouched + 7, SEGV_ACCERR, PF_USER | PF_WRITE},
        {"read none", load_byte, none + 9, SEGV_ACCERR, PF_USER},
        {"write none", store_byte, none + 9, SEGV_ACCERR, PF_USER | PF_WRITE},
        {"exec writable", jump_to, writable + 32, SEGV_ACCERR, PF_USER | PF_FETCH | PF_PRESENT},
        {"exec read-only", jump_to, readonly + 32, SEGV_ACCERR, PF_USER | PF_FETCH | PF_PRESENT},
        /* From the guard page below the hole upwards, Linux says "present" so that nothing can be learnt. */
        {"guard page", load_byte, 0x7ffffffff000, SEGV_MAPERR, PF_USER | PF_PRESENT},
    };
    for (unsigned i = 0; i < sizeof misses / sizeof *misses; i++)
        check_miss(&misses[i]);

    /* A word across the edge of the mapping: the address reported lies in the page that is missing. */
    struct fault f = fault_of(load_word, hole - 3);
    expect(f.signal == SIGSEGV && f.code == SEGV_MAPERR && f.ip == (unsigned long)load_word && f.address >= hole - 3 &&
               f.address < hole + 5,
           "read across edge", "expected signal 11 code 1 addr %#lx, saw " FAULT_FORMAT, hole, FAULT_FIELDS(f));
    ok("read across edge", FAULT_FORMAT, FAULT_FIELDS(f));

    check_noncanonical("read non-canonical low edge", load_byte, 0x0000800000000000);
    check_noncanonical("read non-canonical high edge", load_byte, 0xffff7fffffffffff);
    check_noncanonical("write non-canonical", store_byte, 0x1234567812345678);
    check_noncanonical("jump non-canonical", jump_to, 0x5555800000000000);

    f = fault_of(push_at, hole + 64);
    expect(f.signal == SIGSEGV && f.code == SEGV_MAPERR && f.address == hole + 56 && f.sp == hole + 64, "push unmapped",
           "expected signal 11 code 1 addr %#lx, saw " FAULT_FORMAT, hole + 56, FAULT_FIELDS(f));
    ok("push unmapped", FAULT_FORMAT, FAULT_FIELDS(f));

    /* A stack fault is SIGBUS; emulators raise a general protection fault instead. */
    f = fault_of(push_at, 0x9000000000000000);
    expect((f.signal == SIGBUS && f.trap == TRAP_SS) || (f.signal == SIGSEGV && f.trap == TRAP_GP), "push non-canonical",
           "expected signal 7 trap 12 or signal 11 trap 13, saw " FAULT_FORMAT, FAULT_FIELDS(f));
    ok("push non-canonical", FAULT_FORMAT, FAULT_FIELDS(f));
    return 0;
}
