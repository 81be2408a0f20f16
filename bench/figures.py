#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare native Linux with Linux on Pecan: the same vmlinux, boots in turns, medians over the rounds.

  figures.py [--rounds N] [--platforms native,pecan]

Prints a table and stores all numbers in out/figures.json. Times are nanoseconds per operation by the guest's own
clock; 'boot' is the host's clock from the first line of the kernel on the serial line (natively Linux's, with an early
console so that it comes at once; on Pecan the microkernel's) to the shell's prompt, and 'linux' on Pecan counts from
Linux's own first line. QEMU_ACCEL, QEMU_CPU, QEMU_MEM and QEMU_SMP are passed on.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "linux"))

import machine as machines  # noqa: E402

# In the order of the closing note; the second column is the goal as a ratio to native (architecture, section 7).
GOALS = {
    "getppid": 1.7,
    "read": 1.5,
    "stat": 1.15,
    "pipe": 1.3,
    "touch": 1.8,
    "fork": 1.5,
    "exec": 1.4,
    "loop": 1.01,
    "boot": 1.2,
}
LINUX_STARTS = r"Linux version \d+\.\d+"
KERNEL_STARTS = {"native": LINUX_STARTS, "pecan": os.environ.get("PECAN_FIRST_LINE", r"Pecan[^\r\n]*\r?\n")}


def boot(platform):
    """A booted machine, and the seconds from the kernel's first line to the prompt."""
    if platform == "native":
        os.environ["PECAN_CMDLINE"] = "earlyprintk=ttyS0,115200"
    machine = machines.Machine(platform, "figures")
    times = {}
    machine.expect(KERNEL_STARTS[platform], 60, "the kernel's first line")
    started = time.monotonic()
    if platform != "native":
        machine.expect(LINUX_STARTS, 60, "Linux's first line")
        linux_started = time.monotonic()
    machine.boot()
    now = time.monotonic()
    times["boot"] = (now - started) * 1e9
    if platform != "native":
        times["linux"] = (now - linux_started) * 1e9
    return machine, times


def one_round(platform):
    machine, figures = boot(platform)
    try:
        for name in GOALS:
            if name == "boot":
                continue
            output = machine.check(f"/bench/{name}", limit=120)
            match = re.search(rf"^bench {name} ([\d.]+) best ([\d.]+)$", output, re.MULTILINE)
            if not match:
                sys.exit(f"/bench/{name} printed no figure:\n{output}\nlog: {machine.log_path}")
            figures[name] = float(match.group(1))
            figures[f"{name} best"] = float(match.group(2))
    finally:
        machine.stop()
    return figures


def describe():
    """What the figures were taken on."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False).stdout
    return {
        "commit": commit,
        "host": cpu.group(1) if cpu else "unknown",
        "qemu": qemu.splitlines()[0] if qemu else "unknown",
        "accel": os.environ.get("QEMU_ACCEL", "tcg"),
        "date": time.strftime("%Y-%m-%d"),
    }


def code_lines(path):
    """Lines that are neither blank nor only a comment."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(errors="replace"), flags=re.DOTALL)
    marks = ("#",) if path.suffix in {".py", ".sh"} else ("//",)
    return sum(bool(line.strip()) and not line.strip().startswith(marks) for line in text.splitlines())


def sizes():
    """Lines of code per folder, bytes of the kernel image, lines of Linux's files that the patches change."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if "/" in name and path.is_file() and path.suffix in {".c", ".h", ".cpp", ".hpp", ".S", ".py", ".sh"}:
            folder = name.split("/")[0]
            lines[folder] = lines.get(folder, 0) + code_lines(path)
    image = machines.OUT / "kernel" / "pecan"
    edited = [
        line
        for path in (ROOT / "patches").rglob("*.patch")
        for line in path.read_text().splitlines()
        if re.match(r"[+-](?!(\+\+|--) )", line)
    ]
    return {
        "lines of code": lines,
        "kernel image": image.stat().st_size if image.exists() else None,
        "lines edited in Linux": len(edited),
    }


def readable(nanoseconds):
    for limit, unit in ((1e3, "ns"), (1e6, "us"), (1e9, "ms")):
        if nanoseconds < limit:
            return f"{nanoseconds / limit * 1e3:.4g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


def print_table(medians, rounds):
    platforms = list(medians)
    native, pecan = medians.get("native"), medians.get("pecan")
    print(f"{'per operation':14}" + "".join(f"{p:>12}" for p in platforms) + f"{'ratio':>9}{'goal':>7}")
    for name, goal in GOALS.items():
        line = f"{name:14}" + "".join(f"{readable(medians[p][name]):>12}" for p in platforms)
        if native and pecan:
            line += f"{pecan[name] / native[name]:9.2f}{goal:7.2f}"
        print(line)
    if pecan and "linux" in pecan:
        print(f"{'boot, Linux alone':26}{readable(pecan['linux']):>12}")
    print(f"medians of {rounds} rounds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--platforms", default="native,pecan")
    options = parser.parse_args()
    platforms = options.platforms.split(",")

    samples = {platform: [] for platform in platforms}
    for number in range(options.rounds):
        # The other way round each time, so that a drift of the host meets both alike.
        for platform in platforms if number % 2 == 0 else reversed(platforms):
            samples[platform].append(one_round(platform))
            print(f"round {number + 1} of {options.rounds}, {platform}", file=sys.stderr, flush=True)
    medians = {
        platform: {name: statistics.median(figures[name] for figures in taken) for name in taken[0]}
        for platform, taken in samples.items()
    }
    print_table(medians, options.rounds)
    static = sizes()
    print("lines of code: " + ", ".join(f"{folder} {count}" for folder, count in sorted(static["lines of code"].items())))
    print(f"kernel image: {static['kernel image']} bytes; lines edited in Linux: {static['lines edited in Linux']}")
    result = {"machine": describe(), "sizes": static, "medians": medians, "samples": samples}
    (machines.OUT / "figures.json").write_text(json.dumps(result, indent=2) + "\n")
    print(f"all numbers: {machines.OUT / 'figures.json'}")


if __name__ == "__main__":
    main()
