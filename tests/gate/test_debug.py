# SPDX-License-Identifier: BSD-2-Clause
"""
A debug exception in ring 0 (docs/gate.md, rule 3). On a CPU a client brings it about with 'mov ss' under a watchpoint;
TCG reports that one in ring 3, so here the host sets a breakpoint of the CPU's own within the gate.
"""

import itertools

from gate_machine import END, OUT, Machine
from tables import kernel_symbols
from test_gate import check_case, known_cases
from test_text import instructions

CASE = "syscall_frame"
GLOBAL_0 = 2  # of DR7
UPPER_HALF = 1 << 63
DEBUG_VECTOR = 1


def check_debug():
    """It is swallowed, and the breakpoints are off from then on; mutants.py uses it, too."""
    symbols = kernel_symbols(OUT / "kernel" / "pecan.debug")
    with Machine("gate-debug", wanted=CASE) as machine:
        machine.wait_for("TAP version")
        machine.run_to(symbols["gate_syscall"])
        while machine.register(machine.RCX) & UPPER_HALF:  # a server's call
            machine.run_to(symbols["gate_syscall"])
        # Behind the first branch, where RSP is still the client's.
        behind_branch = next(itertools.islice(instructions(), 2, None))
        machine.set_debug_register(0, behind_branch.address)
        machine.set_debug_register(7, GLOBAL_0)
        assert machine.registers()["DR7"] & 0xFF == GLOBAL_0
        machine.run_to(symbols["gate_vectors"] + 16 * DEBUG_VECTOR)
        assert machine.registers()["CPL"] == 0
        machine.leave_debugger()
        machine.wait_for(END, unless="Pecan panic")
        registers = machine.registers()
        assert registers["DR7"] & 0xFF == 0, f"the breakpoint is still there: DR7 {registers['DR7']:x}"
        check_case(machine.output, dict(known_cases())[CASE])


def test_debug_exception_in_ring_0():
    check_debug()
