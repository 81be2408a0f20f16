# SPDX-License-Identifier: BSD-2-Clause
"""
A QEMU with an ISO of ours in it: its serial line, and from outside its registers, memory and interrupts.
"""

import json
import mmap
import os
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("OUT", ROOT / "out")).resolve()

END = "# end of tests"


class Silence(Exception):
    """The machine said nothing more for so long, or it has ended."""


class Machine:
    """
    `wanted`: what the gate's root server is to run. `silence`: so many seconds of the host's CPU without a line are the
    end, or ten times as many of its clock: how fast a busy host lets the machine run says nothing about it.
    """

    def __init__(self, name, iso=None, wanted="all", options=(), silence=60):
        iso = iso or OUT / "tests" / "gate.iso"
        if not iso.exists():
            raise Silence(f"{iso} is missing: make gate-tests")
        self.log = OUT / "log" / "tests" / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.TemporaryDirectory(prefix="pecan-")
        self.output = ""
        self.silence = silence
        self._qmp = self._gdb = None
        ram = Path(self.folder.name) / "ram"
        size = os.environ.get("QEMU_MEM", "1G")
        command = [ROOT / "images" / "qemu.sh", "iso", "-no-reboot", "-smbios", f"type=1,serial={wanted}"]
        command += ["-machine", "memory-backend=ram"]
        command += ["-object", f"memory-backend-file,id=ram,size={size},mem-path={ram},share=on"]
        for kind in ("qmp", "gdb"):
            command += ["-chardev", f"socket,id={kind},path={self.folder.name}/{kind},server=on,wait=off"]
        command += ["-mon", "chardev=qmp,mode=control", "-gdb", "chardev:gdb", *options]
        with open(self.log, "wb") as log:
            self.qemu = subprocess.Popen(
                [str(word) for word in command],
                env={**os.environ, "OUT": str(OUT), "PECAN_ISO": str(iso)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.reader = open(self.log, encoding="utf-8", errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qemu.kill()
        self.qemu.wait()
        self.reader.close()
        self.folder.cleanup()

    # ---- The serial line ----

    def read(self):
        new = self.reader.read()
        self.output += new
        return new

    def write(self, text):
        self.qemu.stdin.write(text.encode())
        self.qemu.stdin.flush()

    def wait_for(self, text, unless=None, meanwhile=lambda: time.sleep(0.1)):
        """Until the text has come; `meanwhile` is called again and again. `unless`: a text that ends all hope."""
        def limits():
            return self.cpu_seconds() + self.silence, time.monotonic() + 10 * self.silence

        cpu, clock = limits()
        while text not in self.output:
            ended = self.qemu.poll() is not None or (unless is not None and unless in self.output)
            if self.read():
                cpu, clock = limits()
            elif ended or self.cpu_seconds() > cpu or time.monotonic() > clock:
                raise Silence(f"no '{text}'; the last that was seen:\n{self.output[-2000:]}\nlog: {self.log}")
            meanwhile()
        return self.output

    def cpu_seconds(self):
        """That QEMU has had so far."""
        try:
            fields = Path(f"/proc/{self.qemu.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # ---- The monitor ----

    def connect(self, kind):
        """A QEMU that has just been started may not listen yet."""
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self.silence)
            try:
                connection.connect(f"{self.folder.name}/{kind}")
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                if self.qemu.poll() is not None:
                    raise Silence(f"QEMU has ended; log: {self.log}") from None
                time.sleep(0.05)

    def qmp(self, command, **arguments):
        if self._qmp is None:
            self._qmp = self.connect("qmp").makefile("rw")
            self._qmp.readline()
            self.qmp("qmp_capabilities")
        self._qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while True:
            answer = json.loads(self._qmp.readline())
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def monitor(self, line):
        return self.qmp("human-monitor-command", **{"command-line": line})

    def memory(self):
        """The whole RAM, by physical address (below the hole for devices)."""
        with open(f"{self.folder.name}/ram", "rb") as file:
            return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def registers(self):
        """From 'info registers': RIP, CR3 ... by name; GDT, IDT, TR, LDT as (base, limit); CPL."""
        text = self.monitor("info registers")
        numbers = re.findall(r"\b([A-Z][A-Z0-9]+) *=([0-9a-f]{8,16})\b", text)
        values = {name: int(value, 16) for name, value in numbers}
        for name, base, limit in re.findall(r"\b([GI]DT)= +([0-9a-f]+) ([0-9a-f]+)", text):
            values[name] = (int(base, 16), int(limit, 16))
        for name, selector, base, limit in re.findall(r"\b(TR|LDT) *=([0-9a-f]{4}) ([0-9a-f]+) ([0-9a-f]+)", text):
            values[name] = (int(selector, 16), int(base, 16), int(limit, 16))
        values["CPL"] = int(re.search(r"\bCPL=(\d)", text).group(1))
        return values

    # ---- The debugger's stub: stops the machine at an address, and lets it execute an instruction of ours ----

    def gdb(self, packet):
        """One packet of the GDB remote protocol and its answer. While the connection lasts the machine stands still."""
        if self._gdb is None:
            # Who connects to a machine that runs is told that it stops, some time.
            self.qmp("stop")
            self._gdb, self._gdb_received = self.connect("gdb"), b""
            # Single registers can be had only by who has asked for their names.
            self.gdb("qXfer:features:read:target.xml:0,1000")
        checksum = sum(packet.encode()) & 0xFF
        self._gdb.sendall(f"${packet}#{checksum:02x}".encode())
        while (found := re.search(rb"\$([^#]*)#..", self._gdb_received, re.DOTALL)) is None:
            received = self._gdb.recv(65536)
            if not received:
                raise Silence(f"the debugger's stub has gone; log: {self.log}")
            self._gdb_received += received
        self._gdb_received = self._gdb_received[found.end() :]
        self._gdb.sendall(b"+")
        return found.group(1).decode()

    def leave_debugger(self):
        self.gdb("D")
        self._gdb.close()
        self._gdb = None

    def run_to(self, address):
        if self.register(self.RIP) == address:
            self.gdb("s")  # or it would stop where it stands
        self.gdb(f"Z1,{address:x},1")
        self.gdb("c")
        self.gdb(f"z1,{address:x},1")

    RAX, RCX, RDX, RIP = 0, 2, 3, 16

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.gdb(f"p{number:x}")), "little")

    def set_register(self, number, value):
        assert self.gdb(f"P{number:x}={value.to_bytes(8, 'little').hex()}") == "OK"

    def execute(self, code, **given):
        """An instruction of ours where ring 0 stands, with RAX and RCX as given; returns EDX:EAX. All else stays."""
        kept = {register: self.register(register) for register in (self.RAX, self.RCX, self.RDX, self.RIP)}
        rip, length = kept[self.RIP], len(code) // 2
        replaced = self.gdb(f"m{rip:x},{length:x}")
        assert self.gdb(f"M{rip:x},{length:x}:{code}") == "OK"
        for name, value in given.items():
            self.set_register(getattr(self, name), value)
        # A step may end before the instruction, when QEMU has looked at the APIC instead.
        for _ in range(10):
            self.gdb("s")
            if (stopped := self.register(self.RIP)) != rip:
                break
        assert stopped == rip + length, f"{code} ended at {stopped:x}"
        value = (self.register(self.RDX) & 0xFFFFFFFF) << 32 | self.register(self.RAX) & 0xFFFFFFFF
        assert self.gdb(f"M{rip:x},{length:x}:{replaced}") == "OK"
        for register, old in kept.items():
            self.set_register(register, old)
        return value

    def msr(self, number):
        return self.execute("0f32", RCX=number)

    def xcr0(self):
        return self.execute("0f01d0", RCX=0)

    def set_debug_register(self, number, value):
        self.execute(f"0f23{0xC0 | number << 3:x}", RAX=value)
