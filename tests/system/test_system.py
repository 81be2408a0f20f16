# SPDX-License-Identifier: BSD-2-Clause
"""
The cases of the conformance server: two boots of its ISO, one test here for each line of TAP that each prints.

QEMU counts instructions, so that the machine's time is its own and a busy host changes nothing: what a case says of time
slices and timeouts is what the microkernel makes of them. The two differ in how long an instruction takes, so that
interrupts come at other ones.
"""

import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import tap  # noqa: E402

# By the name of a run, how long an instruction takes, 2^shift ns, and how much memory there is: with 3 GiB there are
# pages of 1 GiB.
RUNS = {"system-8ns": (3, "1G"), "system-16ns": (4, "3G")}


def known_cases():
    """What the groups in cases/*.cpp list, as 'group: case'. So a case that is never reported is seen to be missing."""
    names = []
    for path in sorted((HERE / "cases").glob("*.cpp")):
        text = path.read_text()
        tables = dict(re.findall(r"^constexpr Case (\w+)\[\] = \{$(.*?)^\};$", text, re.MULTILINE | re.DOTALL))
        for group, table in re.findall(r'^Group const \w+\{"([^"]+)", (\w+)\};', text, re.MULTILINE):
            names += [f"{group}: {name}" for name in re.findall(r'^ {4}\{"([^"]+)"', tables[table], re.MULTILINE)]
    return names


@pytest.fixture(scope="session", params=RUNS)
def run(request):
    """The name of a run, and what its server has said."""
    shift, memory = RUNS[request.param]
    options = ["-icount", f"shift={shift},sleep=off", "-rtc", "clock=vm", "-m", memory]
    return request.param, tap.run_server("system", options, request.param)


def test_server_comes_to_its_end(run):
    name, report = run
    tap.check_end(report, name)


def test_all_that_is_reported_is_known(run):
    assert set(run[1].results) <= set(known_cases())


@pytest.mark.parametrize("case", known_cases())
def test_x2(run, case, record_property):
    name, report = run
    tap.check_case(report, name, case, record_property)
