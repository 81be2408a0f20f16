# SPDX-License-Identifier: BSD-2-Clause
"""Two Linux servers side by side from one vmlinux, at two physical bases, with a console each."""

import re

import machine as machines


def code_base(machine):
    """Where the kernel's text lies, by Linux's own account."""
    return int(re.search(r"([0-9a-f]+)-[0-9a-f]+ : Kernel code", machine.check("cat /proc/iomem"))[1], 16)


def focus(machine, number):
    machine.console(str(number))
    machine.expect(rf"\[root\] input goes to vmlinux{'' if number == 1 else '.2'}\r\n", 10)
    machine.line("")
    machine.prompt()


def test_two_linux_servers(start):
    machine = start("two")
    machine.expect(r"(?s)\[vmlinux\.2\] This is Pecan.*pecan:~# |pecan:~# .*\[vmlinux\.2\] This is Pecan", 120)
    link_address = 0x1000000

    focus(machine, 1)
    first = code_base(machine)
    machine.check("echo first > /tmp/name")
    focus(machine, 2)
    second = code_base(machine)
    assert first != second and max(first, second) > link_address, f"{first:#x} and {second:#x}"
    machine.check("echo second > /tmp/name; (while sleep 0.2; do echo tick >> /tmp/ticks; done) & true")

    # The first dies while the second has the focus, and stays away.
    focus(machine, 1)
    # One piece: what follows the line is for the root task, which has it long before the second is over.
    machine.child.send(f"(sleep 1; echo c > /proc/sysrq-trigger) &\r{machines.FOCUS_KEY}2")
    machine.expect(r"\[root\] input goes to vmlinux\.2\r\n", 10)
    machine.expect(r"\[root\] vmlinux: panic: sysrq triggered crash", 20)
    machine.expect(r"\[root\] vmlinux: ended; the other tasks run on", 20)
    machine.line("")
    machine.prompt()
    assert machine.check("cat /tmp/name") == "second\n"
    before = int(machine.check("wc -l < /tmp/ticks"))
    machine.check("sleep 1")
    assert int(machine.check("wc -l < /tmp/ticks")) > before
    assert machines.problems_in(machine.check("dmesg")) == []
    machine.console("1")
    machine.expect(r"\[root\] there is no such terminal; input stays with vmlinux\.2", 10)

    # The second one's last word is the machine's.
    machine.line("")
    machine.prompt()
    machine.line("poweroff")
    assert machine.wait_for_end()[1] == 0
