# SPDX-License-Identifier: BSD-2-Clause
"""What results were taken on."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import machine as machines

ROOT = Path(__file__).resolve().parent.parent


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def output_of(*command, **more):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **more)
    return done.stdout.strip()


def first_line(text):
    return text.splitlines()[0] if text else "unknown"


def qemu_flags(side):
    """What images/qemu.sh calls QEMU with, without the folder that the checkout lies in."""
    how = machines.PLATFORMS[side.platform][0]
    variables = {**os.environ, **side.variables(), "QEMU": "echo", "OUT": str(machines.OUT)}
    flags = output_of("images/qemu.sh", how, *side.options, env=variables)
    return flags.replace(f"{machines.OUT}/", "").replace(f"{ROOT}/", "")


def describe(settings, sides):
    """Runs of which this is the same may be put together."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "commit": output_of("git", "describe", "--always", "--dirty", "--abbrev=12") or "unknown",
        "qemu": first_line(output_of(os.environ.get("QEMU", "qemu-system-x86_64"), "--version")),
        "qemu_flags": {side.name: qemu_flags(side) for side in sides},
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
