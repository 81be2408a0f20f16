# SPDX-License-Identifier: BSD-2-Clause
"""Data in quantity through files, pipes and tools keeps every bit; vi edits a file."""

import hashlib

from machine import ESCAPE

TEN_MIB = 10 * 1024 * 1024


def test_gzip_round_trip(machine):
    """10 MiB through gzip | gunzip | sha256sum, with the sum that the host computes."""
    text = b"".join(b"%d\n" % n for n in range(1, 1600000))[:TEN_MIB]
    assert len(text) == TEN_MIB
    output = machine.check(f"seq 1 1600000 | head -c {TEN_MIB} | gzip | gunzip | sha256sum", limit=120)
    assert output.split()[0] == hashlib.sha256(text).hexdigest()


def test_random_file(machine):
    """A file of 4 MiB that does not compress is the same after gzip, a copy and a way through dd."""
    machine.check("head -c 4194304 /dev/urandom > /tmp/random", limit=60)
    output = machine.check(
        "sha256sum < /tmp/random; gzip -1 < /tmp/random | gunzip | sha256sum; "
        "cp /tmp/random /tmp/copy; dd if=/tmp/copy bs=3001 2>/dev/null | sha256sum; rm /tmp/copy /tmp/random",
        limit=120,
    )
    assert len(set(output.split()) - {"-"}) == 1


def test_tar_round_trip(machine):
    machine.check(
        "rm -rf /tmp/tree /tmp/back; mkdir -p /tmp/tree/deep/er/still /tmp/back; cp /bin/busybox /tmp/tree/deep/; "
        "cp -r /etc /tmp/tree/; ln -s deep/busybox /tmp/tree/link; ln /tmp/tree/deep/busybox /tmp/tree/hard; "
        "seq 1 10000 > /tmp/tree/deep/er/numbers; chmod 640 /tmp/tree/deep/er/numbers; : > /tmp/tree/empty"
    )
    machine.check("cd /tmp/tree; for i in $(seq 1 200); do echo $i > deep/er/still/file-$i; done; cd", limit=60)
    machine.check("tar -C /tmp/tree -czf /tmp/tree.tgz . && tar -C /tmp/back -xzf /tmp/tree.tgz", limit=60)
    # Contents, rights, links and times of files; rights of all else, whose times tar does not restore.
    look = (
        "cd /tmp/{0}; find . -type f | sort | xargs sha256sum | sha256sum; "
        "find . -type f | sort | xargs stat -c '%n %a %h %s %Y' | sha256sum; "
        "find . ! -type f | sort | xargs stat -c '%n %a %F' | sha256sum; cd"
    )
    assert machine.check(look.format("tree"), limit=60) == machine.check(look.format("back"), limit=60)
    assert machine.check("readlink /tmp/back/link") == "deep/busybox\n"
    assert machine.check("diff -r /tmp/tree /tmp/back", limit=60) == ""
    machine.check("rm -rf /tmp/tree /tmp/back /tmp/tree.tgz")


def test_vi_writes_a_file(machine):
    machine.check("rm -f /tmp/vi")
    machine.line("vi /tmp/vi")
    machine.expect_exact("~")
    machine.send("ifirst line\rsecond line\rthird" + ESCAPE)
    machine.expect_exact("third")
    machine.line(":wq")
    machine.prompt()
    assert machine.check("cat /tmp/vi") == "first line\nsecond line\nthird\n"


def test_vi_edits_a_file(machine):
    machine.check("seq 1 50 > /tmp/vi")
    machine.line("vi /tmp/vi")
    machine.expect_exact("23")
    machine.line("/17")
    machine.send("ddGyyp:1\rxinew")
    machine.expect_exact("I /tmp/vi")
    # What follows an escape at once would make a key sequence with it.
    machine.send(ESCAPE)
    machine.expect_exact("- /tmp/vi")
    machine.line(":%s/9/nine/")
    machine.line(":x")
    machine.prompt()
    wanted = [str(n) for n in range(1, 51) if n != 17] + ["50"]
    wanted = ["new" if n == "1" else n.replace("9", "nine") for n in wanted]
    assert machine.check("cat /tmp/vi").split() == wanted


def test_many_files(machine):
    machine.check("mkdir -p /tmp/many; cd /tmp/many; for i in $(seq 1 1000); do : > f$i; done; cd", limit=60)
    assert machine.check("ls /tmp/many | wc -l; rm -r /tmp/many; ls /tmp/many 2>&1 | wc -l") == "1000\n1\n"
