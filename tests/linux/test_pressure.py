# SPDX-License-Identifier: BSD-2-Clause
"""A small machine under pressure: little memory, and on Pecan little kernel memory and a check of the virtual TLB."""

import os
import re

import pytest

import machine as machines

SOAK = os.environ.get("SOAK") == "1"
STRESS_SECONDS = 300 if SOAK else 8
COUNTERS = "/sys/kernel/debug/l4/counters"


@pytest.fixture(scope="module")
def small(platform):
    """256 MiB; on Pecan with a quota that the page tables of three processes fill."""
    machine = machines.Machine(platform, "pressure", QEMU_MEM="256M", PECAN_ISO=machines.OUT / "tests" / "pressure.iso")
    machine.boot()
    yield machine
    machine.stop()


def counter(machine, name):
    return int(re.search(rf"^{name} +(\d+)", machine.check(f"cat {COUNTERS}"), re.MULTILINE).group(1))


def verify(machine, on):
    machine.check(f"echo {int(on)} > /sys/kernel/debug/l4/verify")


def test_thirty_processes(small):
    """On Pecan their spaces take turns: slower, and nothing else."""
    before = counter(small, "clients_evicted") if small.platform == "pecan" else 0
    assert "ok alive: 30 processes" in small.check("/test/processes 30", limit=90)
    if small.platform == "pecan":
        assert counter(small, "clients_evicted") > before + 30


@pytest.mark.parametrize("program", ["sparse", "cow", "threads", "vfork_exec", "process_vm", "shared_file"])
def test_program(small, program):
    """sparse: page tables of one process alone that are more than the quota."""
    output = small.check(f"/test/{program}", limit=90)
    assert "FAIL" not in output and "ok " in output


def test_virtual_tlb_is_true(small):
    """With the check on: what clients hold is never more than Linux's page tables say."""
    pecan = small.platform == "pecan"
    if pecan:
        verify(small, True)
    for program in [f"tlb_stress {STRESS_SECONDS}", "mprotect_threads", "mremap", "madvise", "userfaultfd"]:
        assert "FAIL" not in small.check(f"/test/{program}", limit=120 + 4 * STRESS_SECONDS)
    if pecan:
        verify(small, False)
        assert counter(small, "verified_pages") > 10000
        assert counter(small, "differences") == 0, small.check("dmesg | grep Pecan:")


def test_memory_given_back(small):
    """Linux gives memory to its pager, and asks for it as the processor would."""
    if small.platform != "pecan":
        pytest.skip("natively there is no pager")
    before = counter(small, "pager_faults")
    for value in (1, 12345):
        small.check(f"echo {value} > /sys/kernel/debug/l4/give_back")
    assert counter(small, "pager_faults") > before


def test_kernel_log_is_clean(small):
    assert machines.problems_in(small.check("dmesg -c")) == []


def test_out_of_memory(small):
    """Two that take all memory die, one after the other; nobody else does."""
    small.check("(sleep 1000 &)")
    for _ in range(2):
        output, status = small.command("tail /dev/zero", limit=90)
        assert status == 137, output
    log = small.check("dmesg -c")
    assert re.findall(r"Out of memory: Killed process \d+ \((\w+)\)", log) == ["tail", "tail"]
    assert "sleep" in small.check("ps")
    assert "ok alive" in small.check("/test/processes 10")
    small.check("killall sleep")
    if small.platform == "pecan":
        assert counter(small, "differences") == 0
