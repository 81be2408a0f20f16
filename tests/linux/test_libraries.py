# SPDX-License-Identifier: BSD-2-Clause
"""Programs as others build them: each C library, static and dynamic, AVX2, and Perl as Debian ships it."""

import re
import subprocess

import pytest

import machine as machines


GLIBC = {"/lib/x86_64-linux-gnu/libm.so.6", "/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"}

# What each has mapped, by its own account of /proc/self/maps.
PROGRAMS = {
    "musl_dynamic": {"/lib/ld-musl-x86_64.so.1"},
    "glibc_static": {"none"},
    "glibc_dynamic": GLIBC,
    "avx2": GLIBC,
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(machine, program):
    output = machine.check(f"/libraries/{program}")
    assert "FAIL" not in output
    seen = dict(line.split(": ", 1) for line in output.splitlines())
    assert list(seen) == ["ok start", "ok libraries", "ok allocate", "ok threads", "ok spawn"]
    assert set(seen["ok libraries"].split()) == PROGRAMS[program]


def test_avx2_is_in_use(platform):
    """On any: the threads' sums lie in a register of 32 bytes, which the program does not save around its system call."""
    program = machines.OUT / "tests" / "libraries" / "avx2"
    command = ["objdump", "-d", "--no-show-raw-insn", "--disassemble=sum_of_squares", program]
    code = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    register = re.search(r"vaddpd .*,(%ymm\d+)$", code, re.MULTILINE)
    assert register and "syscall" in code, code
    assert not re.search(rf"{register[1]},[-\w]*\(", code), code


def test_perl_has_its_library(machine):
    assert "libc.so.6" in machine.check("/libraries/perl -e 'open M, \"/proc/self/maps\"; print <M>'")


PERL = r"""
my %h; $h{$_ % 97} += $_ for 1..20000; my $s = 0; $s += $h{$_} for sort { $a <=> $b } keys %h;
my $t = join ",", map { sprintf "%x", $_ } 1..500; my $n = () = $t =~ /[a-f]\d/g; my $c = 0;
for my $i (1..5) { open(my $p, "-|") or do { print $i ** 3; exit }; $c += <$p>; close $p; }
print "$s $n $c\n"
"""


def test_perl(machine):
    """Hashes, sorting, regular expressions, processes and pipes of a real interpreter."""
    script = " ".join(PERL.split("\n"))
    assert machine.check(f"/libraries/perl -e '{script}'") == "200010000 115 225\n"
