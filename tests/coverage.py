#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Which lines of the microkernel the tests execute: 'make coverage'.

In QEMU: the machine lists each piece of the kernel's code when it comes to it first (-d in_asm), and the debug information
says from which lines an address comes; so nothing is changed in the kernel that is measured. On the host: gcov, of the
unit tests. A line counts as executed if either saw it. The report names, file by file, the lines that nobody has seen.

What lies in the gate's text counts as seen in any case: its tests jump to every byte of it.
"""

import bisect
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "linux")]

import machine as machines  # noqa: E402
import tap  # noqa: E402

ROOT, OUT = tap.ROOT, tap.OUT
KERNEL = OUT / "kernel" / "pecan.debug"
UNIT = OUT / "coverage" / "tests"
REPORT = OUT / "coverage" / "report.txt"
ICOUNT = ["-icount", "shift=3,sleep=off", "-rtc", "clock=vm"]
SERVERS = {
    "system": [*ICOUNT, "-m", "3G"],
    "foreign": [],
    "gate": [],
    "hostile": [*ICOUNT, "-smbios", "type=1,serial=seconds=6 seed=1"],
}
LINUX = ["/test/tlb_stress 2", "/test/mprotect_threads", "/test/processes", "ls /sys/kernel/debug/l4"]


def output_of(*command):
    return subprocess.run(command, cwd=ROOT, check=True, text=True, capture_output=True).stdout


def code_of_kernel():
    """The address ranges that hold code."""
    for line in output_of("readelf", "-lW", str(KERNEL)).splitlines():
        if match := re.fullmatch(r"\s+LOAD\s+\S+ (0x\w+) \S+ \S+ (0x\w+) R E .*", line):
            start, size = int(match[1], 16), int(match[2], 16)
            yield start, start + size


def lines_of_kernel(code):
    """Sorted (start, end, file, line): the pieces of machine code, and the lines they come from."""
    pieces, file, previous = [], None, None
    # The link-time optimiser names a unit without its folder.
    by_name = {path.name: str(path.relative_to(ROOT)) for path in (ROOT / "kernel").rglob("*.*")}
    for row in output_of("readelf", "--debug-dump=decodedline", str(KERNEL)).splitlines():
        if header := re.fullmatch(r"(?:\./)?(\S+\.(?:cpp|hpp|S|h|inc)):(?:\[\+\+\])?", row):
            file = header[1]
        elif row.endswith(":"):
            file = None
        elif entry := re.match(r"(\S+)\s+(\d+|-)\s+(0x\w+)", row):
            address = int(entry[3], 16)
            if previous and previous[0] < address:
                pieces.append((previous[0], address, previous[1], previous[2]))
            place = file or by_name.get(entry[1], entry[1])
            previous = (address, place, int(entry[2])) if entry[2] != "-" else None
    return sorted(p for p in pieces if p[2].startswith("kernel/") and any(a <= p[0] < b for a, b in code))


def addresses_of(trace):
    with open(trace, encoding="ascii", errors="replace") as text:
        for line in text:
            if line.startswith("0x"):
                yield int(line[: line.index(":")], 16)


def seen_in_qemu(code):
    """The addresses of the instructions that QEMU has translated."""
    ranges = ",".join(f"{start:#x}+{end - start:#x}" for start, end in code)
    seen = set()

    def options(name):
        return ["-d", "in_asm", "-dfilter", ranges, "-D", str(REPORT.parent / f"{name}.asm")]

    def collect(name):
        trace = REPORT.parent / f"{name}.asm"
        seen.update(addresses_of(trace))
        trace.unlink()
        print(f"{name}: {len(seen)} instructions seen so far", flush=True)

    for name, extra in SERVERS.items():
        report = tap.run_server(name, [*extra, *options(name)], f"coverage-{name}")
        if report.ending:
            sys.exit(f"{name}: {report.ending}: {tap.log_of(f'coverage-{name}')}")
        collect(name)
    machine = machines.Machine("pecan", "coverage-linux", options("linux"))
    machine.boot(300)
    for command in LINUX:
        machine.command(command, limit=300)
    machine.line("poweroff")
    machine.wait_for_end(60)
    collect("linux")
    return seen


def seen_on_host():
    """From gcov: two sets of (file, line), those with code and those that were executed."""
    subprocess.run(
        ["make", "-s", "-j2", "-f", "tests/unit/rules.mk", "unit", f"OUT={OUT / 'coverage'}", "CXX=g++ --coverage"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    code, seen = set(), set()
    for data in UNIT.rglob("*.gcda"):
        for document in output_of("gcov", "--json-format", "--stdout", str(data)).splitlines():
            for file in json.loads(document)["files"]:
                if not file["file"].startswith("kernel/"):
                    continue
                for line in file["lines"]:
                    where = (file["file"], line["line_number"])
                    code.add(where)
                    if line["count"]:
                        seen.add(where)
    return code, seen


def as_ranges(numbers):
    ranges = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return " ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)


def report_of(code, seen):
    """A line each folder, and below what is missing."""
    by_file = defaultdict(lambda: (set(), set()))
    for file, line in code:
        by_file[file][(file, line) in seen].add(line)
    folders = defaultdict(lambda: [0, 0])
    for file, (missing, executed) in by_file.items():
        for name in (str(Path(file).parent), "all"):
            folders[name][0] += len(executed)
            folders[name][1] += len(executed) + len(missing)
    yield "executed  of lines  folder"
    for name, (executed, lines) in sorted(folders.items()):
        yield f"{100 * executed / lines:7.1f}% {lines:9}  {name}"
    yield ""
    yield "not seen:"
    for file, (missing, _) in sorted(by_file.items()):
        if missing:
            yield f"  {file}: {as_ranges(missing)}"


def main():
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    code = list(code_of_kernel())
    pieces = lines_of_kernel(code)
    addresses = sorted(seen_in_qemu(code))
    in_kernel, seen = set(), set()
    for start, end, file, line in pieces:
        in_kernel.add((file, line))
        at = bisect.bisect_left(addresses, start)
        if at < len(addresses) and addresses[at] < end:
            seen.add((file, line))
    host_code, host_seen = seen_on_host()
    # What the kernel's own compiler made nothing of is not counted, be it executed on the host.
    REPORT.write_text("\n".join(report_of(in_kernel, seen | (host_seen & in_kernel))) + "\n", encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8").split("\nnot seen:")[0])
    print(f"unit tests alone: {len(host_seen & in_kernel)} of {len(host_code & in_kernel)} lines that they contain")
    print(f"what nobody has seen: {os.path.relpath(REPORT, ROOT)}")


if __name__ == "__main__":
    main()
