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
GATE_ISO = OUT / "tests" / "gate.iso"

SILENCE = 60  # seconds without a new line; the root server ends a case much earlier
END = "# end of tests"


class Silence(Exception):
    """The machine said nothing more for so long, or it has ended."""


class Machine:
    """`wanted`: what the gate's root server is to run."""

    def __init__(self, name, iso=GATE_ISO, wanted="all", options=()):
        if not iso.exists():
            raise Silence(f"{iso} is missing: make gate-tests")
        self.log = OUT / "log" / "tests" / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.TemporaryDirectory(prefix="pecan-")
        self.output = ""
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

    def wait_for(self, text, meanwhile=lambda: time.sleep(0.1)):
        """Until the text has come; `meanwhile` is called again and again."""
        until = time.monotonic() + SILENCE
        while text not in self.output:
            ended = self.qemu.poll() is not None
            if self.read():
                until = time.monotonic() + SILENCE
            elif ended or time.monotonic() > until:
                raise Silence(f"no '{text}'; the last that was seen:\n{self.output[-2000:]}\nlog: {self.log}")
            meanwhile()
        return self.output

    # ---- The monitor ----

    def qmp(self, command, **arguments):
        if self._qmp is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(f"{self.folder.name}/qmp")
            self._qmp = connection.makefile("rw")
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
        values = {name: int(value, 16) for name, value in re.findall(r"\b([A-Z][A-Z0-9]+) *=([0-9a-f]{8,16})\b", text)}
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
            self._gdb = socket.socket(socket.AF_UNIX)
            self._gdb.connect(f"{self.folder.name}/gdb")
        checksum = sum(packet.encode()) & 0xFF
        self._gdb.sendall(f"${packet}#{checksum:02x}".encode())
        buffer = b""
        while not re.search(rb"\$[^#]*#..", buffer):
            received = self._gdb.recv(65536)
            if not received:
                raise Silence(f"the debugger's stub has gone; log: {self.log}")
            buffer += received
        self._gdb.sendall(b"+")
        return re.search(rb"\$([^#]*)#..", buffer).group(1).decode()

    def leave_debugger(self):
        self.gdb("D")
        self._gdb.close()
        self._gdb = None

    def run_to(self, address):
        self.gdb(f"Z1,{address:x},1")
        self.gdb("c")
        self.gdb(f"z1,{address:x},1")

    RAX, RCX, RDX, RIP = 0, 2, 3, 16

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.gdb(f"p{number:x}")), "little")

    def set_register(self, number, value):
        assert self.gdb(f"P{number:x}={value.to_bytes(8, 'little').hex()}") == "OK"

    def msr(self, number):
        """By an RDMSR put where ring 0 stands. Only in the debugger, at CPL 0; leaves everything as it was."""
        kept = {register: self.register(register) for register in (self.RAX, self.RCX, self.RDX, self.RIP)}
        rip = kept[self.RIP]
        code = self.gdb(f"m{rip:x},2")
        assert self.gdb(f"M{rip:x},2:0f32") == "OK"
        self.set_register(self.RCX, number)
        self.gdb("s")
        value = (self.register(self.RDX) & 0xFFFFFFFF) << 32 | self.register(self.RAX) & 0xFFFFFFFF
        assert self.register(self.RIP) == rip + 2, f"RDMSR of {number:x} did not end"
        assert self.gdb(f"M{rip:x},2:{code}") == "OK"
        for register, old in kept.items():
            self.set_register(register, old)
        return value
