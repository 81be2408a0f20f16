# SPDX-License-Identifier: BSD-2-Clause
"""One serial line for several: whole lines, and nobody waits for anybody."""

import os
import re
import select
import time

CLOCK = r"\[clock\] up (\d+) s\r\n"


def paste(machine, is_enough, limit=180):
    """Types on and on while nobody reads, until what has been shown meanwhile is enough; that is returned."""
    descriptor, until = machine.child.child_fd, time.monotonic() + limit
    shown = ""
    os.set_blocking(descriptor, False)
    try:
        while not is_enough(shown):
            assert time.monotonic() < until, f"in {limit} s only this was shown: {shown!r}"
            readable, writable, _ = select.select([descriptor], [descriptor], [], 1)
            if writable:
                os.write(descriptor, b"x" * 1024)
            if readable:
                shown += machine.child.read_nonblocking(65536, timeout=0)
    finally:
        os.set_blocking(descriptor, True)
    return shown


def paste_to_the_deaf(machine):
    """
    Until a bell says that characters are dropped, for all buffers are full and nobody reads.

    A line that is too long would be read and thrown away; without lines Linux stops fetching when its buffer is full.
    """
    machine.line('stty -echo -icanon; echo "now"-deaf; sleep 1000')
    machine.expect_exact("now-deaf\r\n")
    paste(machine, lambda shown: "\a" in shown)


def test_linux_that_does_not_read_delays_nobody(start):
    """Input that nobody fetches fills every buffer on its way; the native clock goes on."""
    machine = start("one")
    machine.boot(120)
    paste_to_the_deaf(machine)
    times = [int(time) for time in re.findall(CLOCK, paste(machine, lambda shown: len(re.findall(CLOCK, shown)) >= 4))]
    assert times == sorted(set(times))


def test_lines_stay_whole(start):
    """A flood of one client and the lines of others do not tear each other."""
    machine = start("one")
    machine.boot(60)
    # As long as it takes for a few lines of the clock to fall into it.
    machine.line("t=$(($(date +%s)+4)); while [ $(date +%s) -lt $t ]; do seq 100000 101000; done; echo floo''ded")
    output = machine.expect("\nflooded\r\n", 60)
    lines = output.replace("\r", "").split("\n")
    lines = lines[lines.index("100000") :]
    others = [line for line in lines if line and not re.fullmatch(r"\d{6}", line)]
    assert all(re.fullmatch(r"\[clock\] up \d+ s", line) for line in others), others
    assert len(others) >= 2, "no line has fallen into the flood: nothing was tried"
    numbers = [int(line) for line in lines if re.fullmatch(r"\d{6}", line)]
    assert numbers == list(range(100000, 101001)) * (len(numbers) // 1001)


def boot_two(start):
    """Two Linux servers at their prompts; the first has the focus."""
    machine = start("two")
    machine.expect(r"(?s)\[vmlinux\.2\] This is Pecan.*pecan:~# |pecan:~# .*\[vmlinux\.2\] This is Pecan", 120)
    machine.line("")
    machine.prompt()
    return machine


def focus(machine, number):
    machine.console(str(number))
    machine.expect(rf"\[root\] input goes to vmlinux{'' if number == 1 else '.2'}\r\n", 10)


def test_screen_delays_nobody(start):
    """
    While the first Linux has the whole screen the second one logs more than any buffer holds, dies and is started again.
    Nothing of that can be shown. Its kernel waits for the console with interrupts off, so waiting would be its end.
    """
    machine = boot_two(start)
    focus(machine, 2)
    machine.line("echo on > /proc/sys/kernel/printk_devkmsg")
    machine.line(
        "(sleep 3; for i in $(seq 300); do echo '<1>a long log' > /dev/kmsg; done; echo c > /proc/sysrq-trigger) & "
        "echo arm''ed"
    )
    machine.expect_exact("armed\r\n")
    focus(machine, 1)
    machine.line("printf '\\033[H'; echo scr''een; sleep 30; echo le''ft")
    machine.expect_exact("screen\r\n")
    assert machine.expect_exact("left\r\n", 60) == "", "something was put into the screen"
    said = machine.expect(r"(?s)\[vmlinux\.2\] \(\d+ lines lost\).*\[vmlinux\.2\] This is Pecan", 60)
    said += machine.child.match[0]
    assert "[root] vmlinux.2: panic: sysrq triggered crash" in said and "hangs" not in said
    assert "[root] vmlinux.2: ended; starting it again" in said
    focus(machine, 2)
    machine.line("")
    machine.prompt()
    assert machine.check("cat /sys/hypervisor/type") == "pecan\n"


def test_focus_key_works_while_nobody_reads(start):
    """Input that the first Linux leaves in every buffer does not bury the focus key."""
    machine = boot_two(start)
    paste_to_the_deaf(machine)
    focus(machine, 2)
    machine.line("")
    machine.prompt()
    assert machine.check("echo here") == "here\n"
