#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run Linux's own tests natively and on Pecan, and list what differs: compare.py [DIRECTORY[/PROGRAM]...]

A program's verdict is its status (0 passed, 4 skipped, else failed; 'time' if it was stopped) and its lines of TAP.
A difference is a program or a line that passes natively and does not pass on Pecan, or the other way round, and a machine
that is lost; those that EXPLAINED names are in docs/CAVEATS.md, and so is what is LEFT_OUT. (There is no folder 'signal'
in Linux 6.12: what it tests of signals is in sigaltstack, x86, timers and ptrace.)
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "linux"))

import machine as machines  # noqa: E402

SECONDS = 40  # for one program
LOST = "machine lost"

# They set the clock, suspend the machine or run for hours.
LEFT_OUT = {
    "timers/alarmtimer-suspend",
    "timers/clocksource-switch",
    "timers/leap-a-day",
    "timers/leapcrash",
    "timers/set-2038",
    "timers/skew_consistency",
    "timers/change_skew",
    "timers/freq-step",
    "timers/adjtick",
}

ARGUMENTS = {
    "timers/threadtest": "-n 4 -t 5",
    "mm/uffd-stress": "anon 16 4",
    "mm/migration": "-h",
}

# How often a program may be run until it passes, where its outcome depends on the host (docs/CAVEATS.md).
ATTEMPTS = {"futex/futex_wait": 10, "futex/futex_requeue": 10}

# (Program, line of TAP, or None: its status): why it differs (docs/CAVEATS.md).
EXPLAINED = {("x86/sysret_ss_attrs_64", None): "TCG's far return reads the stack as ring 0, which SMAP forbids; Pecan has no SMAP"}


def programs(wanted):
    """Those that the guest has, as 'directory/program'."""
    base = machines.OUT / "tests" / "selftests"
    names = sorted(f"{p.parent.name}/{p.name}" for p in base.glob("*/*") if p.is_file() and p.suffix not in (".so", ".sh"))
    names = [name for name in names if name not in LEFT_OUT]
    return [name for name in names if not wanted or name in wanted or name.split("/")[0] in wanted]


def verdicts(output):
    """The lines of TAP without numbers that change from run to run."""
    found = {}
    for word, text in re.findall(r"^(ok|not ok) \d+ *-? *(.*)$", output, re.MULTILINE):
        verdict = "skipped" if "# SKIP" in text else "passed" if word == "ok" else "failed"
        found[re.sub(r"0x[0-9a-f]+|\d+(\.\d+)?", "N", text.split("# SKIP")[0]).strip()] = verdict
    return found


def run(machine, name):
    folder, program = name.split("/")
    command = f"timeout -s KILL {SECONDS} ./{program} {ARGUMENTS.get(name, '')}"
    for _ in range(ATTEMPTS.get(name, 1)):
        line = f"cd /selftests/{folder}; {command} > /tmp/out 2>&1 < /dev/null; s=$?; cd; (exit $s)"
        status = machine.command(line, SECONDS + 30)[1]
        if status == 0:
            break
    output = machine.command("tr -d '\\000' < /tmp/out | head -c 60000", 60)[0]
    return {
        "status": {0: "passed", 4: "skipped", 137: "time"}.get(status, f"failed ({status})"),
        "lines": verdicts(output),
        "tail": output[-1500:],
    }


def run_all(platform, names):
    results, machine = {}, None
    for name in names:
        machine = machine or machines.boot(platform, "selftests")
        try:
            results[name] = run(machine, name)
        except machines.MachineError as error:
            results[name] = {"status": LOST, "lines": {}, "tail": str(error)[-1500:]}
            machine.stop()
            machine = None
        print(f"{platform}: {name}: {results[name]['status']}", flush=True)
    if machine:
        print(f"{platform}: kernel log:", *machines.problems_in(machine.check("dmesg")), sep="\n  ")
        machine.stop()
    path = machines.OUT / "results" / f"selftests-{platform}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1))
    return results


def differences(native, pecan):
    """(program, line or None, what was seen)"""
    for name in native:
        before, after = native[name], pecan[name]
        if before["status"] != after["status"] or before["status"] == LOST:
            yield name, None, f"natively {before['status']}, on Pecan {after['status']}"
        for line in sorted(before["lines"].keys() | after["lines"].keys()):
            verdict = before["lines"].get(line), after["lines"].get(line)
            if verdict[0] != verdict[1] and "passed" in verdict:
                yield name, line, f"'{line}': natively {verdict[0]}, on Pecan {verdict[1]}"


def judge(native, pecan):
    """Prints what differs; the number of differences that nobody has explained."""
    unexplained = 0
    for name, line, text in differences(native, pecan):
        reason = EXPLAINED.get((name, line))
        unexplained += reason is None
        print(f"{name}: {text}" + (f" (explained: {reason})" if reason else ""))
    print(f"{unexplained} differences that docs/CAVEATS.md does not explain")
    return unexplained


def main(wanted):
    names = programs(wanted)
    if not names:
        sys.exit("no program to run: build them with make selftests")
    native, pecan = run_all("native", names), run_all("pecan", names)
    statuses = [result["status"] for result in native.values()]
    print(f"{len(names)} programs; natively {statuses.count('passed')} passed, {statuses.count('skipped')} skipped")
    return 1 if judge(native, pecan) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
