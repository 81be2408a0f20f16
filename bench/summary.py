# SPDX-License-Identifier: BSD-2-Clause
"""From what single runs gave to one comparison: medians, spreads, ratios; and the table for the terminal."""

import statistics

PLATFORMS = ("native", "pecan")

# Peers, and the side that each is compared with.
PEERS = {"pti": "pti-off", "xen": "pti-off", "uml": "native"}

# In the order of the report; a goal is a ratio, or nothing.
GOALS = {
    "getppid": 1.7,
    "read1": 1.5,
    "write1": None,
    "stat": 1.15,
    "open-close": None,
    "select": None,
    "signal-install": None,
    "signal-deliver": None,
    "pipe-latency": 1.3,
    "unix-latency": None,
    "pipe-bandwidth": None,
    "ctx-2-0k": None,
    "ctx-8-0k": None,
    "ctx-16-64k": None,
    "fault-anon": 1.8,
    "fault-file": None,
    "fault-cow": None,
    "fault-prot": None,
    "mmap-64k": None,
    "mmap-64m": None,
    "mprotect": None,
    "fork-exit": 1.5,
    "fork-exec": 1.4,
    "sh-c": None,
    "thread-create": None,
    "futex-pingpong": None,
    "tmpfs-create": None,
    "tmpfs-read": None,
    "mem-bandwidth": None,
    "int-loop": 1.01,
    "fp-loop": None,
    "sleep-latency": None,
    "boot-to-prompt": 1.2,
    "job-compile": 1.15,
    "job-shell": 1.15,
    "job-tools": None,
    "job-multi": 1.05,
}

# Of these more is better, so the cost is the other way round.
RATES = ("MB/s", "jobs/min")


class DifferentWork(Exception):
    """The two sides have not done the same."""


def side(unit, runs):
    """The spread is the distance between the extremes, as a part of the median."""
    samples = [run["median"] for run in runs]
    median = statistics.median(samples)
    return {
        "samples": samples,
        "median": median,
        "spread": (max(samples) - min(samples)) / median if median else 0,
        "best": (max if unit in RATES else min)(run["best"] for run in runs),
    }


def ratio(unit, native, pecan):
    """What it costs on Pecan for what it costs natively."""
    return native / pecan if unit in RATES else pecan / native


def counters_of(runs):
    """Differences of the counters per operation; what is no count but a size is left as a difference."""
    operations = sum(run["operations"] for run in runs)
    names = [name for name in runs[-1].get("counters", {}) if name != "kernel_memory"]
    found = {name: sum(run["counters"][name] for run in runs) / operations for name in names}
    if names:
        found["kernel_memory"] = runs[-1]["counters"]["kernel_memory"]
    return found


def levels_of(runs):
    """Throughput per number of users, the median of the rounds."""
    return {users: statistics.median(run["levels"][users] for run in runs) for users in runs[0]["levels"]}


def paired(rounds, names, benchmark):
    """The runs of each of these sides, of the rounds in which all of them have done it."""
    found = [
        {
            one["round"]: one["results"][benchmark]
            for one in rounds
            if one["platform"] == name and benchmark in one["results"]
        }
        for name in names
    ]
    common = sorted(set.intersection(*map(set, found)))
    return [[runs[number] for number in common] for runs in found]


def check_work(name, *runs):
    works = {run.get("work") for run in sum(runs, [])}
    if len(works) != 1:
        raise DifferentWork(f"{name}: not the same work was done on all sides: {sorted(works, key=str)}")


def compare_peer(unit, reference, peer):
    sides = {"reference": side(unit, reference), "peer": side(unit, peer)}
    return {**sides, "ratio": ratio(unit, sides["reference"]["median"], sides["peer"]["median"])}


def compare_one(name, native, pecan):
    """One entry of the list of benchmarks, from the runs of either side."""
    check_work(name, native, pecan)
    unit = native[0]["unit"]
    entry = {"name": name, "unit": unit}
    for platform, runs in zip(PLATFORMS, (native, pecan)):
        entry[platform] = side(unit, runs)
    entry["ratio"] = ratio(unit, entry["native"]["median"], entry["pecan"]["median"])
    # What disturbs a host only adds, so the best of either side are the least disturbed.
    entry["best_ratio"] = ratio(unit, entry["native"]["best"], entry["pecan"]["best"])
    if GOALS.get(name) and unit != "instructions":
        entry["goal"] = GOALS[name]
    entry["counters"] = counters_of(pecan)
    if "levels" in native[0]:
        entry["levels"] = {"native": levels_of(native), "pecan": levels_of(pecan)}
    return entry


def compare(rounds):
    """The list of benchmarks, from all that both sides have done; with the peers that took part."""
    entries = []
    for name in GOALS:
        native, pecan = paired(rounds, PLATFORMS, name)
        if not native:
            continue
        entry = compare_one(name, native, pecan)
        for peer, reference in PEERS.items():
            runs = paired(rounds, (reference, peer), name)
            if runs[0]:
                check_work(name, native, *runs)
                entry.setdefault("peers", {})[peer] = compare_peer(entry["unit"], *runs)
        entries.append(entry)
    return entries


def peers_in(benchmarks):
    return [peer for peer in PEERS if any(peer in entry.get("peers", {}) for entry in benchmarks)]


def peer_cells(entry, peers):
    return [f"{entry['peers'][peer]['ratio']:.2f}" if peer in entry.get("peers", {}) else "" for peer in peers]


def readable(value, unit):
    if unit != "ns":
        return f"{value:.4g} {unit}" if unit in RATES else f"{value:.0f}"
    for limit, name in ((1e3, "ns"), (1e6, "us"), (1e9, "ms")):
        if value < limit:
            return f"{value / limit * 1e3:.3g} {name}"
    return f"{value / 1e9:.3g} s"


def verdict(entry):
    """What the table says of a goal."""
    if "goal" not in entry:
        return ""
    return f"{entry['goal']:.2f} {'met' if entry['ratio'] <= entry['goal'] else 'missed'}"


def table(benchmarks):
    peers = peers_in(benchmarks)
    titles = "".join(f"{peer:>8}" for peer in peers)
    lines = [f"{'':16}{'native':>20}{'Pecan':>20}{'ratio':>8}{'best':>8}  {'goal':12}{'spread':>12}{titles}"]
    for entry in benchmarks:
        native, pecan, unit = entry["native"], entry["pecan"], entry["unit"]
        lines.append(
            f"{entry['name']:16}{readable(native['median'], unit):>20}{readable(pecan['median'], unit):>20}"
            f"{entry['ratio']:8.2f}{entry['best_ratio']:8.2f}  {verdict(entry):12}{native['spread']:6.0%}{pecan['spread']:6.0%}"
            + "".join(f"{cell:>8}" for cell in peer_cells(entry, peers))
        )
    return "\n".join(lines)
