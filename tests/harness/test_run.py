# SPDX-License-Identifier: BSD-2-Clause
"""What tests/run promises: a suite that takes too long fails, and leaves nothing running."""

import importlib.machinery
import importlib.util
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def load_runner():
    loader = importlib.machinery.SourceFileLoader("runner", str(ROOT / "tests" / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("runner", loader))
    loader.exec_module(module)
    return module


def is_running(pid):
    """Neither gone nor a zombie that nobody has buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_time_limit(tmp_path, monkeypatch):
    runner = load_runner()
    monkeypatch.setattr(runner, "TIME_LIMIT", 1)
    child = tmp_path / "child"
    tally = runner.run_reporting(["sh", "-c", f"sleep 1000 & echo $! > {child}; wait"], tmp_path / "report.xml")
    assert (tally.passed, tally.failed) == (0, 1)
    until = time.monotonic() + 5
    while is_running(int(child.read_text())):
        assert time.monotonic() < until, "what the suite had started lives on"
        time.sleep(0.05)


def test_status_without_a_report(tmp_path):
    """A program that fails though its report has no failure has failed."""
    report = tmp_path / "report.xml"
    text = '<testsuite><testcase name="one"/></testsuite>'
    tally = load_runner().run_reporting(["sh", "-c", f"echo '{text}' > {report}; exit 3"], report)
    assert (tally.passed, tally.failed) == (1, 1)
