# SPDX-License-Identifier: BSD-2-Clause
"""The cases of the conformance server: one boot of its ISO, one test here for each line of TAP that it prints."""

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
LOG = OUT / "log" / "tests" / "system.log"

BOOT_LIMIT = 60  # seconds until the first line of TAP
CASE_LIMIT = 60  # seconds between two lines; the server itself ends a case much earlier
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

    def __init__(self, output, ending):
        self.ending = ending
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


def run_server():
    """Boot the ISO and read until the server is done, the machine ends, or nothing new has come for too long."""
    if not ISO.exists():
        return Report("", f"{ISO} is missing: make {ISO.relative_to(ROOT)}")
    LOG.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "OUT": str(OUT), "PECAN_ISO": str(ISO)}
    with open(LOG, "wb") as log, open(LOG, encoding="utf-8", errors="replace") as reader:
        qemu = subprocess.Popen(
            [ROOT / "images" / "qemu.sh", "iso", "-no-reboot"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            return read_until_end(qemu, reader)
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
            return Report(output, None)
        if ended:
            return Report(output, "QEMU ended")
        if time.monotonic() > until:
            return Report(output, "nothing came for too long")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def report():
    return run_server()


def test_server_comes_to_its_end(report):
    assert report.ending is None, f"{report.ending}; the last that was seen:\n{report.tail}\nlog: {LOG}"
    assert report.planned == len(report.results), f"log: {LOG}"


def test_all_that_is_reported_is_known(report):
    assert set(report.results) <= set(known_cases())


@pytest.mark.parametrize("case", known_cases())
def test_x2(report, case, record_property):
    result = report.results.get(case)
    assert result, f"not reported; {report.ending or 'not in the server that ran'}\nlog: {LOG}"
    comments = "\n".join(result.comments)
    if result.todo and not result.passed:
        pytest.xfail(f"{result.todo}\n{comments}")
    assert result.passed, f"{result.text}\n{comments}\nlog: {LOG}"
    if comments:
        record_property(case, comments)
