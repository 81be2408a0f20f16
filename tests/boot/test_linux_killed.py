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


def check_others(machine, seen):
    """Root task, sigma0 and the clock, whose last line said so many seconds, are there and go on."""
    machine.console("l")
    listed = machine.expect(r"kernel memory: \d+ frames free", 10)
    assert "terminal 1: vmlinux, runs" in listed and "task: clock, runs" in listed and "sigma0 answers" in listed
    seen = max([seen, *uptimes(listed)])
    machine.expect(r"\[clock\] up (\d+) s", 10, "the clock's next second")
    assert int(machine.child.match[1]) > seen, f"the clock says {machine.child.match[1]} again"


def die(machine, how):
    """Let Linux die and wait for the next prompt; returns the free frames of the kernel."""
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
    times = uptimes(said + booted)
    assert times == sorted(times) and len(times) > 0, f"the clock has stood still: {times}"
    check_others(machine, times[-1])
    return frames


def test_linux_dies_and_comes_back(start, rounds, record_property):
    machine = start("one")
    machine.boot(60)
    frames = []
    record_property("free frames after each death", frames)
    for how in list(DEATHS) * rounds:
        frames.append(die(machine, how))
    # The first count makes the kernel's table of thread numbers larger, and pools keep a little for later.
    assert min(frames[1:]) >= frames[1] - 4, f"kernel memory gets less: {frames}"
    assert machine.check("cat /sys/hypervisor/type") == "pecan\n"
