# SPDX-License-Identifier: BSD-2-Clause
"""A small machine under pressure: little memory, and on Pecan little kernel memory and a check of the virtual TLB."""

import os
import re
import statistics
import time

import pytest

import machine as machines

SOAK = os.environ.get("SOAK") == "1"
STRESS_SECONDS = 300 if SOAK else 8
COUNTERS = "/sys/kernel/debug/l4/counters"

# While the last job of the shell runs; without a process of its own.
SAMPLE_CLIENTS = (
    "while kill -0 $! 2> /dev/null; do while read n v; do case $n in "
    f"clients_created) c=$v;; clients_destroyed) echo clients: $c $v;; esac; done < {COUNTERS}; done"
)


@pytest.fixture(scope="module")
def small(platform):
    """256 MiB; on Pecan with a quota that the page tables of three or four processes fill, and checked all the time."""
    machine = machines.Machine(platform, "pressure", QEMU_MEM="256M", PECAN_ISO=machines.OUT / "tests" / "pressure.iso")
    try:
        machine.boot()
        if platform == "pecan":
            machine.check("echo 1 > /sys/kernel/debug/l4/verify")
        yield machine
        if platform == "pecan":
            assert counter(machine, "verified_pages") > 0
            assert_virtual_tlb_is_true(machine)
    finally:
        machine.stop()


def counter(machine, name):
    return int(re.search(rf"^{name} +(\d+)", machine.check(f"cat {COUNTERS}"), re.MULTILINE).group(1))


def assert_virtual_tlb_is_true(machine):
    """What clients hold has never been more than Linux's page tables say."""
    assert counter(machine, "differences") == 0, machine.check("dmesg | grep Pecan:")


def test_thirty_processes(small, record_property):
    """On Pecan three or four of their spaces exist at a time, and take turns: slower, and nothing else."""
    started = time.monotonic()
    assert "ok alive: 30 processes" in small.check("/test/processes 30", limit=90)
    record_property(f"seconds for thirty processes, {small.platform}", f"{time.monotonic() - started:.1f}")
    if small.platform != "pecan":
        return
    before = counter(small, "clients_evicted")
    small.line("(for i in 1 2 3; do /test/processes 30; done > /tmp/processes) & "
               f"{SAMPLE_CLIENTS}; cat /tmp/processes; echo 'all'-done")
    seen = small.expect_exact("all-done\r\n", 90)
    small.prompt()
    assert seen.count("ok alive: 30 processes") == 3
    live = [int(created) - int(destroyed) for created, destroyed in re.findall(r"clients: (\d+) (\d+)", seen)]
    record_property("spaces of processes at a time", live)
    # A fifth has been seen for a moment: of a process that has just begun there is little.
    assert len(live) >= 3 and statistics.median(live) <= 4 and max(live) <= 5
    assert counter(small, "clients_evicted") > before + 30


@pytest.mark.parametrize("program", ["sparse", "cow", "threads", "vfork_exec", "process_vm", "shared_file"])
def test_program(small, program):
    """sparse: page tables of one process alone that are more than the quota."""
    output = small.check(f"/test/{program}", limit=90)
    assert "FAIL" not in output and "ok " in output


def test_virtual_tlb_is_true(small):
    """Threads that map, unmap, protect and fault the same ranges."""
    before = counter(small, "verified_pages") if small.platform == "pecan" else 0
    for program in [f"tlb_stress {STRESS_SECONDS}", "mprotect_threads", "mremap", "madvise", "userfaultfd"]:
        assert "FAIL" not in small.check(f"/test/{program}", limit=120 + 4 * STRESS_SECONDS)
    if small.platform == "pecan":
        # How many depends on the host; that it went on is what counts.
        assert counter(small, "verified_pages") > before + 1000
        assert_virtual_tlb_is_true(small)


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
