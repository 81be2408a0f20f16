# SPDX-License-Identifier: BSD-2-Clause
"""A root server as others write them, on our kernel and sigma0: one boot, one test here for each of its cases."""

import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import tap  # noqa: E402


def known_cases():
    """What the tables in *_cases.c list."""
    names = []
    for path in sorted(HERE.glob("*_cases.c")):
        names += re.findall(r'^\t\{"([^"]+)", "[^"]+", \w+', path.read_text(), re.MULTILINE)
    return names


@pytest.fixture(scope="session")
def report():
    return tap.run_server("foreign")


def test_server_comes_to_its_end(report):
    tap.check_end(report, "foreign")


def test_all_that_is_reported_is_known(report):
    assert set(report.results) <= set(known_cases())


@pytest.mark.parametrize("case", known_cases())
def test_foreign(report, case, record_property):
    tap.check_case(report, "foreign", case, record_property)
