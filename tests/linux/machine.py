# SPDX-License-Identifier: BSD-2-Clause
"""A machine in QEMU with a Linux shell on its serial line, natively or on Pecan."""

import errno
import itertools
import os
import re
import select
import signal
import termios
import time
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / os.environ.get("OUT", "out")
LOGS = OUT / "log" / "tests"
PROMPT = "pecan:~# "
FOCUS_KEY = "\x1e"  # of the root task's console: Ctrl-^
CTRL_C, CTRL_D, CTRL_Z, CTRL_BACKSLASH, ESCAPE = "\x03", "\x04", "\x1a", "\x1c", "\x1b"

# How qemu.sh boots each platform from the images of a folder: by default with the test programs on board.
PLATFORMS = {"native": ("native", "PECAN_INITRD", "initramfs.cpio.gz"), "pecan": ("iso", "PECAN_ISO", "pecan.iso")}


class MachineError(AssertionError):
    """The machine did not do what was waited for; says what, what came instead, and where the log is."""


def no_newline_translation():
    """QEMU leaves the output mode of its terminal as it finds it; what the guest sends is to arrive as it was sent."""
    mode = termios.tcgetattr(0)
    mode[1] &= ~termios.OPOST & ~termios.ONLCR
    termios.tcsetattr(0, termios.TCSANOW, mode)


class Machine:
    """One run of QEMU. All waiting is for something on the serial line, with a limit in seconds."""

    numbers = itertools.count(1)

    def __init__(self, platform, name="linux", options=(), images=OUT / "tests", command_line="", **variables):
        how, variable, image = PLATFORMS[platform]
        image = variables.setdefault(variable, images / image)
        if not image.exists():
            raise MachineError(f"{image} is missing: make {image.relative_to(ROOT)}")
        if command_line:
            variables["PECAN_CMDLINE"] = command_line
        LOGS.mkdir(parents=True, exist_ok=True)
        self.platform = platform
        self.doubled = ["\x01"] if how == "native" else ["\x01", FOCUS_KEY]
        self.log_path = LOGS / f"{name.replace(' ', '-')}-{platform}-{next(self.numbers)}.log"
        self.log = open(self.log_path, "w", encoding="utf-8", errors="replace")
        self.started = time.monotonic()
        self.child = pexpect.spawn(
            str(ROOT / "images" / "qemu.sh"),
            [how, "-no-reboot", *options],
            env={**os.environ, "OUT": str(OUT), **{key: str(value) for key, value in variables.items()}},
            encoding="utf-8",
            codec_errors="replace",
            timeout=30,
            preexec_fn=no_newline_translation,
        )
        self.child.delaybeforesend = None
        self.child.logfile_read = self.log

    def boot(self, limit=120):
        """Wait for the prompt; returns all that came before it."""
        self.expect_exact(PROMPT, limit, "the shell's prompt")
        self.boot_seconds = time.monotonic() - self.started
        self.boot_output = self.child.before
        return self.boot_output

    def expect(self, pattern, limit=30, what=None):
        """Wait for a regular expression; returns what came before it."""
        return self._wait(self.child.expect, pattern, limit, what)

    def expect_exact(self, text, limit=30, what=None):
        return self._wait(self.child.expect_exact, text, limit, what)

    def _wait(self, wait, wanted, limit, what):
        try:
            wait(wanted, timeout=limit)
        except (pexpect.TIMEOUT, pexpect.EOF) as problem:
            came = "QEMU ended" if isinstance(problem, pexpect.EOF) else f"{limit} seconds passed"
            tail = (self.child.before or "")[-2000:]
            raise MachineError(
                f"expected {what or repr(wanted)}, but {came}; the last that was seen:\n{tail}\nlog: {self.log_path}"
            ) from None
        return self.child.before

    def prompt(self, limit=30):
        return self.expect_exact(PROMPT, limit, "the shell's prompt")

    def send(self, keys):
        """Type keys as they are; Ctrl-A, which is QEMU's own escape, is doubled, and so is the console's focus key."""
        for key in self.doubled:
            keys = keys.replace(key, 2 * key)
        self.child.send(keys)

    def console(self, letter):
        """A key for the root task's console."""
        self.child.send(FOCUS_KEY + letter)

    def line(self, text):
        self.send(text + "\r")

    def command(self, text, limit=30):
        """Run a command line; returns its output and its status."""
        # The quotes keep the echo of the line from looking like the marks themselves.
        self.line(f'echo "pecan"-begin; {text}; echo "pecan"-end=$?')
        # A console behind another one (Xen's) has two carriage returns.
        self.expect(r"pecan-begin\r+\n", limit, f"the start of: {text}")
        output = self.expect(r"pecan-end=(\d+)\r+\n", limit, f"the end of: {text}")
        status = int(self.child.match.group(1))
        self.prompt(limit)
        # On Pecan other tasks share the line: theirs are whole lines that begin with their name.
        return re.sub(r"(?m)^\[clock\] up \d+ s\n", "", re.sub(r"\r+\n", "\n", output)), status

    def check(self, text, limit=30):
        """Run a command line that must succeed; returns its output."""
        output, status = self.command(text, limit)
        assert status == 0, f"expected status 0 of {text!r}, saw {status}:\n{output}\nlog: {self.log_path}"
        return output

    def paste(self, data, limit=60):
        """
        Send bytes as fast as the machine takes them, as a terminal does when text is pasted, and read the echo
        meanwhile. Nothing paces it but the machine itself: a byte that is lost on the way is a byte lost.
        """
        for key in self.doubled:
            data = data.replace(key.encode(), 2 * key.encode())
        descriptor = self.child.child_fd
        until = time.monotonic() + limit
        sent = 0
        os.set_blocking(descriptor, False)
        try:
            while sent < len(data):
                rest = until - time.monotonic()
                if rest <= 0:
                    raise MachineError(f"expected {len(data)} bytes to be taken, saw {sent} taken in {limit} seconds")
                readable, writable, _ = select.select([descriptor], [descriptor], [], rest)
                if readable:
                    # Into pexpect's own buffer, so that a later expect sees it.
                    echo = self.child.read_nonblocking(65536, timeout=0)
                    self.child.buffer += echo
                if writable:
                    try:
                        sent += os.write(descriptor, data[sent : sent + 4096])
                    except OSError as problem:
                        if problem.errno != errno.EAGAIN:
                            raise
        finally:
            os.set_blocking(descriptor, True)

    def rescue(self):
        """After a failed test: bring the prompt back, or say that it is gone."""
        if not self.child.isalive():
            return False
        try:
            self.send(CTRL_C)
            self.line("")
            self.line('echo "still"-there')
            self.expect_exact("still-there\r\n", 10)
            self.prompt(10)
            return True
        except MachineError:
            return False

    def wait_for_end(self, limit=30):
        """Wait until QEMU ends by itself; returns what came before, and its exit status."""
        output = self.expect(pexpect.EOF, limit, "QEMU to end")
        self.child.wait()
        self.log.close()
        return output, self.child.exitstatus

    def stop(self):
        """End QEMU from outside. (pexpect's own way gives a killed process 0.1 s to go, which a busy host may not.)"""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()
        self.log.close()


def boot(platform, name="linux", limit=120):
    """A machine that has reached its prompt."""
    machine = Machine(platform, name)
    try:
        machine.boot(limit)
    except MachineError:
        machine.stop()
        raise
    return machine


def problems_in(kernel_log):
    """The lines of a kernel log (dmesg -r, or as printed) that tell of a fault of the kernel itself."""
    pattern = re.compile(
        r"WARNING:|BUG:|Oops|Kernel panic|Call Trace|cut here|general protection fault, |unable to handle|"
        r"soft lockup|hard LOCKUP|rcu.*stall|hung task|blocked for more than|scheduling while atomic|"
        r"Bad page|Bad rss|double fault|nobody cared|Unhandled fault|invalid opcode: |corrupt",
    )
    return [line for line in kernel_log.splitlines() if pattern.search(line)]


def warnings_in(kernel_log):
    """Lines of level warning and above of dmesg -r, without level, time stamp and numbers: to compare two boots."""
    found = []
    for line in kernel_log.splitlines():
        match = re.match(r"<(\d+)>\[[ \d.]+\] (.*)", line)
        if match and int(match.group(1)) & 7 <= 4:
            found.append(re.sub(r"0x[0-9a-f]+|\d+", "N", match.group(2)))
    return found
