# SPDX-License-Identifier: BSD-2-Clause
"""A kernel with names (DEBUG=1) that faults: its panic tells the calls that led there."""

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "gate"))

from gate_machine import OUT, Machine  # noqa: E402
from tables import kernel_symbols  # noqa: E402

PAGE = 4096
RSP = 7
# Without system_call, which jumps to what it calls last.
CALLS = ["pecan::ClientSet::map(", "pecan::vcpu_system_call(", "vcpu_trap", "enter_microkernel"]


def move_stack(machine, distance):
    """As if the function needed so many bytes more, with zeros in them."""
    old = machine.register(RSP)
    for start in range(old - distance, old, 1024):
        assert machine.gdb(f"M{start:x},400:{'00' * 1024}") == "OK"
    machine.set_register(RSP, old - distance)


def test_fault_in_the_kernel():
    """An invalid opcode where a call of a server begins, its stack more than a page deep."""
    place = kernel_symbols(OUT / "kernel-debug" / "pecan.debug")["_ZN5pecan9ClientSet3mapERKNS_13ClientMapCallEj"]
    iso = OUT / "tests" / "gate-debug.iso"
    with Machine("debug-panic", iso=iso, wanted="client_map_errors", options=["-S"]) as machine:
        machine.run_to(place)
        move_stack(machine, 2 * PAGE)
        assert machine.gdb(f"M{place:x},2:0f0b") == "OK"
        machine.leave_debugger()
        machine.wait_for("Pecan panic: fault in the microkernel")
        machine.wait_for(f"{CALLS[-1]} + ")
        assert re.search(rf"^vector 6 .*\nrip 80:{place:x} ", machine.output, re.MULTILINE)
        calls = machine.output.split("calls, latest first")[1]
        named = re.findall(r"^    [0-9a-f]{16} (.*) \+ ([0-9a-f]+)\r?$", calls, re.MULTILINE)
        assert named[0][0].startswith(CALLS[0]) and named[0][1] == "0"
        # All of them, in this order; between them may stand calls that are over.
        names = iter(name for name, _ in named)
        for wanted in CALLS:
            assert any(name.startswith(wanted) for name in names), f"no {wanted} in its place among\n{calls}"
