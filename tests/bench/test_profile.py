# SPDX-License-Identifier: BSD-2-Clause
"""The profile of an operation (bench/profile.py)."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def profile(*arguments, **variables):
    command = [ROOT / "bench" / "profile.py", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)


def test_profile_of_a_system_call():
    """On Pecan too; about what 'make compare ICOUNT=1' says."""
    done = profile("pecan", "/bench/bench -i getppid", "__x64_sys_getppid")
    assert done.returncode == 0, done.stderr
    spent = {name: int(count) for count, name in re.findall(r"(?m)^ +(\d+)  (.*)$", done.stdout)}
    total = int(re.search(r"(?m)^ +(\d+)$", done.stdout)[1])
    assert spent["do_syscall_64"] > 0 and spent["__x64_sys_getppid"] > 0 and spent["gate_syscall"] > 0, done.stdout
    assert 180 <= total <= 250, done.stdout


def test_a_function_that_does_not_exist():
    done = profile("native", "true", "no_such_function")
    assert done.returncode == 1 and "there is no function no_such_function" in done.stderr


def test_nothing_has_been_built(tmp_path):
    done = profile("native", "true", OUT=str(tmp_path))
    assert done.returncode == 1 and "is missing: make compare-images" in done.stderr
