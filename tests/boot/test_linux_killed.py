# SPDX-License-Identifier: BSD-2-Clause
"""
A Linux that dies, however it does: the microkernel, sigma0, the root task and the native clock run on, the root task
says why and with which registers, and boots it again to a prompt. No kernel memory is lost.
"""

import re

CRASH = "/sys/kernel/debug/l4/crash"

# How it is brought about, and what the root task says of it.
DEATHS = {
    "panic": ("echo c > /proc/sysrq-trigger", r"\[root\] vmlinux: panic: sysrq triggered crash"),
    "wild write": (f"echo text > {CRASH}", r"unable to handle page fault.*\[root\] vmlinux: panic: Fatal exception"),
    # What the processor makes of a kernel of zeros is anybody's guess, but it ends.
    "wild write through the direct map": (
        f"echo text-alias > {CRASH}",
        r"\[root\] vmlinux: (exception \d+|page fault|panic|has not answered)",
    ),
    "hang": (f"echo hang > {CRASH}", r"\[root\] vmlinux: has not answered for ten seconds.*exception \d+"),
    "kill": (None, r"\[root\] vmlinux: killed from the console.*exception \d+"),
}
REGISTERS = r"rip ([0-9a-f]{16})  rsp [0-9a-f]{16}  rflags [0-9a-f]{16}.*r15 [0-9a-f]{16}"


def uptimes(text):
    return [int(seconds) for seconds in re.findall(r"\[clock\] up (\d+) s", text)]


def check_others(machine, times):
    """Root task, sigma0 and the clock, which has said these seconds so far, are there and go on; returns its next."""
    machine.console("l")
    listed = machine.expect(r"kernel memory: \d+ frames free", 10)
    assert "terminal 1: vmlinux, runs" in listed and "task: clock, runs" in listed and "sigma0 answers" in listed
    machine.expect(r"\[clock\] up (\d+) s", 10, "the clock's next second")
    said = int(machine.child.match[1])
    times = [*times, *uptimes(listed), said]
    assert all(one < next for one, next in zip(times, times[1:])), f"the clock does not go on: {times}"
    return said


def die(machine, how, second):
    """
    Let Linux die and wait for the next prompt; returns the free frames of the kernel and the clock's last second,
    which was the given one before. (A Linux that boots within a second leaves it no time for a line meanwhile.)
    """
    command, cause = DEATHS[how]
    if command:
        machine.line(command)
    else:
        machine.console("k")
    said = machine.expect(r"(?s)" + cause + ".*?starting it again", 60, f"the report of: {how}") + machine.child.match[0]
    assert re.search(r"(?s)" + REGISTERS, said), f"no registers in\n{said}"
    frames = int(re.search(r"kernel memory: (\d+) frames free", said)[1])
    booted = machine.boot(60)
    assert "Linux version" in booted
    return frames, check_others(machine, [second, *uptimes(said + booted)])


def test_linux_dies_and_comes_back(start, rounds, record_property):
    machine = start("one")
    second = uptimes(machine.boot(60))[-1]
    frames = []
    record_property("free frames after each death", frames)
    for how in list(DEATHS) * rounds:
        left, second = die(machine, how, second)
        frames.append(left)
    # The first count makes the kernel's table of thread numbers larger, and pools keep a little for later.
    assert min(frames[1:]) >= frames[1] - 4, f"kernel memory gets less: {frames}"
    assert machine.check("cat /sys/hypervisor/type") == "pecan\n"
