# SPDX-License-Identifier: BSD-2-Clause
"""One boot of one side, and what it measures."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, Optional

import machine as machines

IMAGES = machines.OUT / "bench"

# What stands on out/bench/pecan.iso beside the initramfs (Makefile: SERVERS).
ISO_PARTS = ("kernel/pecan", "sigma0/sigma0", "roottask/roottask", "clock/clock", "linux/vmlinux")

# The first line that the kernel itself writes; GRUB has named the menu entry before. Native Linux gets an early
# console, so that its first line comes at once.
LINUX_STARTS = r"Linux version \d+\.\d+"
KERNEL_STARTS = {"native": LINUX_STARTS, "pecan": r"Pecan \d+\.\d+ microkernel"}
EARLY_CONSOLE = "earlyprintk=ttyS0,115200"

# One nanosecond of the guest's clock per instruction; idling takes no time of ours. Nor does the guest see the host's
# clock or its random numbers.
ICOUNT = ("-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm")

# Where a program's stack and mappings lie decides how many page tables it has and which pages come with one that is
# missed.
NO_RANDOM_ADDRESSES = "echo 0 >/proc/sys/kernel/randomize_va_space"

# Of each operation; the first goes before as a warm-up.
INSTRUCTION_SAMPLES = 3

# Samples of a job, which takes seconds: the rounds are samples too.
JOB_SAMPLES = {"job-compile": 2, "job-shell": 2}


class Side(NamedTuple):
    """What is booted, how, and what its results are called."""

    name: str
    platform: str
    options: tuple = ()
    command_line: str = ""
    kernel: Optional[Path] = None  # another than our vmlinux
    boots_alone: bool = True  # has a boot to the prompt that can be compared
    start: str = ""  # what to type at the first prompt to come to the one that counts

    def variables(self):
        """For images/qemu.sh."""
        found = {"PECAN_CMDLINE": self.command_line} if self.command_line else {}
        return {**found, "PECAN_KERNEL": str(self.kernel)} if self.kernel else found

    def machine(self, purpose, images, more=""):
        line = f"{self.command_line} {more}".strip()
        variables = {**self.variables(), **({"PECAN_CMDLINE": line} if line else {})}
        return machines.Machine(self.platform, f"{purpose}-{self.name}", self.options, images, **variables)


def own_sides(settings):
    options = ICOUNT if settings.instructions else ()
    return [Side(name, name, options) for name in ("native", "pecan")]


def parse(output, name, log):
    """The results that programs have printed, by name; `name` must be among them."""
    lines = [line for line in output.splitlines() if line.startswith("bench {")]
    results = {result["name"]: result for result in (json.loads(line[len("bench ") :]) for line in lines)}
    if name not in results:
        raise machines.MachineError(f"{name} printed no result:\n{output}\nlog: {log}")
    return results


def counters(machine):
    output, status = machine.command("cat /sys/kernel/debug/l4/counters 2>/dev/null")
    return {name: int(value) for name, value in re.findall(r"^(\w+) +(\d+)$", output, re.M)} if status == 0 else {}


def boot_to_prompt(side):
    """The host's clock from the kernel's first line to the prompt, of the images that a user runs."""
    machine = side.machine("boot", machines.OUT, EARLY_CONSOLE if side.platform == "native" else "")
    try:
        machine.expect(KERNEL_STARTS[side.platform], 120, "the kernel's first line")
        started = time.monotonic()
        machine.boot()
        took = (time.monotonic() - started) * 1e9
        return {"unit": "ns", "median": took, "best": took, "operations": 1, "counters": counters(machine)}
    finally:
        machine.stop()


def make(script, *arguments):
    subprocess.run([machines.ROOT / "images" / script, *map(str, arguments)], check=True)


def counting_images(names):
    """
    Images whose start, before the prompt, counts instructions: what a person or a program types arrives when the host
    likes, and with it the phase of all timers and what Linux has in its lists of free memory would be another each time.
    """
    folder = IMAGES / "counting"
    start = folder / "rc.local"
    folder.mkdir(exist_ok=True)
    line = f"for name in {' '.join(names)}; do /bench/bench -i -n {INSTRUCTION_SAMPLES} $name; done"
    start.write_text(f"#!/bin/sh\n{NO_RANDOM_ADDRESSES}\n{line}\n")
    start.chmod(0o755)
    make("make-initramfs.sh", folder / "start.cpio.gz", "etc", start)
    parts = [IMAGES / "initramfs.cpio.gz", folder / "start.cpio.gz"]
    (folder / "initramfs.cpio.gz").write_bytes(b"".join(part.read_bytes() for part in parts))
    parts = [machines.OUT / part for part in ISO_PARTS]
    initramfs = f"initramfs={folder / 'initramfs.cpio.gz'}"
    make("make-iso.sh", folder / "pecan.iso", machines.ROOT / "images/grub.cfg", *parts, initramfs)
    return folder


def count_instructions(side, settings, progress):
    listed = subprocess.check_output([IMAGES / "bench", "-l"], text=True)
    names = [line.split()[0] for line in listed.splitlines() if line.endswith(" operation")]
    names = [name for name in names if settings.wants(name)]
    if not names:
        return {}
    progress(f"{len(names)} operations")
    machine = side.machine("count", counting_images(names))
    try:
        return parse(machine.boot(900).replace("\r\n", "\n"), names[-1], machine.log_path)
    finally:
        machine.stop()


def command(settings, name, kind):
    """How the guest is asked to measure by the clock."""
    if kind == "job":
        return f"/bench/bench {'-q -n 1' if settings.quick else f'-n {JOB_SAMPLES.get(name, 1)}'} {name}"
    return f"/bench/bench {'-t 3 -n 3' if settings.quick else '-t 30 -n 15'} {name}"


def measure(side, settings, progress, results):
    """Puts all results of one boot of one side into `results`, each as soon as it is there."""
    if settings.wants("boot-to-prompt") and not settings.instructions and side.boots_alone:
        progress("boot-to-prompt")
        results["boot-to-prompt"] = boot_to_prompt(side)
    if settings.instructions:
        results.update(count_instructions(side, settings, progress))
        return
    machine = side.machine("compare", IMAGES)
    try:
        machine.boot(300)
        if side.start:
            machine.line(side.start)
            machine.prompt(300)
        listed = [line.split() for line in machine.check("/bench/bench -l").splitlines()]
        wanted = [(name, kind) for name, kind in listed if settings.wants(name)]
        for number, (name, kind) in enumerate(wanted, 1):
            progress(f"{name}, {number} of {len(wanted)}")
            output = machine.check(command(settings, name, kind), limit=600)
            results.update(parse(output, name, machine.log_path))
    finally:
        machine.stop()
