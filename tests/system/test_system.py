# SPDX-License-Identifier: BSD-2-Clause
"""
The cases of the conformance server: two boots of its ISO, one test here for each line of TAP that each prints.

QEMU counts instructions, so that the machine's time is its own and a busy host changes nothing: what a case says of time
slices and timeouts is what the microkernel makes of them. The two differ in how long an instruction takes, so that
interrupts come at other ones.
"""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = Path(os.environ.get("OUT", ROOT / "out")).resolve()
ISO = OUT / "tests" / "system.iso"

# By the name of a run, how long an instruction takes: 2^shift ns.
RUNS = {"8 ns": 3, "16 ns": 4}

BOOT_LIMIT = 60  # seconds until the first line of TAP
CASE_LIMIT = 120  # seconds between two lines; the server itself ends a case much earlier, by its own clock
END = "# end of tests"


def known_cases():
    """What the groups in cases/*.cpp list, as 'group: case'. So a case that is never reported is seen to be missing."""
    names = []
    for path in sorted((HERE / "cases").glob("*.cpp")):
        text = path.read_text()
        tables = dict(re.findall(r"^constexpr Case (\w+)\[\] = \{$(.*?)^\};$", text, re.MULTILINE | re.DOTALL))
        for group, table in re.findall(r'^Group const \w+\{"([^"]+)", (\w+)\};', text, re.MULTILINE):
            names += [f"{group}: {name}" for name in re.findall(r'^ {4}\{"([^"]+)"', tables[table], re.MULTILINE)]
    return names


class Result:
    def __init__(self, passed, text, todo):
        self.passed = passed
        self.todo = todo  # why it is known to fail, if it is
        self.text = text  # the line itself
        self.comments = []


class Report:
    """What the serial line said."""

    def __init__(self, output, ending, log):
        self.ending, self.log = ending, log
        self.results = {}
        self.planned = None
        last = None
        for line in output.splitlines():
            line = line.strip("\r")
            if plan := re.fullmatch(r"1\.\.(\d+)", line):
                self.planned = int(plan.group(1))
            elif result := re.fullmatch(r"(not )?ok \d+ - (.*?) \[[^]]*\] # \d+ ms(?: # TODO (.*))?", line):
                last = Result(result.group(1) is None, line, result.group(3))
                self.results[result.group(2)] = last
            elif last is not None:
                # Comments, and whatever the kernel had to say.
                last.comments.append(line)
        self.tail = "\n".join(output.splitlines()[-25:])


def run_server(run):
    """Boot the ISO and read until the server is done, the machine ends, or nothing new has come for too long."""
    log_path = OUT / "log" / "tests" / f"system-{run.replace(' ', '-')}.log"
    if not ISO.exists():
        return Report("", f"{ISO} is missing: make {ISO.relative_to(ROOT)}", log_path)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "OUT": str(OUT), "PECAN_ISO": str(ISO)}
    with open(log_path, "wb") as log, open(log_path, encoding="utf-8", errors="replace") as reader:
        qemu = subprocess.Popen(
            [ROOT / "images" / "qemu.sh", "iso", "-no-reboot", "-icount", f"shift={RUNS[run]},sleep=off", "-rtc", "clock=vm"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            return Report(*read_until_end(qemu, reader), log_path)
        finally:
            qemu.kill()
            qemu.wait()


def read_until_end(qemu, reader):
    output, until = "", time.monotonic() + BOOT_LIMIT
    while True:
        ended = qemu.poll() is not None
        if new := reader.read():
            output += new
            if re.search(r"^1\.\.\d+", output, re.MULTILINE):
                until = time.monotonic() + CASE_LIMIT
        if END in output:
            return output, None
        if ended:
            return output, "QEMU ended"
        if time.monotonic() > until:
            return output, "nothing came for too long"
        time.sleep(0.1)


@pytest.fixture(scope="session", params=RUNS)
def report(request):
    return run_server(request.param)


def test_server_comes_to_its_end(report):
    assert report.ending is None, f"{report.ending}; the last that was seen:\n{report.tail}\nlog: {report.log}"
    assert report.planned == len(report.results), f"log: {report.log}"


def test_all_that_is_reported_is_known(report):
    assert set(report.results) <= set(known_cases())


@pytest.mark.parametrize("case", known_cases())
def test_x2(report, case, record_property):
    result = report.results.get(case)
    assert result, f"not reported; {report.ending or 'not in the server that ran'}\nlog: {report.log}"
    comments = "\n".join(result.comments)
    if result.todo and not result.passed:
        pytest.xfail(f"{result.todo}\n{comments}")
    assert result.passed, f"{result.text}\n{comments}\nlog: {report.log}"
    if comments:
        record_property(case, comments)
