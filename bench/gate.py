#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
The null call: a client's system call through the gate against the same client on plain SYSCALL and SYSRET, in
instructions (QEMU counts them) and in cycles of TCG (the best of alternating runs, for a busy host only adds to them).
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/gate"))
from gate_machine import END, OUT, Machine  # noqa: E402

ICOUNT = ["-icount", "shift=0,sleep=off"]
RUNS = 5
NAMES = ["fewest instructions", "all registers saved"]


def plain(options):
    with Machine("bench-plain", iso=OUT / "bench/plain.iso", options=options) as machine:
        machine.wait_for(END)
        return [int(number, 16) for number in re.findall(r"^plain ([0-9a-f]{16})", machine.output, re.MULTILINE)]


def gate(options):
    with Machine("bench-gate", wanted="icount" if options else "null_call", options=options) as machine:
        machine.wait_for("null call through the gate")
        return [int(number) for number in re.findall(r"client's null call, .*: (\d+)$", machine.output, re.MULTILINE)]


def row(what, through_gate, without):
    for name, a, b in zip(NAMES, through_gate, without):
        print(f"| {what}, {name} | {a} | {b} | {a / b:.1f} |")


def main():
    print("| null call | gate | plain | ratio |\n|---|---|---|---|")
    row("instructions", gate(ICOUNT), plain(ICOUNT))
    runs = [(gate([]), plain([])) for _ in range(RUNS)]
    row("cycles", *([min(values) for values in zip(*side)] for side in zip(*runs)))


main()
