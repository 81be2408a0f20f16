# SPDX-License-Identifier: BSD-2-Clause
"""From power-on to power-off: by both kinds of firmware, on CPUs that lack something, again and again."""

import os
import time
from pathlib import Path

import machine as machines
import pexpect
import pytest

IDLE_SECONDS = 3


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_boot_and_poweroff(start, firmware):
    machine = start("one", QEMU_FIRMWARE=firmware)
    machine.boot(90)
    machine.line("poweroff")
    output, status = machine.wait_for_end()
    assert status == 0 and "the machine stays on" not in output


def test_reboot_by_uefi(start):
    machine = start("one", QEMU_FIRMWARE="uefi")
    machine.boot(90)
    machine.line("reboot")
    assert machine.wait_for_end()[1] == 0


def test_cold_boots(start, rounds):
    for _ in range(rounds):
        machine = start("one")
        assert "Linux version" in machine.boot(60)
        machine.stop()


def test_qemu_as_it_comes():
    """The command of README.md, with QEMU's own defaults: 128 MiB, a VGA card, a network card."""
    command = ["-cpu", "max", "-cdrom", str(machines.OUT / "pecan.iso"), "-serial", "stdio", "-display", "none"]
    with open(machines.LOGS / "boot-as-it-comes.log", "w", encoding="utf-8") as log:
        qemu = pexpect.spawn("qemu-system-x86_64", command, encoding="utf-8", codec_errors="replace", logfile=log)
        try:
            qemu.expect_exact(machines.PROMPT, timeout=120)
        finally:
            qemu.kill(9)
            qemu.wait()


@pytest.mark.parametrize("missing", ["smep", "tsc-deadline", "pdpe1gb", "rdtscp"])
def test_cpu_without(start, missing):
    """What Pecan and Linux use if it is there, and can do without."""
    machine = start("one", QEMU_CPU=f"max,-{missing}")
    machine.boot(120)
    assert machine.check("cat /sys/hypervisor/type") == "pecan\n"
    assert machines.problems_in(machine.check("dmesg")) == []


def test_memory_in_pages_of_1_gib(start):
    """Most of 4 GiB is Linux's. A part of a page that large can be given back with the whole only, so it is not."""
    machine = start("one", QEMU_MEM="4G")
    machine.boot(120)
    assert int(machine.check("grep MemTotal /proc/meminfo").split()[1]) > 3_000_000
    assert "Not supported" in machine.command("echo 1 > /sys/kernel/debug/l4/give_back")[0]
    assert machines.problems_in(machine.check("dmesg")) == []


def cpu_seconds(process):
    """That the host has spent on a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_idle_machine_costs_nothing(start):
    """At the prompt the CPU is halted, but for a timer now and then. A busy host can only make this less."""
    machine = start("one")
    machine.boot(120)
    machine.check("sleep 1")  # what a boot leaves to do later
    before = cpu_seconds(machine.child.pid)
    time.sleep(IDLE_SECONDS)
    assert cpu_seconds(machine.child.pid) - before < 0.2 * IDLE_SECONDS
