# SPDX-License-Identifier: BSD-2-Clause
"""
The checker of tables and registers (docs/gate.md, rule 20) on machines that stand still: while the microkernel, an
ordinary task, a server, a client run; with the gate's own test tasks, and with Linux.
"""

import time

import pytest

from gate_machine import OUT, Machine, Silence
from tables import Tables, check_msrs, kernel_symbols

PROMPT = "pecan:~# "
SAMPLES = 3  # of each kind of code
SECONDS = 20


def kind_of(tables):
    if tables.r["CPL"] == 0:
        return "microkernel"
    if not tables.is_vcpus():
        return "task"
    return "server" if tables.r["CPL"] == 1 else "client"


def sample(machine, symbols, wanted, servers=1):
    """Stops the machine until each wanted kind of code was met so often, and so many servers; what is met is checked."""
    met = dict.fromkeys(wanted, 0)
    met_servers = set()
    until = time.monotonic() + SECONDS
    while any(count < SAMPLES for count in met.values()) or len(met_servers) < servers:
        assert time.monotonic() < until, f"never met: {met}, {len(met_servers)} of {servers} servers"
        machine.qmp("stop")
        tables = Tables(machine, symbols)
        kind = kind_of(tables)
        is_new_server = kind == "server" and tables.server() not in met_servers
        if met.get(kind, SAMPLES) < SAMPLES or is_new_server:
            if kind in met:
                met[kind] += 1
            if kind == "server":
                met_servers.add(tables.server())
            tables.check_all()
            until = time.monotonic() + SECONDS
        machine.qmp("cont")
        time.sleep(0.003)


# The microkernel as a vCPU enters it, and the gate as a client's system call does; as an ordinary task enters and leaves.
OF_VCPUS, OF_TASKS = ["vcpu_trap", "gate_syscall"], ["ordinary_trap", "resume_ordinary"]


def check_ring0(machine, symbols, places):
    for place in places:
        machine.run_to(symbols[place])
        tables = Tables(machine, symbols)
        assert tables.r["RIP"] == symbols[place], f"not at {place}: {tables.r['RIP']:x}"
        tables.check_page_tables()
        tables.check_gdt()
        tables.check_idt()
        tables.check_control_registers()
        if place != "ordinary_trap":  # which idling enters as well
            check_msrs(machine, symbols, vcpu=place in OF_VCPUS)
    machine.leave_debugger()


def check_gate_tasks():
    """The whole check on the gate's own tasks; mutants.py uses it, too."""
    symbols = kernel_symbols(OUT / "kernel" / "pecan.debug")
    with Machine("gate-tables", wanted="checkpoints") as machine:
        machine.wait_for("# checkpoint server", unless="Pecan panic")
        sample(machine, symbols, ["server", "task"], servers=2)
        machine.write("x")
        machine.wait_for("# checkpoint client", unless="Pecan panic")
        sample(machine, symbols, ["client", "server", "task"])
        check_ring0(machine, symbols, OF_VCPUS + OF_TASKS)
        sample(machine, symbols, ["client"])  # it runs on


def test_gate_tasks():
    check_gate_tasks()


def test_linux():
    iso = OUT / "tests" / "pecan.iso"
    if not iso.exists():
        pytest.fail(f"{iso} is missing: make test")
    symbols = kernel_symbols(OUT / "kernel" / "pecan.debug")
    with Machine("gate-linux", iso=iso, wanted="") as machine:
        machine.wait_for(PROMPT, unless="Pecan panic")
        # Programs that come and go, one that stays in ring 3, one that stays in Linux.
        machine.write("while :; do /bin/true; done & while :; do :; done & dd if=/dev/zero of=/dev/null bs=4M &\r")
        sample(machine, symbols, ["client", "server"])
        check_ring0(machine, symbols, OF_VCPUS)
        sample(machine, symbols, ["client", "server"])
