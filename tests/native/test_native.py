# SPDX-License-Identifier: BSD-2-Clause
"""Native tasks beside a Linux: one boot of out/tests/native.iso, in which all of them have to say what they should."""

import re
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "linux"))

import machine as machines  # noqa: E402

machines.PLATFORMS["native tasks"] = ("iso", "PECAN_ISO", "native.iso")


@pytest.fixture(scope="session")
def machine():
    the_machine = machines.boot("native tasks", "native")
    yield the_machine
    the_machine.stop()


@pytest.fixture(scope="session")
def lines(machine):
    """What was said up to Linux's prompt and until the clock's driver has reported twice."""
    output = machine.boot_output
    until = time.monotonic() + 60
    while len(re.findall(r"\[rtc\] \d+ ticks; [^\n]*\n", output)) < 2 and time.monotonic() < until:
        output += machine.expect(r"\n", 30, "a line") + "\n"
    return output.replace("\r\n", "\n")


def test_linux_runs_beside(machine, lines):
    assert machine.check("echo $((6 * 7))").endswith("42\n")
    # The clock's ports are the driver's; Linux still knows what time it is.
    assert abs(int(machine.check("date +%s").split()[-1]) - time.time()) < 10
    assert machines.problems_in(machine.boot_output) == []


def test_hello(lines):
    assert "\n[hello] hello, I am instance 0 of 1\n" in lines


def test_pingpong(lines):
    said = re.findall(r"^\[pingpong\] 1000 round trips with (\d+) words, \d+ cycles each$", lines, re.MULTILINE)
    assert said == ["0", "8", "63"]


def test_c_task(lines):
    said = re.findall(r"^\[c_task\] (.*)$", lines, re.MULTILINE)
    assert said == ["the C binding works"]


def test_user_level_pager(lines):
    """Memory and ports of the driver come from its pager, each where it was touched."""
    memory = re.findall(r"^\[rtc\] pager: (4000[0-9a-f]{4}) for ip 1000[0-9a-f]{4}: lent$", lines, re.MULTILINE)
    assert memory and memory == [f"{0x40000000 + n * 0x1000:x}" for n in range(len(memory))]
    ports = re.findall(r"^\[rtc\] pager: port (\w+) for ip 1000[0-9a-f]{4}: lent$", lines, re.MULTILINE)
    assert ports == ["70"]
    assert "no such" not in lines


def test_interrupt_driven_driver(lines):
    """The device's interrupts come as messages; the ticks are those that the device was told to make."""
    reports = re.findall(r"^\[rtc\] (\d+) ticks; the last 256 took (\d+) us", lines, re.MULTILINE)
    assert [int(count) for count, _ in reports] == [256 * (n + 2) for n in range(len(reports))]
    # A busy host may delay ticks or lose some, but never make more of them.
    assert all(int(microseconds) > 900_000 for _, microseconds in reports)
