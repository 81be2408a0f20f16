#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where instructions go: profile.py [native|pecan] COMMAND [FUNCTION]

Boots the machine of 'make compare ICOUNT=1', runs COMMAND in its shell over and over, lets QEMU log which blocks of code it
executes until there are enough, and lists the functions of Linux and microkernel by their instructions: for each entry into
FUNCTION, or in all. An instruction with a repeat prefix counts as often as it repeats, as under -icount. How long a block is
comes from the files, so where Linux patches its code at the start the number is off, by a tenth in a system call.

    bench/profile.py pecan '/bench/bench -i fork-exit' kernel_clone
"""

import bisect
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "linux")]

import machine as machines  # noqa: E402
import sides  # noqa: E402

ENOUGH = 100 << 20  # bytes of the log
LIMIT = 120  # seconds of the host for them
SHOWN = 50
PROGRAMS = {"native": ["linux/build/vmlinux"], "pecan": ["linux/build/vmlinux", "kernel/pecan.debug"]}
# With one of these QEMU ends a block; a repeated instruction is a block of its own.
ENDS_BLOCK = re.compile(r"^(j|call|ret|iret|sysret|syscall|lret|ljmp|lcall|hlt|int|ud2|sti|rep|wrmsr|rdmsr|invlpg|(mov .*%cr))")


class Code:
    """What a program consists of: functions, and how long the block is that begins at an address."""

    def __init__(self, paths):
        self.functions, self.following, self.ends = [], {}, set()
        for path in paths:
            self.read(path)
        self.functions.sort()
        self.starts = [start for start, _ in self.functions]

    def read(self, path):
        listing = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", path], capture_output=True, text=True, check=True)
        before = None
        for line in listing.stdout.splitlines():
            if start := re.match(r"([0-9a-f]{16}) <(.*)>:$", line):
                self.functions.append((int(start[1], 16), start[2]))
            elif instruction := re.match(r" *([0-9a-f]+):\t(.*)", line):
                address = int(instruction[1], 16)
                self.following[before], before = address, address
                if ENDS_BLOCK.match(instruction[2]):
                    self.ends.add(address)

    def function_of(self, address):
        return self.functions[bisect.bisect_right(self.starts, address) - 1][1]

    def length(self, address):
        count = 0
        while address in self.following:
            count += 1
            if address in self.ends:
                break
            address = self.following[address]
        return count


def record(platform, command, log):
    """How often the blocks were executed that QEMU has logged, by their addresses."""
    options = [*sides.ICOUNT, "-D", str(log)]
    machine = machines.Machine(platform, "profile", options, images=sides.IMAGES)
    try:
        machine.boot()
        machine.line(f"while true; do {command}; done > /dev/null")
        time.sleep(5)  # of the host: the command is warm
        machine.child.send("\x01c")  # QEMU's monitor
        machine.expect_exact("(qemu) ")
        machine.child.send("log exec,nochain\n")
        end = time.monotonic() + LIMIT
        while not log.exists() or log.stat().st_size < ENOUGH:
            if time.monotonic() > end:
                sys.exit(f"the machine has hardly computed for {LIMIT} seconds: does the command run? {machine.log_path}")
            time.sleep(0.1)
    finally:
        machine.stop()
    with open(log, encoding="ascii", errors="replace") as lines:
        found = (re.search(r"\[[0-9a-f]+/([0-9a-f]+)/", line) for line in lines)
        return Counter(int(block[1], 16) for block in found if block)


def main(platform, command, function=None):
    paths = [machines.OUT / program for program in PROGRAMS[platform]]
    if missing := [str(path) for path in paths if not path.exists()]:
        sys.exit(f"{', '.join(missing)} is missing: make compare-images")
    code = Code(paths)
    if function and function not in (name for _, name in code.functions):
        sys.exit(f"there is no function {function}; nm {paths[0]} lists Linux's")
    log = machines.LOGS / "profile.exec"
    log.unlink(missing_ok=True)
    try:
        blocks = record(platform, command, log)
    finally:
        log.unlink(missing_ok=True)
    spent, operations = Counter(), 1
    for address, times in blocks.items():
        if address >> 63:
            spent[code.function_of(address)] += times * code.length(address)
    if function:
        operations = sum(blocks[start] for start, name in code.functions if name == function)
        if not operations:
            sys.exit(f"{function} was not entered while the log was written: does the command come to it?")
        print(f"{operations} entries into {function}; instructions for each, Linux and microkernel:")
    print(f"{sum(spent.values()) / operations:10.0f}")
    for name, count in spent.most_common(SHOWN):
        print(f"{count / operations:10.0f}  {name}")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in PROGRAMS:
        sys.exit(__doc__)
    main(*sys.argv[1:])
