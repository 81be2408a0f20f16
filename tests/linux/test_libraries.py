# SPDX-License-Identifier: BSD-2-Clause
"""Programs as others build them: each C library, static and dynamic, AVX2, and Perl as Debian ships it."""

import pytest


@pytest.mark.parametrize("program", ["musl_dynamic", "glibc_static", "glibc_dynamic", "avx2"])
def test_program(machine, program):
    output = machine.check(f"/libraries/{program}")
    assert "FAIL" not in output
    assert [line.split(":")[0] for line in output.splitlines()] == ["ok start", "ok allocate", "ok threads", "ok spawn"]


def test_libraries_are_mapped(machine):
    """Dynamic means: the loader has brought them in."""
    for loader, library in (("musl_dynamic", "ld-musl"), ("glibc_dynamic", "libc.so.6")):
        assert library in machine.check(f"strings /libraries/{loader} | grep -E 'ld-musl|libc.so.6'")
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
