# SPDX-License-Identifier: BSD-2-Clause
"""What 'make selftests' calls a difference, and what it does not let pass."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "selftests"))

import compare  # noqa: E402


def result(status="passed", **lines):
    return {"status": status, "lines": lines, "tail": ""}


def test_nothing_built(tmp_path, monkeypatch):
    monkeypatch.setattr(compare.machines, "OUT", tmp_path)
    with pytest.raises(SystemExit) as end:
        compare.main([])
    assert end.value.code not in (0, None)


@pytest.mark.parametrize(
    "native, pecan, count",
    [
        (result(), result(), 0),
        (result("failed (1)"), result("failed (1)"), 0),
        (result(), result("failed (1)"), 1),
        (result("failed (1)"), result(), 1),
        (result(compare.LOST), result(), 1),
        (result(compare.LOST), result(compare.LOST), 1),
        (result(one="passed"), result(one="failed"), 1),
        (result(one="passed"), result(), 1),
        (result(one="failed"), result(one="skipped"), 0),
    ],
)
def test_differences(native, pecan, count):
    assert compare.judge({"a/b": native}, {"a/b": pecan}) == count


def test_an_explanation_is_for_one_line(monkeypatch):
    monkeypatch.setattr(compare, "EXPLAINED", {("a/b", "one"): "because"})
    native, pecan = result(one="passed", two="passed"), result(one="failed", two="failed")
    assert compare.judge({"a/b": native}, {"a/b": pecan}) == 1


def test_what_is_left_out_is_in_the_manual():
    text = (ROOT / "docs" / "CAVEATS.md").read_text()
    names = [*compare.LEFT_OUT, *compare.ATTEMPTS, *(name for name, _ in compare.EXPLAINED)]
    assert [name for name in names if name not in text] == []
