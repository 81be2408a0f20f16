# SPDX-License-Identifier: BSD-2-Clause
"""The system comes up, says what it is, and the everyday tools show it."""

import re
import struct
import time

import machine as machines


def test_boot_to_prompt(machine, platform, record_property):
    where = "natively" if platform == "native" else "on the Pecan microkernel"
    assert where in machine.boot_output
    assert machines.problems_in(machine.boot_output) == []
    record_property(f"boot to prompt, {platform}", f"{machine.boot_seconds:.2f} s")


def test_uname(machine):
    assert re.fullmatch(r"Linux pecan 6\.12\.\d+\S* #\d+ .* x86_64 .*\n", machine.check("uname -a"))


def test_ps(machine):
    lines = machine.check("ps").splitlines()
    assert lines[0].split()[:2] == ["PID", "USER"]
    commands = {int(line.split()[0]): line.split(None, 4 if "VSZ" in lines[0] else 3)[-1] for line in lines[1:]}
    assert "init" in commands[1]
    assert "ps" in commands.values()
    assert any("kthreadd" in command for command in commands.values())
    assert any(re.search(r"\bsh\b", command) for command in commands.values())


def test_top(machine):
    output = machine.check("top -b -n1")
    assert re.search(r"Mem: \d+K used, \d+K free", output)
    assert re.search(r"CPU: +[\d.]+% usr +[\d.]+% sys", output)
    assert re.search(r"Load average: [\d.]+ [\d.]+ [\d.]+", output)
    assert re.search(r"\d+ +\d+ root .*top -b -n1", output)


def test_proc_and_sys(machine):
    assert re.search(r"^processor\s*: 0$", machine.check("cat /proc/cpuinfo"), re.MULTILINE)
    free = machine.check("free -k")
    total, used = map(int, re.search(r"Mem: +(\d+) +(\d+)", free).groups())
    assert total > 300_000 and used < total / 2
    first = float(machine.check("cat /proc/uptime").split()[0])
    machine.check("sleep 0.2")
    assert float(machine.check("cat /proc/uptime").split()[0]) >= first + 0.2
    for folder, kind in (("/proc", "proc"), ("/sys", "sysfs"), ("/dev", "devtmpfs"), ("/tmp", "tmpfs")):
        assert f" {folder} {kind} " in machine.check("cat /proc/mounts")


def test_wall_clock(machine):
    """The machine's own clock has the host's time, in UTC."""
    before = time.time()
    shown = int(machine.check("date +%s"))
    assert before - 10 < shown < time.time() + 10


def test_what_it_runs_on(machine, platform):
    kind, status = machine.command("cat /sys/hypervisor/type")
    if platform == "native":
        assert status != 0
    else:
        assert (kind, status) == ("pecan\n", 0)
        assert re.search(r"^flags.*\bhypervisor\b", machine.check("cat /proc/cpuinfo"), re.MULTILINE)
        assert "pecan" in machine.check("dmesg | grep -i 'hypervisor detected'").lower()


def notes_of(path):
    """The contents of an ELF file's .notes section, which holds the build ID."""
    data = path.read_bytes()
    offset, entry_size, count, names_index = *struct.unpack_from("<Q", data, 40), *struct.unpack_from("<HHH", data, 58)
    sections = [struct.unpack_from("<IIQQQQ", data, offset + i * entry_size) for i in range(count)]
    names = sections[names_index][4]
    for name, _, _, _, start, size in sections:
        if data[names + name : data.index(b"\0", names + name)] == b".notes":
            return data[start : start + size]
    raise AssertionError(f"{path} has no .notes")


def test_same_vmlinux(machine):
    """The build ID of what runs is that of out/linux/vmlinux, natively and on Pecan."""
    running = bytes.fromhex(re.sub(r"\s", "", machine.check("hexdump -v -e '1/1 \"%02x\"' /sys/kernel/notes")))
    assert running == notes_of(machines.OUT / "linux" / "vmlinux")


def test_no_new_warning(machine, platform):
    """Nothing that the kernel warns of here is missing in a native boot of the same file."""
    here = machines.warnings_in(machine.check("dmesg -r"))
    if platform == "native":
        return
    native = machines.boot("native", "reference")
    known = machines.warnings_in(native.check("dmesg -r"))
    native.stop()
    assert [line for line in here if line not in known] == []
