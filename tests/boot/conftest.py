# SPDX-License-Identifier: BSD-2-Clause
"""Machines that boot one entry of out/tests/boot.iso (grub.cfg). With SOAK=1 everything is repeated more often."""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "linux"))

import machine as machines  # noqa: E402
from figures import pytest_terminal_summary  # noqa: E402, F401

ISO = machines.OUT / "tests" / "boot.iso"
machines.PLATFORMS["boot"] = ("iso", "PECAN_ISO", ISO)
ROUNDS = 20 if os.environ.get("SOAK") else 3


@pytest.fixture
def start():
    """start(entry, options, VARIABLE=value): a machine that is booting; it ends with the test."""
    running = []

    def start_one(entry, options=(), **variables):
        machine = machines.Machine("boot", f"boot-{entry}", ["-smbios", f"type=1,serial={entry}", *options], **variables)
        running.append(machine)
        return machine

    yield start_one
    for machine in running:
        machine.stop()


@pytest.fixture
def rounds():
    return ROUNDS
