# SPDX-License-Identifier: BSD-2-Clause
"""What cannot boot says so on the serial line, within seconds: what is wrong, and what to do about it."""

import pytest

LIMIT = 20  # seconds, of which the firmware and GRUB take most

# An entry of grub.cfg: the cause, and the remedy.
CASES = {
    "truncated": (r"\[root\] bad: a segment lies outside the file", "copy or build the file again"),
    "no-program": (r"\[root\] bad: (file is truncated|not an ELF file)", "copy or build the file again"),
    "overlapping": (r"\[root\] bad: segments overlap", "copy or build the file again"),
    "wrapping": (r"\[root\] bad: a segment wraps around the address space", "copy or build the file again"),
    "no-note": (r"\[root\] bad: no Linux for Pecan: its ELF notes are missing", "take the vmlinux that 'make linux'"),
    "nonsense": (r"\[root\] 'mem=plenty': not a size of memory", "correct the root task's command line"),
    "missing": (r"\[root\] linux=vmlinux: no such module", "name it in the boot menu.*GRUB drops modules"),
    "no-initramfs": (r"\[root\] initrd=initramfs: no archive that Linux knows", "build it again"),
    "root-overlapping": (r"module 'roottask': segments overlap", "copy or build the file again"),
    "root-wrapping": (r"module 'roottask': a segment wraps around the address space", "copy or build the file again"),
    "root-truncated": (r"module 'roottask': a segment lies outside the file", "copy or build the file again"),
    "no-sigma0": (r"no module 'sigma0'", "name it in the boot menu"),
}


@pytest.mark.parametrize("entry", CASES)
def test_bad_medium_is_named(start, entry):
    cause, remedy = CASES[entry]
    machine = start(entry)
    machine.expect(cause, LIMIT)
    machine.expect(remedy, 5)


def test_module_that_grub_drops(start):
    """GRUB says 'out of memory' and boots without the module."""
    machine = start("dropped", QEMU_MEM="64M")
    machine.expect(r"\[root\] (linux|initrd)=\w+: no such module", 2 * LIMIT)
    machine.expect("name it in the boot menu.*GRUB drops modules", 5)


@pytest.mark.parametrize(
    "entry, remedy",
    [
        ("half-initramfs", "initrd=initramfs: damaged, or without /init; build it again"),
        ("empty-initramfs", "initrd=initramfs: damaged, or without /init; build it again"),
        ("no-initrd", "initrd=: none is named; name it behind linux=, and in the boot menu"),
    ],
)
def test_initramfs_that_only_linux_can_judge(start, entry, remedy):
    """Linux, which unpacks it, ends without a program to start; the root task reports why."""
    machine = start(entry)
    machine.expect(r"\[root\] vmlinux: panic: ", 2 * LIMIT)
    machine.expect_exact(f"[root] vmlinux: {remedy}", 5)
    machine.expect("the other tasks run on", LIMIT)
    machine.expect(r"\[clock\] up \d+ s", 5)


def test_second_linux_after_one_that_cannot_start(start):
    """The memory that the first has got before there was no more is the second's, but not the first's initramfs."""
    machine = start("too-much")
    machine.expect(r"\[root\] vmlinux: 102400 MiB of memory wanted, \d+ MiB left; lower its mem=", LIMIT)
    machine.expect(r"\[root\] vmlinux: panic: No working init found", LIMIT)


@pytest.mark.parametrize("cpu, missing", [("qemu64", "FSGSBASE"), ("max,-xsave", "XSAVE")])
def test_cpu_without_a_feature(start, cpu, missing):
    machine = start("one", QEMU_CPU=cpu)
    machine.expect(rf"missing: {missing}, for .*: use an x86-64 CPU from 2014 on, in QEMU -cpu max", LIMIT)
    machine.expect("Pecan stops", 5)


@pytest.mark.parametrize("cpu, missing", [("qemu32", r"long mode \(64 bit\)"), ("max,-nx", r"NX \(no-execute pages\)")])
def test_cpu_that_cannot_even_start(start, cpu, missing):
    start("one", QEMU_CPU=cpu).expect(rf"this CPU has no {missing}: .*in QEMU .*-cpu max", LIMIT)


def test_too_little_memory(start):
    start("missing", QEMU_MEM="24M").expect("(?i)too little memory.*: add memory", LIMIT)
