# SPDX-License-Identifier: BSD-2-Clause
"""Instructions per operation as they were, to see what has changed."""

import json
from pathlib import Path

import summary

PATH = Path(__file__).resolve().parent / "baseline.json"

# What instructions per operation may change by; they repeat to a part of a percent.
TOLERANCE = 0.03

# With others of these than the baseline's the sides are not what they were, and only their ratio is compared.
SAME = ("kernel", "compiler", "qemu")

# What most often explains a change.
COUNTERS = ("fills", "filled_pages", "unmaps", "microkernel")


def of(results):
    """What is to be known of a run later."""
    return {
        **{name: results["environment"][name] for name in SAME},
        "instructions": {
            entry["name"]: {platform: round(entry[platform]["median"], 1) for platform in summary.PLATFORMS}
            for entry in results["benchmarks"]
        },
        "counters": {
            entry["name"]: {name: round(entry["counters"][name], 2) for name in COUNTERS}
            for entry in results["benchmarks"]
        },
    }


def load():
    return json.loads(PATH.read_text())


def store(results):
    PATH.write_text(json.dumps(of(results), indent=1) + "\n")


def why(before, now):
    """The counters that the change may come from."""
    found = [f"{name} {before[name]:g} -> {now[name]:g}" for name in COUNTERS if name in before]
    return f"; on Pecan {', '.join(found)}" if found else ""


def changes(before, now):
    """What needs 3 % more instructions than in the baseline, or less, as lines to print."""
    same = all(before[name] == now[name] for name in SAME)
    found = []
    for name, counts in now["instructions"].items():
        if name not in before["instructions"]:
            found.append(f"{name}: not in the baseline")
            continue
        known = before["instructions"][name]
        pairs = [(platform, known[platform], counts[platform]) for platform in summary.PLATFORMS]
        if not same:
            pairs = [("ratio", known["pecan"] / known["native"], counts["pecan"] / counts["native"])]
        for what, old, new in pairs:
            if abs(new / old - 1) > TOLERANCE:
                advice = "dearer" if new > old else "cheaper: store a new baseline"
                figures = f"{old:.5g} in the baseline, {new:.5g} now, {new / old - 1:+.1%}"
                reason = why(before["counters"][name], now["counters"][name])
                found.append(f"{name}, {what}: {figures}, {advice}{reason}")
    return found
