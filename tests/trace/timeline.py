#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
The microkernel's trace buffer as a timeline. `make trace` boots a kernel that has one (PECAN_ISO), lets Linux execute
COMMAND, takes the buffer out of the machine, and writes the timeline to out/trace.txt.

As a program: timeline.py [FILE], FILE being a buffer that was saved before.
"""

import os
import re
import struct
import sys
import time
from collections import Counter
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / os.environ.get("OUT", "out")

# include/l4/trace.h
MAGIC = 0x65636172546E6350
FIRST_EVENT = 0x40
RUN, IDLE, SEND, RECEIVE, CALL, FAULT, EXCEPTION, INTERRUPT, TIMER = range(1, 10)

# The numbers of the stubs: kernel/arch/x86/gate/layout.hpp.
CALLS = [
    "SpaceControl", "ThreadControl", "ProcessorControl", "MemoryControl", "Ipc", "Lipc", "Unmap", "ExchangeRegisters",
    "SystemClock", "ThreadSwitch", "Schedule", "vCPU call",
]  # fmt: skip
PROTOCOLS = {-1: "interrupt", -2: "page fault", -3: "preemption", -5: "exception", -6: "sigma0", -8: "I/O fault"}
ANYTHREAD = 2**64 - 1
# The kernel's numbers: start.hpp.
SYSTEM_BASE, USER_BASE = 32, 64


class Event:
    def __init__(self, tsc, what, a, b):
        self.tsc, self.a, self.b = tsc, a, b
        self.kind, self.detail, self.thread = what & 0xFF, what >> 8 & 0xFF, what >> 32


def decode(data):
    """The buffer's events, the oldest first, and the frequency of the TSC in kHz."""
    magic, khz, capacity, count = struct.unpack_from("<4Q", data)
    if magic != MAGIC:
        raise ValueError(f"no trace buffer: it begins with {magic:x}")
    first = max(0, count - capacity)
    places = (FIRST_EVENT + n % capacity * 32 for n in range(first, count))
    return [Event(*struct.unpack_from("<4Q", data, place)) for place in places], khz


def thread_name(number):
    known = {USER_BASE: "sigma0", USER_BASE + 1: "sigma1", USER_BASE + 2: "root"}
    if number < SYSTEM_BASE:
        return f"irq {number}"
    return known.get(number, f"thread {number:x}")


def partner(thread_id):
    if thread_id == ANYTHREAD:
        return "anyone"
    return f"local {thread_id:x}" if thread_id & 0x3F == 0 else thread_name(thread_id >> 32)


def tag(mr0):
    label, untyped, typed = mr0 >> 16, mr0 & 0x3F, mr0 >> 6 & 0x3F
    protocol = (label - (1 << 48) if label >> 47 else label) >> 4
    name = PROTOCOLS.get(protocol, f"label {label:x}")
    return ", ".join([name] + [f"{n} {what}" for n, what in ((untyped, "words"), (typed, "in items")) if n])


def describe(event):
    kind = event.kind
    if kind == SEND:
        return f"Ipc to {partner(event.a)}: {tag(event.b)}"
    if kind == RECEIVE:
        return f"Ipc from {partner(event.a)}"
    if kind == CALL:
        name = CALLS[event.detail] if event.detail < len(CALLS) else "system call"
        return f"{name} (rdi {event.a:x}, rsi {event.b:x})"
    if kind == FAULT:
        access = "write" if event.detail & 2 else "execute" if event.detail & 16 else "read"
        return f"page fault: {access} {event.a:x} at ip {event.b:x}"
    if kind == EXCEPTION:
        return f"exception {event.detail}, error {event.a:x}, at ip {event.b:x}"
    if kind == INTERRUPT:
        return f"interrupt {event.detail}"
    return {RUN: "runs", TIMER: "timer"}.get(kind, f"event {kind}")


def timeline(data):
    """One line an event: microseconds since the first, and since the one before; who; what."""
    events, khz = decode(data)
    last = events[0].tsc if events else 0
    for event in events:
        since_start = (event.tsc - events[0].tsc) * 1000 / khz
        who = "" if event.kind == IDLE else thread_name(event.thread)
        what = "idle" if event.kind == IDLE else describe(event)
        yield f"{since_start:12.1f} us  +{(event.tsc - last) * 1000 / khz:9.1f}  {who:<12} {what}"
        last = event.tsc


def take(child, boot_output, path, limit=30):
    """
    Saves the buffer of a running machine by QEMU's monitor (Ctrl-A C on the serial line). The machine stands still
    meanwhile, so that no event is written while others are read. The guest's output may come between the monitor's.
    """
    start, end = (int(n, 16) for n in re.search(r"trace: (\w+)\.\.(\w+)", boot_output).groups())
    size = end - start + 1
    path.unlink(missing_ok=True)
    child.send(f'\x01cstop\npmemsave {start:#x} {size} "{path}"\ncont\n\x01c')
    until = time.monotonic() + limit
    while not (path.exists() and path.stat().st_size == size):
        assert time.monotonic() < until, f"the monitor saved nothing; the last that was seen:\n{child.before}"
        child.expect([r"\n", pexpect.TIMEOUT], timeout=0.1)
    return path.read_bytes()


def boot_and_take():
    sys.path.insert(0, str(ROOT / "tests" / "linux"))
    import machine as machines

    machines.PLATFORMS["trace"] = ("iso", "PECAN_ISO", Path(os.environ["PECAN_ISO"]).resolve())
    machine = machines.boot("trace", "trace")
    if command := os.environ.get("COMMAND"):
        print(machine.check(command), end="")
    data = take(machine.child, machine.boot_output, OUT / "trace.bin")
    machine.stop()
    return data


def main(path):
    data = path.read_bytes() if path else boot_and_take()
    lines = list(timeline(data))
    (OUT / "trace.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[-40:]))
    kinds = Counter(event.kind for event in decode(data)[0])
    print(f"{len(lines)} events in {OUT / 'trace.txt'}; {kinds[RUN]} switches, {kinds[SEND] + kinds[RECEIVE]} Ipc calls,")
    print(f"{kinds[CALL]} other calls, {kinds[FAULT]} page faults, {kinds[INTERRUPT]} interrupts, {kinds[TIMER]} timer")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
