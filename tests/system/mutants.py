#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Takes each check of the short way of an Ipc (kernel/arch/x86/fast_ipc.S) away, and some defences of the general one, and
looks whether the case of tests/system that is about it fails: mutants.py [NAME...], or, to see only whether the table below
still fits the tree, mutants.py --check.

Each mutant is an edit of the kernel that is built in a copy of the tree and run until its case has been reported. 'caught':
the case failed, or the machine ended or said nothing more. 'survived': nobody noticed, which is an error here.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mutation import build, chosen_of, copy_tree, edited, misfits  # noqa: E402  before the machine's module

import tap  # noqa: E402
import test_system  # noqa: E402

ISO = "tests/system.iso"
tap.CASE_LIMIT = 60  # of a machine that says nothing more: enough for the longest case
FAST = "kernel/arch/x86/fast_ipc.S"


class Mutant(NamedTuple):
    name: str
    case: str  # 'group: case'
    old: str
    new: str
    file: str = FAST

    @property
    def edits(self):
        return [(self.file, self.old, self.new)]


MUTANTS = [
    # What goes the short way at all
    Mutant("typed items go as words", "ports: the complete I/O space", "NOT_ONLY_WORDS, 0xffc0", "NOT_ONLY_WORDS, 0xf000"),
    Mutant("flags are not looked at", "short ipc: flags in the sender's tag do not arrive", "NOT_ONLY_WORDS, 0xffc0", "NOT_ONLY_WORDS, 0x0fc0"),
    Mutant("a receive timeout is not looked at", "short ipc: a wait that has an end", "    test %r8w, %r8w\n    jnz general_syscall\n", ""),
    Mutant("thread numbers are not bounded", "ipc errors: a destination that does not exist: error 2, send phase", "    and $THREAD_NUMBER_MASK, %edi\n", ""),
    Mutant("any version of a thread will do", "short ipc: another version of a thread that waits: nobody", "    cmp %rsi, TCB_ID(%rdi)\n    jne leave\n",
           "    cmpq $0, TCB_ID(%rdi)\n    je leave\n"),
    # The receiver
    Mutant("the receiver waits for another", "short ipc: who waits for another gets nothing", "    cmp $L4_ANYTHREAD, %rsp\n    je it_waits\n",
           "    test %rsp, %rsp\n    jnz it_waits\n"),
    Mutant("the receiver does not wait", "ipc queues: a closed receive leaves others waiting", "    cmp $L4_ANYTHREAD, %rsp\n    je it_waits\n", "    jmp it_waits\n"),
    Mutant("a receiver of any priority runs", "short ipc: a receiver runs after those of higher priority", "    cmp TCB_LEAST_RECEIVER(%rbp), %cx\n    jb leave\n", ""),
    Mutant("who got a message still waits", "short ipc: who has got its message does not wait any more", "    movq $0, TCB_FAST_SENDER(%rdi)\n", ""),
    Mutant("the receiver's selectors are not looked at", "short ipc: selectors stay, on both sides", "    cmpq $0, TCB_SELECTORS(%rdi)\n    jne leave\n", ""),
    # The sender's own wait
    Mutant("any wait is a wait", "short ipc: a wait for a third, who ends or does not exist", "    cmp $L4_ANYTHREAD, %rdx\n    je we_wait\n", "    jmp we_wait\n"),
    Mutant("no wait is a wait for anybody", "short ipc: a message without a wait", "    cmp $L4_ANYTHREAD, %rdx\n    je we_wait\n",
           "    cmp $L4_ANYTHREAD, %rdx\n    je we_wait\n    test %rdx, %rdx\n    jz we_wait\n"),
    Mutant("waiting senders are passed over", "short ipc: what others sent in the partner's name is received first", "    cmp %rsp, TCB_SENDERS(%rbp)\n    jne leave\n", ""),
    Mutant("a partner's end is not told", "short ipc: a partner that is deleted during the wait: error 2", "    jne join_waiters\n", ""),
    Mutant("a partner's list is not joined", "short ipc: a partner that is deleted during the wait: error 2", "    mov %rdi, TCB_WAITS_AT(%rbp)\n    mov TCB_SENDER_LINK",
           "    jmp we_wait\n    mov TCB_SENDER_LINK"),
    Mutant("the former partner's list is not left", "short ipc: many partners in turn, and some of them end", "    mov %rcx, LINK_NEXT(%rsp)\n    mov %rsp, LINK_PREV(%rcx)\n", ""),
    Mutant("DS is not looked at", "short ipc: selectors stay, on both sides", "    mov %ds, %ecx\n", "    xor %ecx, %ecx\n"),
    Mutant("ES is not looked at", "short ipc: selectors stay, on both sides", "    mov %es, %esp\n", "    xor %esp, %esp\n"),
    Mutant("FS is not looked at", "short ipc: selectors stay, on both sides", "    mov %fs, %esp\n", "    xor %esp, %esp\n"),
    Mutant("GS is not looked at", "short ipc: selectors stay, on both sides", "    mov %gs, %esp\n", "    xor %esp, %esp\n"),
    # Between spaces
    Mutant("a redirector is passed by", "short ipc: a message that leaves the space goes to the redirector", "    cmpq $0, SPACE_REDIRECTOR(%rsp)\n    jne leave\n", ""),
    Mutant("the sender's ports stay open", "short ipc: others' ports are closed after it", "    movw $NO_IO_BITMAP, cpu_local + CPU_IO_MAP_BASE(%rip)\n", ""),
    Mutant("the sender comes under its local name", "ipc: senders of the own space come under local names, others under global ones", "    mov TCB_ID(%rbp), %rsi\n", "    mov TCB_LOCAL_ID(%rbp), %rsi\n"),
    Mutant("the sender's tables stay", "short ipc: a task's memory is there after it", "    mov %rcx, %cr3\n", ""),
    # Registers. RDI, cleared beside RBP on the way back, is written by the general way at every end of an Ipc.
    Mutant("the code segment is the last one that was saved", "short ipc: a thread that has run 32-bit code comes back to 64-bit code", "    movq $L4_CLIENT_CS, TCB_CS(%rbp)\n", ""),
    Mutant("the flags are the last ones that were saved", "short ipc: flags stay", "    mov %r11, TCB_RFLAGS(%rbp)\n", ""),
    Mutant("the FS base is the sender's", "short ipc: segment bases and vector registers stay", "    mov TCB_FS_BASE(%rdi), %rcx\n    wrfsbase %rcx\n", ""),
    Mutant("the FS base is not saved", "short ipc: segment bases and vector registers stay", "    mov %rcx, TCB_FS_BASE(%rbp)\n", ""),
    Mutant("the GS base is the sender's", "short ipc: segment bases and vector registers stay", "    mov TCB_GS_BASE(%rdi), %rcx\n    wrgsbase %rcx\n", ""),
    Mutant("vector registers are not saved", "short ipc: segment bases and vector registers stay", "    xsave64 TCB_FPU(%rbp)\n", ""),
    Mutant("vector registers are the sender's", "short ipc: segment bases and vector registers stay", "    xrstor64 TCB_FPU(%rdi)\n", ""),
    Mutant("the receiver sees where the kernel has its sender", "short ipc: the receiver sees nothing else of the sender's registers",
           "    xor %ebp, %ebp\n    mov TCB_RIP(%rdi), %rcx\n", "    mov TCB_RIP(%rdi), %rcx\n"),
    Mutant("the sender sees where the kernel has it", "short ipc: nobody sees where the kernel has its threads", "    xor %ebp, %ebp\n    xor %edi, %edi\n", "    xor %edi, %edi\n"),
    Mutant("a label counts as words", "short ipc: 0 to 63 words and a label", "    and $L4_MR_COUNT - 1, %ecx\n", ""),
    Mutant("words behind the registers do not come", "short ipc: 0 to 63 words and a label", "    jz switch\n", "    jmp switch\n"),
    # ThreadSwitch
    Mutant("ThreadSwitch does nothing", "scheduling: two threads that yield take turns", "    mov $0, %ebp\n    jne general_syscall\n", "    mov $0, %ebp\n"),
    Mutant("ThreadSwitch tells where the kernel has the thread", "short ipc: nobody sees where the kernel has its threads", "    mov $0, %ebp\n", ""),
    # Elsewhere
    Mutant("ThreadSwitch does not fill the delay up", "scheduling: ThreadSwitch fills the delay up again",
           "    refill_preemption_delay(caller);\n", "", "kernel/syscall/clock_and_switch.cpp"),
    Mutant("who migrates itself takes its ports along",
           "thread control: a thread that migrates itself leaves its ports behind",
           "    hide_io_bitmap();\n", "", "kernel/arch/x86/address_space.cpp"),
    Mutant("what is refused to a server makes a server", "space control: a failing call makes no space a server",
           "        Space const& asked = becomes_server ? server : space;\n",
           "        if (becomes_server) TRY(make_server(space));\n        Space const& asked = space;\n",
           "kernel/syscall/space_control.cpp"),
    Mutant("twelve bits of a version will do", "attacks: 15000 guesses of a name reach nobody",
           "thread->id == global &&", "((thread->id.raw() ^ global.raw()) & 0xfff) == 0 &&",
           "kernel/thread/thread_table.hpp"),
    Mutant("who speaks in another's name is not redirected",
           "attacks: a confined space reaches nobody, whatever names it knows",
           "    if (to.space == sender.space || is_acknowledgement",
           "    if (!sender.ipc.virtual_sender.is_nil()) return &to;\n"
           "    if (to.space == sender.space || is_acknowledgement", "kernel/ipc/detour.cpp"),
    Mutant("a receiver's transfer timeout is the sender's",
           "attacks: a sender whose string never comes holds up nobody with a timeout",
           "due_of(Time{timeouts(receiver)})", "by_sender", "kernel/ipc/ipc.cpp"),
    Mutant("a sender's transfer timeout is the receiver's",
           "attacks: a receiver whose buffer never comes holds up nobody with a timeout",
           "due_of(Time{timeouts(sender) >> 16})", "due_of(Time{timeouts(receiver)})", "kernel/ipc/ipc.cpp"),
]


def problems():
    known = set(test_system.known_cases())
    for it in MUTANTS:
        yield from misfits(it.name, it.edits)
        if it.case not in known:
            yield f"mutant '{it.name}': there is no case '{it.case}'"


def run(end):
    shift, memory = test_system.RUNS["system-8ns"]
    options = ["-icount", f"shift={shift},sleep=off", "-rtc", "clock=vm", "-m", memory]
    return tap.run_server("system", options, "mutant", end)


def failures_without_mutant(cases):
    """A case that fails anyway, or a machine that does not start, would catch everything."""
    report = run(f"^({tap.END}|Pecan panic)")
    for case in sorted(cases):
        if not (case in report.results and report.results[case].passed):
            yield f"{case} fails without any mutant"


def failure_of(case):
    """How the run fails in the case, or before it is reported; None if it does not."""
    report = run(rf"^((not )?ok \d+ - {re.escape(case)} \[|Pecan panic).*\n")
    if case in report.results:
        return None if report.results[case].passed else "fails"
    return report.ending or "panic"


def main(names):
    chosen = chosen_of(names, MUTANTS, problems())
    if chosen is None:
        return 0
    tree = copy_tree()
    build(tree, ISO)
    if wrong := list(failures_without_mutant({it.case for it in chosen})):
        sys.exit("\n".join(wrong))
    survived = 0
    for it in chosen:
        with edited(tree, it.edits):
            build(tree, ISO)
            said = failure_of(it.case)
        survived += said is None
        print(f"{'caught' if said else 'SURVIVED':8} {it.name}" + (f" [{said}]" if said else ""), flush=True)
    print(f"{len(chosen) - survived} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
