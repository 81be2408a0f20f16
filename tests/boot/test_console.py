# SPDX-License-Identifier: BSD-2-Clause
"""One serial line for several: whole lines, and nobody waits for anybody."""

import re

import pytest


def test_linux_that_does_not_read_delays_nobody(start):
    """Input that nobody fetches fills every buffer on its way; the native clock goes on, each second a line."""
    machine = start("one")
    machine.boot(60)
    machine.line('stty -echo -icanon; echo "now"-deaf; sleep 6; stty sane')
    machine.expect_exact("now-deaf\r\n")
    # A line that is too long would be read and thrown away; without lines Linux stops fetching when its buffer is full.
    with pytest.raises(AssertionError):  # not all of it is taken
        machine.paste(b"x" * 65536, 2)
    times = []
    for _ in range(3):
        machine.expect(r"\[clock\] up (\d+) s\r\n", 5)
        times.append(int(machine.child.match[1]))
    assert times == list(range(times[0], times[0] + 3))


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
