# SPDX-License-Identifier: BSD-2-Clause
"""After all that the kernel has nothing to complain of, and the machine ends when it is told to."""

import machine as machines


def test_kernel_log_is_clean(machine):
    assert machines.problems_in(machine.check("dmesg")) == []
    assert machine.check("cat /proc/sys/kernel/tainted") == "0\n"


def test_no_process_is_left(machine):
    names = "|".join(["yes", "sleep", "cat", "sha256sum", "/test/"])
    assert machine.command(f"ps | grep -v grep | grep -E '{names}'")[0] == ""


def test_poweroff(machine, room):
    machine.line("poweroff")
    output, status = machine.wait_for_end()
    room.machine = None
    assert status == 0
    assert machines.problems_in(output) == []


def test_reboot(platform):
    machine = machines.boot(platform, "reboot")
    machine.line("reboot")
    output, status = machine.wait_for_end()
    assert status == 0
    assert machines.problems_in(output) == []


def test_halt_by_init(platform):
    """The way that Linux itself takes, without the shell's help."""
    machine = machines.boot(platform, "poweroff-forced")
    machine.line("poweroff -f")
    assert machine.wait_for_end()[1] == 0
