# SPDX-License-Identifier: BSD-2-Clause
"""NMIs, which may come at any instruction (docs/gate.md, rule 12): nothing is lost, nothing changes, nobody notices."""

import re

from gate_machine import END, OUT, Machine
from tables import kernel_symbols
from test_gate import check_case, known_cases

# Some of each kind: entries, events, exits, stacks that fail, tables that change, tasks that compare their registers.
CASES = ["syscall_frame", "client_exceptions", "server_exceptions", "double_fault_of_client", "events_in_server"]
CASES += ["events_in_client", "wait_for_event", "exit_events", "clients_are_apart", "client_revoked", "server_stacks"]
NMIS_AT_ONCE = 50


def check_storm():
    """The cases as always, under as many NMIs as the monitor can send; mutants.py uses it, too."""
    with Machine("gate-nmi", wanted="+".join(CASES)) as machine:
        machine.wait_for("TAP version")

        def storm():
            for _ in range(NMIS_AT_ONCE):
                machine.qmp("inject-nmi")

        machine.wait_for(END, unless="Pecan panic", meanwhile=storm)
        for case in CASES:
            check_case(machine.output, dict(known_cases())[case])


def test_storm():
    check_storm()


def check_panic():
    """A machine check ends in a panic, which says all it has to say although NMIs come."""
    symbols = kernel_symbols(OUT / "kernel" / "pecan.debug")
    with Machine("gate-nmi-panic", wanted="checkpoints") as machine:
        machine.wait_for("# checkpoint server")
        uncorrected = "mce 0 0 0xb200000000000000 0x5 0 0"
        machine.qmp("stop")
        machine.monitor(uncorrected)
        for place in ("_ZN5pecan16panic_with_frameEPKcRKNS_9TrapFrameEm", "_ZN5pecan8uart_putEc"):
            machine.run_to(symbols[place])
            machine.qmp("inject-nmi")
            machine.run_to(symbols["gate_vectors"] + 2 * 16)  # it arrives
        machine.leave_debugger()
        machine.wait_for("Pecan panic", meanwhile=lambda: machine.qmp("inject-nmi"))
        machine.wait_for("calls, latest first", meanwhile=lambda: machine.qmp("inject-nmi"))
        assert len(re.findall(r"^vector 18 ", machine.output, re.MULTILINE)) == 1
        assert re.search(r"^thread [0-9a-f]+", machine.output, re.MULTILINE), "the task is not named"
        assert machine.output.count("Pecan panic") == 1


def test_in_a_panic():
    check_panic()
