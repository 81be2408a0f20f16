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

and what images/qemu.sh takes. The results lie in out/compare (docs/performance.md): results.json and report.html, of
instructions instructions.json. A run that was interrupted goes on where it was.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "linux")]

import machine as machines  # noqa: E402
import report  # noqa: E402
import summary  # noqa: E402

OUT = machines.OUT / "compare"
IMAGES = machines.OUT / "bench"
BASELINE = ROOT / "bench" / "baseline.json"

# The first line that the kernel itself writes; GRUB has named the menu entry before. Native Linux gets an early
# console, so that its first line comes at once.
LINUX_STARTS = r"Linux version \d+\.\d+"
KERNEL_STARTS = {"native": LINUX_STARTS, "pecan": r"Pecan \d+\.\d+ microkernel"}
EARLY_CONSOLE = "earlyprintk=ttyS0,115200"

# One nanosecond of the guest's clock per instruction; idling takes no time of ours.
ICOUNT = ("-icount", "shift=0,sleep=off")

# What instructions per operation may grow by; they repeat to a part of a percent.
TOLERANCE = 1.03

# Samples of a job, which takes seconds: the rounds are samples too.
JOB_SAMPLES = {"job-compile": 2, "job-shell": 2}


class Settings:
    """What is asked for."""

    def __init__(self, environment):
        self.quick = bool(environment.get("QUICK"))
        self.instructions = bool(environment.get("ICOUNT"))
        self.rounds = 1 if self.quick or self.instructions else int(environment.get("ROUNDS") or 5)
        self.only = environment.get("ONLY", "").split()
        self.results = OUT / ("instructions.json" if self.instructions else "results.json")

    def wants(self, name):
        return not self.only or name in self.only

    def command(self, name, kind):
        """How the guest is asked to measure."""
        if self.instructions:
            return f"/bench/bench -i -n 5 {name}"
        if kind == "job":
            return f"/bench/bench {'-q -n 1' if self.quick else f'-n {JOB_SAMPLES.get(name, 1)}'} {name}"
        return f"/bench/bench {'-t 3 -n 3' if self.quick else '-t 30 -n 15'} {name}"


def parse(output, name, log):
    for line in output.splitlines():
        if line.startswith("bench {"):
            return json.loads(line[len("bench ") :])
    sys.exit(f"{name} printed no result:\n{output}\nlog: {log}")


def counters(machine):
    output, status = machine.command("cat /sys/kernel/debug/l4/counters 2>/dev/null")
    return {name: int(value) for name, value in re.findall(r"^(\w+) +(\d+)$", output, re.M)} if status == 0 else {}


def boot_to_prompt(platform):
    """The host's clock from the kernel's first line to the prompt, of the images that a user runs."""
    line = EARLY_CONSOLE if platform == "native" else ""
    machine = machines.Machine(platform, "compare-boot", images=machines.OUT, command_line=line)
    try:
        machine.expect(KERNEL_STARTS[platform], 120, "the kernel's first line")
        started = time.monotonic()
        machine.boot()
        took = (time.monotonic() - started) * 1e9
        return {"unit": "ns", "median": took, "operations": 1, "counters": counters(machine)}
    finally:
        machine.stop()


def one_side(platform, settings, progress):
    """All results of one boot of either side, by name."""
    results = {}
    if settings.wants("boot-to-prompt") and not settings.instructions:
        progress("boot-to-prompt")
        results["boot-to-prompt"] = boot_to_prompt(platform)
    machine = machines.Machine(platform, "compare", ICOUNT if settings.instructions else (), IMAGES)
    try:
        machine.boot(300)
        listed = [line.split() for line in machine.check("/bench/bench -l").splitlines()]
        for number, (name, kind) in enumerate(listed, 1):
            if not settings.wants(name) or (settings.instructions and kind != "operation"):
                continue
            progress(f"{name}, {number} of {len(listed)}")
            output = machine.check(settings.command(name, kind), limit=600)
            results[name] = parse(output, name, machine.log_path)
    finally:
        machine.stop()
    return results


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def output_of(*command, **more):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **more)
    return done.stdout.strip()


def first_line(text):
    return text.splitlines()[0] if text else "unknown"


def qemu_flags(how):
    """What images/qemu.sh calls QEMU with, without the folder that the checkout lies in."""
    flags = output_of("images/qemu.sh", how, env={**os.environ, "QEMU": "echo", "OUT": str(machines.OUT)})
    return flags.replace(f"{machines.OUT}/", "").replace(f"{ROOT}/", "")


def environment(settings):
    """What the results were taken on; runs with the same may be put together."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "commit": output_of("git", "describe", "--always", "--dirty", "--abbrev=12") or "unknown",
        "qemu": first_line(output_of(os.environ.get("QEMU", "qemu-system-x86_64"), "--version")),
        "qemu_flags": {
            platform: " ".join([qemu_flags(how), *(ICOUNT if settings.instructions else ())])
            for platform, (how, *_) in machines.PLATFORMS.items()
        },
        "host_cpu": cpu.group(1) if cpu else "unknown",
        "host_cpus": os.cpu_count(),
        "host_kernel": os.uname().release,
        "kernel": (machines.OUT / "linux" / "version").read_text().strip(),
        "compiler": first_line(output_of("gcc", "--version")),
        "images": {
            name: digest(machines.OUT / name) for name in ("linux/vmlinux", "bench/initramfs.cpio.gz", "kernel/pecan")
        },
        "rounds": settings.rounds,
        "quick": settings.quick,
        "instructions": settings.instructions,
        "only": settings.only,
    }


def load(path, described):
    """The rounds of a run that was interrupted, if it was the same; else none."""
    try:
        before = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    if before.get("complete") or before.get("environment") != described:
        return []
    return before["rounds"]


def store(path, described, rounds, complete):
    results = {
        "environment": described,
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "complete": complete,
        "benchmarks": summary.compare(rounds),
        "rounds": rounds,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(results, indent=1) + "\n")
    new.replace(path)
    return results


def schedule(count):
    """The other way round each time, so that a drift of the host meets both sides alike."""
    for number in range(1, count + 1):
        for platform in summary.PLATFORMS if number % 2 else reversed(summary.PLATFORMS):
            yield number, platform


class Progress:
    """Says what runs: on a terminal in one line that changes, else in a line for each boot."""

    def __init__(self, count):
        self.count = count
        self.started = time.monotonic()
        self.boots = 0

    def begin(self, number, platform):
        self.where = f"round {number} of {self.count}, {platform}"
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
    """All rounds; each boot that is done is stored at once."""
    described = environment(settings)
    rounds = load(path, described)
    if rounds:
        print(f"going on after {len(rounds)} boots of a run that was interrupted", file=sys.stderr)
    done = {(one["round"], one["platform"]) for one in rounds}
    todo = [boot for boot in schedule(settings.rounds) if boot not in done]
    progress = Progress(settings.rounds)
    for left, (number, platform) in reversed(list(enumerate(reversed(todo)))):
        progress.begin(number, platform)
        results = one_side(platform, settings, progress)
        rounds.append({"round": number, "platform": platform, "results": results})
        store(path, described, rounds, complete=False)
        progress.end(left)
    return store(path, described, rounds, complete=True)


def baseline_of(results):
    """What the tests need to know of an earlier run: instructions per operation, and what compiled them."""
    return {
        "kernel": results["environment"]["kernel"],
        "compiler": results["environment"]["compiler"],
        "instructions": {
            entry["name"]: {platform: round(entry[platform]["median"], 1) for platform in summary.PLATFORMS}
            for entry in results["benchmarks"]
        },
    }


def regressions(baseline, now):
    """
    What has become dearer than the baseline by more than 3 %, as lines to print. With another Linux or another compiler
    than the baseline's the sides are not what they were, and only their ratio is compared.
    """
    same = all(baseline[name] == now[name] for name in ("kernel", "compiler"))
    found = []
    for name, counts in now["instructions"].items():
        before = baseline["instructions"][name]
        pairs = [(platform, before[platform], counts[platform]) for platform in summary.PLATFORMS]
        if not same:
            pairs = [("ratio", before["pecan"] / before["native"], counts["pecan"] / counts["native"])]
        for what, old, new in pairs:
            if new > old * TOLERANCE:
                found.append(f"{name}, {what}: {old:.5g} in the baseline, {new:.5g} now ({new / old - 1:+.1%})")
    return found


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    settings = Settings(os.environ)
    try:
        results = measure(settings, settings.results)
    except KeyboardInterrupt:
        sys.exit(f"\ninterrupted; what was done is in {settings.results}, and the next 'make compare' goes on there")
    except (machines.MachineError, summary.DifferentWork) as problem:
        sys.exit(f"\n{problem}")
    print(summary.table(results["benchmarks"]))
    if settings.instructions and os.environ.get("BASELINE"):
        BASELINE.write_text(json.dumps(baseline_of(results), indent=1) + "\n")
    settings.results.with_suffix(".md").write_text(report.markdown(results), encoding="utf-8")
    print(f"all numbers: {settings.results}")
    if not settings.instructions:
        print(f"with plots:  {report.write(results, OUT)}")


if __name__ == "__main__":
    main()
