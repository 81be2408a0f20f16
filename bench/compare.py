#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare native Linux with Linux on Pecan: the same vmlinux, initramfs and QEMU, boots in turns.

'make compare' runs it.

From the environment:

  ROUNDS=5     so many boots of either side
  QUICK=1      one short round: to see that all works, no figures to quote
  ICOUNT=1     guest instructions per operation instead of time: one round is enough, since they repeat
  BASELINE=1   with ICOUNT=1: store them in bench/baseline.json, which the tests compare with
  ONLY='a b'   only these
  PEERS='pti xen uml'  native Linux with page-table isolation, Xen's dom0, User-Mode Linux, too, where Debian's
               packages are installed (PEER_KERNEL, PEER_XEN, PEER_UML: other files than theirs)
  RESULTS=...  the folder for the results, instead of out/compare

and what images/qemu.sh takes. The results (docs/performance.md): results.json, results.md and report.html, of
instructions instructions.json and instructions.md. A run that was interrupted goes on where it was.
"""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "linux")]

import baseline  # noqa: E402
import environment  # noqa: E402
import machine as machines  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
import sides  # noqa: E402
import summary  # noqa: E402


class Settings:
    """What is asked for."""

    def __init__(self, variables):
        self.quick = bool(variables.get("QUICK"))
        self.instructions = bool(variables.get("ICOUNT"))
        self.rounds = 1 if self.quick or self.instructions else int(variables.get("ROUNDS") or 5)
        self.only = variables.get("ONLY", "").split()
        self.baseline = bool(variables.get("BASELINE"))
        self.folder = Path(variables.get("RESULTS") or machines.OUT / "compare")
        self.results = self.folder / ("instructions.json" if self.instructions else "results.json")
        self.peers, self.notes = peers.plan(
            variables.get("PEERS", "").split(), peers.installed(variables), self.instructions
        )
        unknown = [name for name in self.only if name not in summary.GOALS]
        if unknown:
            raise ValueError(f"there is no {', '.join(unknown)}; there are: {', '.join(summary.GOALS)}")
        if self.baseline and (self.only or not self.instructions):
            raise ValueError("BASELINE=1 is for ICOUNT=1, and for all operations: without ONLY")

    def wants(self, name):
        return not self.only or name in self.only


def load(path, described):
    """The boots that a run has finished which was interrupted, if it was the same; else none."""
    try:
        before = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    if before.get("complete") or before.get("environment") != described or before.get("different_work"):
        return []
    return [one for one in before["rounds"] if one["finished"]]


def store(path, described, rounds, complete):
    """What was measured is stored even if it is no comparison: it shows what was different."""
    results = {
        "environment": described,
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "complete": complete,
        "benchmarks": [],
        "rounds": rounds,
    }
    try:
        results["benchmarks"] = summary.compare(rounds)
    except summary.DifferentWork as problem:
        results["different_work"] = str(problem)
        raise
    finally:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(results, indent=1) + "\n")
        new.replace(path)
    return results


def schedule(count, names):
    """The other way round each time, so that a drift of the host meets all sides alike."""
    for number in range(1, count + 1):
        for name in names if number % 2 else reversed(names):
            yield number, name


class Progress:
    """Says what runs: on a terminal in one line that changes, else in a line for each boot."""

    def __init__(self, count):
        self.count = count
        self.started = time.monotonic()
        self.boots = 0

    def begin(self, number, name):
        self.where = f"round {number} of {self.count}, {name}"
        self.began = time.monotonic()

    def __call__(self, what):
        if sys.stderr.isatty():
            print(f"\r{self.where}: {what}\033[K", end="", file=sys.stderr, flush=True)

    def end(self, left):
        self.boots += 1
        spent = time.monotonic() - self.started
        rest = f", about {spent / self.boots * left / 60:.0f} min left" if left else ""
        end = "\r" if sys.stderr.isatty() else ""
        line = f"{end}{self.where}: done in {time.monotonic() - self.began:.0f} s{rest}"
        print(line + ("\033[K" if end else ""), file=sys.stderr, flush=True)


def measure(settings, path):
    """All rounds; each boot is stored when it ends, also if it ends before its time."""
    taking_part = {side.name: side for side in [*sides.own_sides(settings), *settings.peers]}
    described = environment.describe(settings, taking_part.values())
    rounds = load(path, described)
    if rounds:
        print(f"going on after {len(rounds)} boots of a run that was interrupted", file=sys.stderr)
    done = {(one["round"], one["platform"]) for one in rounds}
    todo = [boot for boot in schedule(settings.rounds, list(taking_part)) if boot not in done]
    progress = Progress(settings.rounds)
    for left, (number, name) in reversed(list(enumerate(reversed(todo)))):
        boot = {"round": number, "platform": name, "finished": False, "results": {}}
        rounds.append(boot)
        progress.begin(number, name)
        try:
            sides.measure(taking_part[name], settings, progress, boot["results"])
            boot["finished"] = True
        finally:
            results = store(path, described, rounds, complete=boot["finished"] and left == 0)
        progress.end(left)
    return results


def present(settings):
    """Table and report of what is there."""
    try:
        results = json.loads(settings.results.read_text())
    except OSError:
        return
    if not results["benchmarks"]:
        return
    print(summary.table(results["benchmarks"]))
    text = settings.results.with_suffix(".md")
    text.write_text(report.markdown(results), encoding="utf-8")
    print(f"all numbers: {settings.results}\nas Markdown: {text}")
    if not settings.instructions:
        print(f"with plots:  {report.write(results, settings.folder)}")


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    try:
        settings = Settings(os.environ)
    except ValueError as problem:
        sys.exit(f"compare: {problem}")
    for note in settings.notes:
        print(note, file=sys.stderr)
    failure = None
    try:
        results = measure(settings, settings.results)
        if settings.baseline:
            baseline.store(results)
    except KeyboardInterrupt:
        failure = f"interrupted; what was done is in {settings.results}, and the next 'make compare' goes on there"
    except (machines.MachineError, summary.DifferentWork) as problem:
        failure = problem
    present(settings)
    sys.exit(f"\n{failure}" if failure else 0)


if __name__ == "__main__":
    main()
