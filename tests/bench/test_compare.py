# SPDX-License-Identifier: BSD-2-Clause
"""The comparison with native Linux: its arithmetic, one short round of it, instructions against a baseline."""

import copy
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "linux")]

import compare  # noqa: E402
import report  # noqa: E402
import summary  # noqa: E402

REQUIRED = """getppid read1 write1 stat open-close select signal-install signal-deliver pipe-latency unix-latency
pipe-bandwidth ctx-2-0k ctx-8-0k ctx-16-64k fault-anon fault-file fault-cow fault-prot mmap-64k mmap-64m mprotect
fork-exit fork-exec sh-c thread-create futex-pingpong tmpfs-create tmpfs-read mem-bandwidth int-loop fp-loop
sleep-latency boot-to-prompt job-compile job-shell job-tools job-multi""".split()

# Where the microkernel costs most; a boot of either side and some seconds.
WATCHED = """getppid read1 stat signal-deliver pipe-latency fault-anon fault-cow mprotect fork-exit fork-exec
int-loop""".split()


def run(median, unit="ns", work=1, **more):
    return {"unit": unit, "median": median, "operations": 10, "work": work, "counters": {}, **more}


def rounds_of(name, native, pecan):
    return [
        {"round": number, "platform": platform, "results": {name: sample}}
        for number, pair in enumerate(zip(native, pecan), 1)
        for platform, sample in zip(summary.PLATFORMS, pair)
    ]


def test_ratio_is_cost_for_times_and_for_rates():
    [slower] = summary.compare(rounds_of("getppid", [run(100)], [run(150)]))
    assert slower["ratio"] == 1.5
    [less] = summary.compare(rounds_of("pipe-bandwidth", [run(300, "MB/s")], [run(200, "MB/s")]))
    assert less["ratio"] == 1.5


def test_median_and_spread():
    samples = [run(value) for value in (10, 30, 20)]
    [entry] = summary.compare(rounds_of("getppid", samples, samples))
    assert entry["native"] == {"samples": [10, 30, 20], "median": 20, "spread": 1.0}


def test_different_work_is_no_comparison():
    with pytest.raises(summary.DifferentWork):
        summary.compare(rounds_of("getppid", [run(1, work=1)], [run(1, work=2)]))


def test_a_round_that_only_one_side_has_done_does_not_count():
    rounds = rounds_of("getppid", [run(100), run(900)], [run(150), run(900)])
    assert summary.compare(rounds[:3]) == summary.compare(rounds[:2])
    assert summary.compare(rounds[:1]) == []


def test_counters_are_per_operation():
    pecan = [run(1, counters={"fills": 20, "kernel_memory": 4096}), run(1, counters={"fills": 40, "kernel_memory": 0})]
    [entry] = summary.compare(rounds_of("getppid", [run(1), run(1)], pecan))
    assert entry["counters"] == {"fills": 3.0, "kernel_memory": 0}


def test_an_interrupted_run_goes_on_but_only_if_it_was_the_same(tmp_path):
    path, described = tmp_path / "results.json", {"commit": "one"}
    rounds = rounds_of("getppid", [run(1)], [run(2)])
    compare.store(path, described, rounds, complete=False)
    assert compare.load(path, described) == rounds
    assert compare.load(path, {"commit": "another"}) == []
    compare.store(path, described, rounds, complete=True)
    assert compare.load(path, described) == []


def test_sides_take_turns():
    order = [platform for _, platform in compare.schedule(3)]
    assert order == ["native", "pecan", "pecan", "native", "native", "pecan"]


def test_quick_comparison(tmp_path):
    """Everything once, in short: the names that the issue lists, the same work, counters, a page with plots."""
    settings = compare.Settings({"QUICK": "1"})
    results = compare.measure(settings, tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert sorted(entry["name"] for entry in results["benchmarks"]) == sorted(REQUIRED)
    for entry in results["benchmarks"]:
        for platform in summary.PLATFORMS:
            assert {"samples", "median", "spread"} <= entry[platform].keys()
            assert entry[platform]["median"] > 0, entry
        assert entry["ratio"] > 0
        assert entry["counters"]["cr3_loads"] >= 0
    assert report.write(results, tmp_path).read_text().count("<svg") == 3
    assert all(entry["name"] in summary.table(results["benchmarks"]) for entry in results["benchmarks"])


def count_instructions(folder):
    settings = compare.Settings({"ICOUNT": "1", "ONLY": " ".join(WATCHED)})
    return compare.measure(settings, folder / "instructions.json")


@pytest.fixture(scope="module")
def instructions(tmp_path_factory):
    """Instructions per operation, of the operations that are watched."""
    return count_instructions(tmp_path_factory.mktemp("icount"))


def test_no_operation_needs_more_instructions_than_the_baseline(instructions):
    baseline = json.loads(compare.BASELINE.read_text())
    assert compare.regressions(baseline, compare.baseline_of(instructions)) == []


@pytest.mark.skipif("SOAK" not in os.environ, reason="make soak: another two boots")
def test_instruction_counts_repeat(instructions, tmp_path):
    again = count_instructions(tmp_path)
    for first, second in zip(instructions["benchmarks"], again["benchmarks"]):
        for platform in summary.PLATFORMS:
            assert second[platform]["median"] == pytest.approx(first[platform]["median"], rel=0.01), first["name"]


def known(**more):
    return {"kernel": "6.12", "compiler": "gcc", "instructions": {"stat": {"native": 1000.0, "pecan": 1100.0}}, **more}


def test_a_regression_of_three_percent_is_caught():
    now = copy.deepcopy(known())
    now["instructions"]["stat"]["pecan"] *= 1.031
    assert len(compare.regressions(known(), now)) == 1
    now["instructions"]["stat"]["pecan"] = 1100 * 1.02
    assert compare.regressions(known(), now) == []


def test_what_both_sides_pay_is_caught_unless_linux_or_the_compiler_is_another():
    now = copy.deepcopy(known())
    for platform in summary.PLATFORMS:
        now["instructions"]["stat"][platform] *= 1.05
    assert len(compare.regressions(known(), now)) == 2
    assert compare.regressions(known(), {**now, "kernel": "6.12.200"}) == []
