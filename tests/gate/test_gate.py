# SPDX-License-Identifier: BSD-2-Clause
"""
The cases of tests/gate/cases.def: one test here for each line of TAP, from a boot of out/tests/gate.iso, and from
one where QEMU counts instructions.
"""

import re
from pathlib import Path

import pytest

from gate_machine import END, Machine, Silence

HERE = Path(__file__).resolve().parent

# What the machine runs under -icount, where a tick of the TSC is an instruction; the sweep makes no sense elsewhere.
WITH_ICOUNT = {"exit_bad_frames", "exit_events", "null_call", "exit_sweep"}
ICOUNT = ["-icount", "shift=0,sleep=off"]


def known_cases():
    return re.findall(r'^CASE\((\w+), \w+, "([^"]+)"\)', (HERE / "cases.def").read_text(), re.MULTILINE)


def output_of(name, **how):
    with Machine(name, **how) as machine:
        try:
            machine.wait_for(END)
        except Silence:
            pass  # each case that was not reached says so
        return machine.output


@pytest.fixture(scope="session")
def output():
    return output_of("gate")


@pytest.fixture(scope="session")
def counted_output():
    return output_of("gate-icount", wanted="icount", options=ICOUNT)


def check_case(output, case):
    found = re.search(rf"^(not )?ok \d+ - {re.escape(case)} # \d+ ms", output, re.MULTILINE)
    assert found, f"not reported; the last that was seen:\n{output[-2000:]}"
    before = output[: found.start()].splitlines()[-4:]
    assert found.group(1) is None, "\n".join([*before, found.group(0)])


def test_end_is_reached(output):
    assert END in output, f"the last that was seen:\n{output[-2000:]}"


@pytest.mark.parametrize("case", [name for function, name in known_cases() if function != "exit_sweep"])
def test_gate(output, case):
    check_case(output, case)


@pytest.mark.parametrize("case", [name for function, name in known_cases() if function in WITH_ICOUNT])
def test_counting_instructions(counted_output, case):
    check_case(counted_output, case)
