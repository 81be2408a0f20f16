# SPDX-License-Identifier: BSD-2-Clause
"""`make debug` without a terminal: gdb stops a booting machine in each program, and knows where it is."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUT = (ROOT / os.environ.get("OUT", "out")).resolve()

# In the order in which a boot comes there.
STOPS = ["sigma0::Protocol::answer", "root::LinuxServer::memory_for", "start_kernel", "pecan::ClientSet::map"]


def commands():
    for place in STOPS:
        yield from (f"echo == {place}\\n", f"tbreak {place}", "continue", "info symbol $pc", "info line *$pc", "backtrace 4")
    yield "kill"


@pytest.fixture(scope="session")
def said():
    """What gdb says at each stop, by its name."""
    options = [word for command in commands() for word in ("-ex", command)]
    result = subprocess.run(
        [ROOT / "images" / "debug.sh", "-batch", "-nx", *options],
        env={**os.environ, "OUT": str(OUT), "PECAN_ISO": str(OUT / "tests" / "pecan.iso")},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240,
    )
    assert result.returncode == 0, result.stdout
    return dict(re.findall(r"^== (\S+)\n(.*?)(?=^== |\Z)", result.stdout, re.MULTILINE | re.DOTALL))


def test_sigma0(said):
    assert re.search(r"sigma0::Protocol::answer \(.*\) at sigma0/protocol\.cpp:\d+", said["sigma0::Protocol::answer"])
    assert re.search(r"server_main \(\) at sigma0/main\.cpp:\d+", said["sigma0::Protocol::answer"])


def test_root_task(said):
    """It is Linux's pager from its first instruction on."""
    here = said["root::LinuxServer::memory_for"]
    assert re.search(r'Line \d+ of "roottask/linux_server\.cpp" starts at address', here)
    callers = re.findall(r"^#[123] .* in (root::Supervisor::\w+) \(.*\) at roottask/supervisor\.cpp:\d+$", here, re.MULTILINE)
    assert callers == ["root::Supervisor::handle_linux", "root::Supervisor::handle", "root::Supervisor::serve"]


def test_linux(said):
    """Built without line numbers; names are there."""
    assert re.search(r"^start_kernel in section \.init\.text of .*/vmlinux$", said["start_kernel"], re.MULTILINE)
    assert re.search(r"^#2 .* in l4_start_kernel \(\)", said["start_kernel"], re.MULTILINE)


def test_microkernel(said):
    here = said["pecan::ClientSet::map"]
    assert re.search(r"^#0  pecan::ClientSet::map \(.*\) at kernel/vcpu/client_map\.cpp:\d+", here, re.MULTILINE)
    assert re.search(r"^#\d+ .*pecan::vcpu_system_call \(.*\) at kernel/vcpu/call\.cpp:\d+", here, re.MULTILINE)
