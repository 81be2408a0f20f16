# SPDX-License-Identifier: BSD-2-Clause
"""
A kernel with a trace buffer (TRACE=1) under the conformance server, up to its trace cases: the root server reads the
buffer, the timeline of it is readable, and a panic prints the last events.
"""

import os
import re
import socket
import struct
import sys
import tempfile
from pathlib import Path

import pexpect
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import timeline  # noqa: E402

ISO = timeline.OUT / "tests" / "system-trace.iso"
LOG = timeline.OUT / "log" / "tests" / "trace.log"
MACHINE_CHECK = "mce -b 0 1 0xb200000000000000 0x5 0 0"


def machine_check(qmp):
    """An uncorrected error of bank 1. By a line of its own: the monitor's prompt would get into the panic's words."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(qmp)
        stream = connection.makefile("rw")
        stream.readline()
        for command in ('"qmp_capabilities"', '"human-monitor-command", "arguments": {"command-line": "%s"}' % MACHINE_CHECK):
            stream.write(f'{{"execute": {command}}}\n')
            stream.flush()
            while '"return"' not in stream.readline():  # an event
                pass


class Run:
    def __init__(self, qmp):
        LOG.parent.mkdir(parents=True, exist_ok=True)
        assert ISO.exists(), f"{ISO} is missing: make {ISO.relative_to(timeline.ROOT)}"
        with open(LOG, "w", encoding="utf-8", errors="replace") as log:
            child = pexpect.spawn(
                str(timeline.ROOT / "images" / "qemu.sh"),
                ["iso", "-no-reboot", "-qmp", f"unix:{qmp},server=on,wait=off"],
                env={**os.environ, "PECAN_ISO": str(ISO)},
                encoding="utf-8",
                codec_errors="replace",
                timeout=60,
            )
            child.logfile_read = log
            try:
                child.expect(r"ok \d+ - trace: sigma0 gives [^\n]*\n")
                self.output = child.before + child.after
                self.buffer = timeline.take(child, self.output, timeline.OUT / "tests" / "trace.bin")
                machine_check(qmp)
                child.expect(r"Pecan panic: ")
                child.expect(r"trace, the latest last:\r*\n")
                child.expect(r"(?:  -[^\n]*\n){32}")
                self.last_words = child.after.replace("\r", "").splitlines()
            finally:
                child.close(force=True)


@pytest.fixture(scope="session")
def run():
    with tempfile.TemporaryDirectory() as folder:
        return Run(f"{folder}/qmp")


def test_root_server_reads_it(run):
    assert re.search(r"^ok \d+ - trace: what a thread calls", run.output, re.MULTILINE)
    assert re.search(r"^ok \d+ - trace: sigma0 gives", run.output, re.MULTILINE)
    assert "refuses the trace buffer" not in run.output


def test_buffer_of_a_machine(run):
    """Whatever the server does at the moment: each event of it has a meaning. What they say is tested inside."""
    events, khz = timeline.decode(run.buffer)
    assert khz > 100_000
    assert len(events) > 100
    assert all(one.tsc <= next.tsc for one, next in zip(events, events[1:]))
    text = "\n".join(timeline.timeline(run.buffer))
    assert re.search(r"(root|thread \d+) +(ThreadControl \(|Ipc |runs$)", text, re.MULTILINE)
    assert "event " not in text


def test_timeline():
    """Every kind of event, in a ring that has gone round."""
    events = [
        (1000, 66 << 32 | timeline.RUN, 0, 0),
        (3000, 66 << 32 | timeline.SEND, 64 << 32 | 1, 0xFFFFFFFFFFA00002),
        (4000, 64 << 32 | timeline.SEND, 66 << 32 | 1, 2 << 6),
        (5000, 70 << 32 | timeline.RECEIVE, timeline.ANYTHREAD, 0),
        (6000, 70 << 32 | 1 << 8 | timeline.CALL, 0x10, 0x20),
        (7000, 70 << 32 | 6 << 8 | timeline.FAULT, 0x4000, 0x1234),
        (8000, 70 << 32 | 13 << 8 | timeline.EXCEPTION, 0x18, 0x1234),
        (9000, 70 << 32 | 8 << 8 | timeline.INTERRUPT, 0, 0),
        (9500, 70 << 32 | timeline.TIMER, 0, 0),
        (9600, timeline.IDLE, 0, 0),
    ]
    events += [(9700 + n, timeline.IDLE, 0, 0) for n in range(6)]
    # Sixteen are in the ring, nineteen were written: entry 3 is the oldest.
    capacity = len(events)
    ring = [events[(n - 3) % capacity] for n in range(capacity)]
    data = struct.pack("<8Q", timeline.MAGIC, 2_000_000, capacity, 19, 0, 0, 0, 0)
    data += b"".join(struct.pack("<4Q", *event) for event in ring)
    lines = [re.sub(r" +", " ", line.strip()) for line in timeline.timeline(data)]
    assert lines[:10] == [
        "0.0 us + 0.0 root runs",
        "1.0 us + 1.0 root Ipc to sigma0: sigma0, 2 words",
        "1.5 us + 0.5 sigma0 Ipc to root: label 0, 2 in items",
        "2.0 us + 0.5 thread 46 Ipc from anyone",
        "2.5 us + 0.5 thread 46 ThreadControl (rdi 10, rsi 20)",
        "3.0 us + 0.5 thread 46 page fault: write 4000 at ip 1234",
        "3.5 us + 0.5 thread 46 exception 13, error 18, at ip 1234",
        "4.0 us + 0.5 thread 46 interrupt 8",
        "4.2 us + 0.2 thread 46 timer",
        "4.3 us + 0.1 idle",
    ]
    assert len(lines) == capacity


def test_panic_prints_the_last_events(run):
    assert len(run.last_words) == 32
    for line in run.last_words:
        assert re.fullmatch(r"  - *\d+ us  thread [0-9a-f]{5}  \w[\w ]*", line), line
    ages = [int(re.match(r"  - *(\d+)", line).group(1)) for line in run.last_words]
    assert ages == sorted(ages, reverse=True) and ages[-1] == 0
