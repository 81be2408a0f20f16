#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
What the microkernel costs by itself: the table of bench/ipc, in instructions (QEMU counts them) and in cycles of TCG (the
best of some runs, for a busy host only adds to them). Written to out/bench/ipc.json too.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/gate"))
from gate_machine import OUT, Machine  # noqa: E402

ICOUNT = ["-icount", "shift=0,sleep=off"]
RUNS = 3
# Of the architecture, in instructions, one way.
GOALS = {"null-call": 20, "ipc-inter-0": 85, "ipc-inter-8": 95, "ipc-inter-63": 155, "ipc-intra-0": 83, "ipc-general": 220}


def run(options=()):
    """One boot: {name: ticks of the TSC}."""
    with Machine("bench-ipc", iso=OUT / "bench/ipc.iso", options=options, silence=120) as machine:
        machine.wait_for("bench done", unless="bench failed")
        return {name: int(value) for name, value in re.findall(r"^bench (\S+) (\d+)", machine.output, re.MULTILINE)}


def environment():
    qemu = subprocess.run([os.environ.get("QEMU", "qemu-system-x86_64"), "--version"], capture_output=True, text=True)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "qemu": qemu.stdout.splitlines()[0],
        "commit": commit.stdout.strip(),
        "host_cpu": cpu.group(1) if cpu else "unknown",
    }


def measure():
    instructions = run(ICOUNT)
    runs = [run() for _ in range(RUNS)]
    cycles = {name: min(values[name] for values in runs) for name in instructions}
    return {
        "environment": environment(),
        "benchmarks": [
            {"name": name, "instructions": count, "cycles": cycles[name], "goal": GOALS.get(name)}
            for name, count in instructions.items()
        ],
    }


def main():
    results = measure()
    path = OUT / "bench/ipc.json"
    path.write_text(json.dumps(results, indent=2) + "\n")
    print("| | instructions | goal | cycles (TCG) |\n|---|--:|--:|--:|")
    for entry in results["benchmarks"]:
        print(f"| {entry['name']} | {entry['instructions']} | {entry['goal'] or ''} | {entry['cycles']} |")
    print(f"stored in {path}")


if __name__ == "__main__":
    main()
