# SPDX-License-Identifier: BSD-2-Clause
"""The comparison with native Linux: its arithmetic, one short round of it, instructions against a baseline."""

import copy
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "linux")]

import baseline  # noqa: E402
import compare  # noqa: E402
import machine as machines  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
import summary  # noqa: E402

REQUIRED = """getppid read1 write1 stat open-close select signal-install signal-deliver pipe-latency unix-latency
pipe-bandwidth ctx-2-0k ctx-8-0k ctx-16-64k fault-anon fault-file fault-cow fault-prot mmap-64k mmap-64m mprotect
fork-exit fork-exec sh-c thread-create futex-pingpong tmpfs-create tmpfs-read mem-bandwidth int-loop fp-loop
sleep-latency boot-to-prompt job-compile job-shell job-tools job-multi""".split()

# So cheap that a second count of them, for whether it repeats, costs little more than the boots.
REPEATED = "getppid read1 stat pipe-latency fault-anon".split()


def run(median, unit="ns", work=1, **more):
    return {"unit": unit, "median": median, "best": median, "operations": 10, "work": work, "counters": {}, **more}


def rounds_of(name, native, pecan, sides=summary.PLATFORMS):
    return [
        {"round": number, "platform": platform, "finished": True, "results": {name: sample}}
        for number, pair in enumerate(zip(native, pecan), 1)
        for platform, sample in zip(sides, pair)
    ]


def test_ratio_is_cost_for_times_and_for_rates():
    [slower] = summary.compare(rounds_of("getppid", [run(100)], [run(150)]))
    assert slower["ratio"] == 1.5
    [less] = summary.compare(rounds_of("pipe-bandwidth", [run(300, "MB/s")], [run(200, "MB/s")]))
    assert less["ratio"] == 1.5


def test_median_and_spread():
    samples = [run(value) for value in (10, 30, 20)]
    [entry] = summary.compare(rounds_of("getppid", samples, samples))
    assert entry["native"] == {"samples": [10, 30, 20], "median": 20, "spread": 1.0, "best": 10}


def test_the_best_of_a_bandwidth_is_the_highest():
    native, pecan = [[run(value, "MB/s") for value in values] for values in ((10, 60), (10, 30))]
    [entry] = summary.compare(rounds_of("pipe-bandwidth", native, pecan))
    assert entry["pecan"]["best"] == 30 and entry["best_ratio"] == 2


def test_different_work_is_no_comparison():
    with pytest.raises(summary.DifferentWork):
        summary.compare(rounds_of("getppid", [run(1, work=1)], [run(1, work=2)]))


def test_different_work_is_kept_as_evidence_but_not_gone_on_with(tmp_path):
    path, rounds = tmp_path / "results.json", rounds_of("getppid", [run(1, work=1)], [run(1, work=2)])
    with pytest.raises(summary.DifferentWork):
        compare.store(path, {"commit": "one"}, rounds, complete=False)
    stored = json.loads(path.read_text())
    assert stored["rounds"] == rounds
    assert "getppid" in stored["different_work"]
    assert compare.load(path, {"commit": "one"}) == []


def test_what_only_one_side_has_done_in_a_round_does_not_count():
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
    broken_off = {"round": 2, "platform": "pecan", "finished": False, "results": {}}
    compare.store(path, described, [*rounds, broken_off], complete=False)
    assert compare.load(path, described) == rounds
    assert compare.load(path, {"commit": "another"}) == []
    compare.store(path, described, rounds, complete=True)
    assert compare.load(path, described) == []


def test_sides_take_turns():
    order = [name for _, name in compare.schedule(3, ["native", "pecan"])]
    assert order == ["native", "pecan", "pecan", "native", "native", "pecan"]


def test_what_cannot_be_asked_for_is_refused():
    for variables in ({"ONLY": "getpid"}, {"BASELINE": "1"}, {"ICOUNT": "1", "BASELINE": "1", "ONLY": "stat"}):
        with pytest.raises(ValueError):
            compare.Settings(variables)


def test_a_peer_is_planned_with_its_reference_or_skipped_with_a_word(tmp_path):
    planned, notes = peers.plan(["pti", "xen"], {"kernel": tmp_path / "vmlinuz"})
    assert [(side.name, side.command_line) for side in planned] == [("pti-off", "pti=off"), ("pti", "pti=on")]
    assert {side.kernel for side in planned} == {tmp_path / "vmlinuz"}
    assert len(notes) == 1 and notes[0].startswith("xen: skipped") and "PEER_XEN" in notes[0]
    planned, notes = peers.plan(["pti"], {})
    assert planned == [] and "linux-image-amd64" in notes[0]
    with pytest.raises(ValueError):
        peers.plan(["pty"], {})
    assert "kernel" not in peers.installed({"PEER_KERNEL": str(tmp_path / "none")})


def test_a_peer_is_compared_with_its_reference():
    rounds = rounds_of("getppid", [run(100)], [run(150)])
    rounds += rounds_of("getppid", [run(200)], [run(500)], ("pti-off", "pti"))
    [entry] = summary.compare(rounds)
    assert entry["ratio"] == 1.5
    assert entry["peers"]["pti"]["ratio"] == 2.5
    assert "2.50" in summary.table([entry])


def call(folder, *command, **variables):
    """
    A command as a user would give it: the make that runs the tests has no say in it, and Ctrl-C is heard, which is not
    so in what a shell without jobs has started in the background, if the tests were.
    """
    known = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    known |= {"OUT": str(machines.OUT), "RESULTS": str(folder), **variables}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=known,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_quick_comparison_by_its_command(tmp_path):
    process = call(tmp_path, "make", "compare", f"OUT={machines.OUT}", "QUICK=1", "ONLY=getppid fault-anon")
    table, messages = process.communicate(timeout=300)
    assert process.returncode == 0, messages
    results = json.loads((tmp_path / "results.json").read_text())
    assert [entry["name"] for entry in results["benchmarks"]] == ["getppid", "fault-anon"]
    assert "getppid" in table
    for name in ("results.md", "report.html"):
        assert "fault-anon" in (tmp_path / name).read_text()


def test_what_is_there_when_it_is_interrupted_becomes_table_and_report(tmp_path):
    process = call(tmp_path, "bench/compare.py", ROUNDS="2", ONLY="getppid")
    seen = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(signal.SIGINT)
    table, messages = process.communicate(timeout=60)
    assert process.returncode == 1 and "interrupted" in messages, (seen, messages)
    results = json.loads((tmp_path / "results.json").read_text())
    assert not results["complete"]
    # Of the third boot there may be something already, or nothing yet.
    finished = [boot["finished"] for boot in results["rounds"]]
    assert finished[:2] == [True, True] and not any(finished[2:])
    assert "getppid" in table and "getppid" in (tmp_path / "results.md").read_text()
    assert "interrupted" in (tmp_path / "report.html").read_text()
    # The next call goes on behind the second boot.
    process = call(tmp_path, "bench/compare.py", ROUNDS="2", ONLY="getppid")
    _, messages = process.communicate(timeout=120)
    assert process.returncode == 0 and "going on after 2 boots" in messages, messages
    assert json.loads((tmp_path / "results.json").read_text())["complete"]


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
    assert all(f"| {name} |" in report.markdown(results) for name in REQUIRED)


def count_instructions(folder, names=()):
    settings = compare.Settings({"ICOUNT": "1", "ONLY": " ".join(names)})
    return compare.measure(settings, folder / "instructions.json")


@pytest.fixture(scope="module")
def instructions(tmp_path_factory):
    """Instructions per operation, of all that have a number of instructions."""
    return count_instructions(tmp_path_factory.mktemp("icount"))


def test_instructions_are_those_of_the_baseline(instructions):
    known, now = baseline.load(), baseline.of(instructions)
    assert baseline.changes(known, now) == []
    assert known["instructions"].keys() == now["instructions"].keys()


def test_instruction_counts_repeat(instructions, tmp_path):
    """In a boot of their own, with others before them or none; 'make soak' repeats them all."""
    again = count_instructions(tmp_path, [] if "SOAK" in os.environ else REPEATED)
    first = {entry["name"]: entry for entry in instructions["benchmarks"]}
    for entry in again["benchmarks"]:
        for platform in summary.PLATFORMS:
            before = first[entry["name"]][platform]["median"]
            assert entry[platform]["median"] == pytest.approx(before, rel=0.01), (entry, first[entry["name"]])


def test_counters_say_what_an_operation_needs(instructions):
    def per_operation(name):
        [entry] = [entry for entry in instructions["benchmarks"] if entry["name"] == name]
        return entry["counters"]

    def about(value):
        return pytest.approx(value, rel=0.05, abs=0.02)

    getppid = per_operation("getppid")
    assert getppid["exits"] == about(1) and getppid["system_calls"] == about(1)
    assert getppid["microkernel"] == about(0)
    signal_caught = per_operation("fault-prot")
    assert signal_caught["user_faults"] == about(1) and signal_caught["system_calls"] == about(1)
    assert per_operation("pipe-latency")["switches"] == about(2)
    fresh = per_operation("fault-anon")
    # Pages that are written to one behind the other come up to sixteen by one fault and one call.
    assert fresh["fills"] == about(fresh["user_faults"]) and fresh["filled_pages"] == about(1)
    assert 1 / 16 <= fresh["fills"] < 1 / 12 and fresh["touched_ahead"] == about(1 - fresh["fills"])
    # What was flushed is filled by one call, wherever it lies, and nothing beside it; rights that are added need no flush.
    protect = per_operation("mprotect")
    assert protect["unmaps"] == about(1) and protect["fills"] == about(1) and protect["filled_pages"] == about(16)
    # Of a file what Linux maps around the page that is read, and not what was mapped before.
    around = per_operation("fault-file")
    assert around["filled_pages"] == about(1) and around["fills"] == about(1 / 32)
    assert per_operation("fork-exit")["clients_created"] == about(1)
    assert per_operation("fork-exit")["clients_destroyed"] == about(1)


def known(**more):
    counters = {"fills": 1, "filled_pages": 1, "unmaps": 0, "microkernel": 1}
    return {
        **{"kernel": "6.12", "compiler": "gcc", "qemu": "7.2"},
        "instructions": {"stat": {"native": 1000.0, "pecan": 1100.0}},
        "counters": {"stat": counters},
        **more,
    }


@pytest.mark.parametrize("factor, word", [(1.031, "dearer"), (0.969, "store a new baseline")])
def test_a_change_of_three_percent_is_caught(factor, word):
    now = copy.deepcopy(known())
    now["instructions"]["stat"]["pecan"] *= factor
    now["counters"]["stat"]["fills"] = 4
    [line] = baseline.changes(known(), now)
    assert word in line and "fills 1 -> 4" in line
    now["instructions"]["stat"]["pecan"] = 1100 * (1 + (factor - 1) / 2)
    assert baseline.changes(known(), now) == []


def test_what_the_baseline_does_not_know_is_no_success():
    assert len(baseline.changes(known(instructions={}), known())) == 1


def test_what_both_sides_pay_is_caught_unless_linux_or_a_tool_is_another():
    now = copy.deepcopy(known())
    for platform in summary.PLATFORMS:
        now["instructions"]["stat"][platform] *= 1.05
    assert len(baseline.changes(known(), now)) == 2
    for name in baseline.SAME:
        assert baseline.changes(known(), {**now, name: "another"}) == []
