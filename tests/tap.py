# SPDX-License-Identifier: BSD-2-Clause
"""A root server that prints TAP on the serial line: boot it, and look at what it says."""

import os
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(os.environ.get("OUT", ROOT / "out")).resolve()

BOOT_LIMIT = 60  # seconds until the first line of TAP
CASE_LIMIT = 120  # seconds between two lines; the server itself ends a case much earlier, by its own clock
END = "# end of tests"


def log_of(name):
    return OUT / "log" / "tests" / f"{name}.log"


class Result:
    def __init__(self, passed, text):
        self.passed = passed
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
            elif result := re.fullmatch(r"(not )?ok \d+ - (.*?) \[[^]]*\] # \d+ ms", line):
                last = Result(result.group(1) is None, line)
                self.results[result.group(2)] = last
            elif last is not None:
                # Comments, and whatever the kernel had to say.
                last.comments.append(line)
        self.tail = "\n".join(output.splitlines()[-25:])


def run_server(name, options=(), log_name=None, end=f"^{END}"):
    """
    Boot out/tests/NAME.iso and read until the server is done (by the pattern `end`), the machine ends, or nothing has come
    for too long.
    """
    iso, log_file = OUT / "tests" / f"{name}.iso", log_of(log_name or name)
    if not iso.exists():
        return Report("", f"{iso} is missing: make {iso.relative_to(ROOT)}")
    log_file.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "OUT": str(OUT), "PECAN_ISO": str(iso)}
    with open(log_file, "wb") as log, open(log_file, encoding="utf-8", errors="replace") as reader:
        qemu = subprocess.Popen(
            [ROOT / "images" / "qemu.sh", "iso", "-no-reboot", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            return read_until_end(qemu, reader, end)
        finally:
            qemu.kill()
            qemu.wait()


def read_until_end(qemu, reader, end):
    output, until = "", time.monotonic() + BOOT_LIMIT
    while True:
        ended = qemu.poll() is not None
        if new := reader.read():
            output += new
            if re.search(r"^1\.\.\d+", output, re.MULTILINE):
                until = time.monotonic() + CASE_LIMIT
        if re.search(end, output, re.MULTILINE):
            return Report(output, None)
        if ended:
            return Report(output, "QEMU ended")
        if time.monotonic() > until:
            return Report(output, "nothing came for too long")
        time.sleep(0.1)


def check_end(report, name):
    assert report.ending is None, f"{report.ending}; the last that was seen:\n{report.tail}\nlog: {log_of(name)}"
    assert report.planned == len(report.results), f"log: {log_of(name)}"


def check_case(report, name, case, record_property):
    result = report.results.get(case)
    assert result, f"not reported; {report.ending or 'not in the server that ran'}\nlog: {log_of(name)}"
    comments = "\n".join(result.comments)
    assert result.passed, f"{result.text}\n{comments}\nlog: {log_of(name)}"
    if comments:
        record_property(case, comments)
