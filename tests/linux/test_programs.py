# SPDX-License-Identifier: BSD-2-Clause
"""Each program of tests/programs, run inside the machine, is one test."""

import re

import pytest

import machine as machines

PROGRAMS = sorted(path.stem for path in (machines.ROOT / "tests" / "programs").glob("*.c"))

# What this configuration of Linux answers, of several things that a program accepts anywhere.
MUST_SAY = {
    "int_n": ["ok int 0x80: refused"],
    "compat_mode": ["ok switch: to 32-bit code and back", "ok int 0x80: signal 11"],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(machine, program, record_property):
    output, status = machine.command(f"/test/{program}", limit=60)
    assert "FAIL" not in output and status == 0, f"status {status}:\n{output}\nlog: {machine.log_path}"
    assert re.search(r"^ok ", output, re.MULTILINE), output
    for line in MUST_SAY.get(program, []):
        assert line in output
    if program == "timers":
        for name, lateness in re.findall(r"^ok ([^:]+): never early; (.*)$", output, re.MULTILINE):
            record_property(f"timers, {name}", lateness)


def test_many_at_once(machine):
    """Programs of different kinds side by side, each still right."""
    names = ["cow", "fpu_switch", "signals", "futex", "mprotect", "pipes", "shared_memory", "trap_flag"]
    machine.line("for p in " + " ".join(names) + "; do (/test/$p > /tmp/$p.log || echo $p >> /tmp/failed) & done")
    machine.prompt()
    machine.line('wait; echo "all"-done')
    machine.expect_exact("all-done\r\n", 60)
    machine.prompt()
    assert machine.command("cat /tmp/failed")[1] != 0, machine.command("cat /tmp/failed /tmp/*.log | grep -v ^ok")[0]


def test_missed_flush_is_found(machine):
    """The check of the virtual TLB (docs/abi/linux.md) counts a flush that is left out on purpose, and nothing before it."""
    if machine.platform != "pecan":
        pytest.skip("natively there is no virtual TLB")
    folder = "/sys/kernel/debug/l4"
    differences = f"sed -n 's/^differences *//p' {folder}/counters"
    machine.check(f"echo 1 > {folder}/verify")
    assert machine.check(f"/test/cow > /dev/null && /test/fork_again > /dev/null; {differences}") == "0\n"
    assert "ok missed" in machine.check("/test/missed_flush")
    assert int(machine.check(f"echo 0 > {folder}/verify; {differences}")) > 0
    assert "client has" in machine.check("dmesg | grep Pecan:")
