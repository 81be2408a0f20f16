# SPDX-License-Identifier: BSD-2-Clause
"""The serial line carries what is put on it: pasted at full speed, printed in bulk, and every byte value."""

import base64
import hashlib
import random

from machine import CTRL_D

SIZE = 64 * 1024


def some_bytes(count):
    return random.Random(4711).randbytes(count)


def sum_of(data):
    return hashlib.sha256(data).hexdigest()


def start(machine, text):
    """
    Start a foreground command. What is typed before it runs reaches a terminal in the shell's raw mode, where Ctrl-D
    is a byte like others; the mark says that this is over.
    """
    machine.line(f'echo "now"-running; {text}')
    machine.expect_exact("now-running\r\n")


def test_paste(machine):
    """64 KiB of lines, pasted with the echo on, each shorter than the 4095 bytes that a terminal line holds."""
    text = base64.encodebytes(some_bytes(SIZE * 3 // 4))
    text = text[: SIZE - 1].rstrip(b"\n") + b"\n"
    start(machine, 'sha256sum; echo "sum"-done')
    machine.paste(text + CTRL_D.encode())
    output = machine.expect_exact("sum-done\r\n", 60)
    machine.prompt()
    assert sum_of(text) in output, f"expected {sum_of(text)} of {len(text)} bytes, saw {output[-300:]}"


def test_paste_without_echo(machine):
    text = base64.encodebytes(some_bytes(SIZE * 3 // 4))
    machine.check("stty -echo")
    start(machine, 'sha256sum > /tmp/sum; stty echo; echo "sum"-done')
    machine.paste(text + CTRL_D.encode())
    machine.expect_exact("sum-done\r\n", 60)
    machine.prompt()
    assert machine.check("cat /tmp/sum").split()[0] == sum_of(text)


def test_paste_to_a_slow_reader(machine):
    """The line's buffers fill, and nothing is lost when the reader takes its time."""
    text = base64.encodebytes(some_bytes(16 * 1024))
    start(machine, 'sh -c "sleep 1; exec sha256sum"; echo "sum"-done')
    machine.paste(text + CTRL_D.encode())
    output = machine.expect_exact("sum-done\r\n", 60)
    machine.prompt()
    assert sum_of(text) in output


def test_raw_bytes_in(machine):
    """All 256 byte values, uninterpreted."""
    data = bytes(range(256)) * 32 + some_bytes(8192)
    machine.line(f"stty raw -echo; echo \"now\"-raw; head -c {len(data)} | sha256sum > /tmp/sum; stty sane")
    machine.expect_exact("now-raw")
    machine.paste(data)
    machine.prompt()
    assert machine.check("cat /tmp/sum").split()[0] == sum_of(data)


def test_bulk_output(machine):
    """256 KiB of lines arrive complete and in order."""
    output = machine.check("seq -w 1 37450", limit=120)
    assert output == "".join(f"{n:05}\n" for n in range(1, 37451))


def test_commands_pasted_ahead(machine):
    """Lines typed while a command runs wait for the shell."""
    machine.line("sleep 0.3; rm -f /tmp/ahead")
    for n in range(20):
        machine.line(f"echo {n} >> /tmp/ahead")
    machine.line('echo "all"-read')
    machine.expect_exact("all-read\r\n", 60)
    machine.prompt()
    assert machine.check("cat /tmp/ahead").split() == [str(n) for n in range(20)]
