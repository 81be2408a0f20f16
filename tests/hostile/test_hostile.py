# SPDX-License-Identifier: BSD-2-Clause
"""Several hostile tasks at once: some seconds of guest time, with SOAK=1 about an hour, and another seed each day."""

import datetime
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tap  # noqa: E402

CASES = [
    "hostile: the kernel stands, and has lost nothing",
    "hostile: tasks that have nothing to do with it keep their timing",
]
if os.environ.get("SOAK"):
    SECONDS, SEED = 3000, datetime.date.today().toordinal()
else:
    SECONDS, SEED = 6, 1

# Guest time counts instructions, at 4 ns each: what it measures does not depend on the host.
OPTIONS = ["-icount", "shift=2,sleep=off", "-smbios", f"type=1,serial=seconds={SECONDS} seed={SEED}"]


@pytest.fixture(scope="session")
def report():
    return tap.run_server("hostile", OPTIONS)


def test_server_comes_to_its_end(report):
    tap.check_end(report, "hostile")


@pytest.mark.parametrize("case", CASES)
def test_hostile(report, case, record_property):
    tap.check_case(report, "hostile", case, record_property)
