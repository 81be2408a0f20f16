# SPDX-License-Identifier: BSD-2-Clause
"""The scripts that stand before the build: what they ask for, where they look, what they say when it is not there."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def commands(folder, real=(), **scripts):
    """A folder for PATH: these commands of the host, and scripts of our own in the place of others."""
    folder.mkdir(parents=True)
    for name in real:
        (folder / name).symlink_to(subprocess.check_output(["which", name], text=True).strip())
    for name, text in scripts.items():
        file = folder / name.replace("_", "-")
        file.write_text(f"#!/bin/bash\n{text}\n")
        file.chmod(0o755)
    return str(folder)


def run(*command, **environment):
    environment = {"HOME": "/nowhere", "PATH": os.environ["PATH"], **{k: str(v) for k, v in environment.items()}}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


# ---- build.sh ----


def missing_for(target, folder):
    """On a system without any of the commands, and without apt, what build.sh names as missing."""
    status, said = run("/bin/bash", "build.sh", target, PATH=commands(folder, ["bash", "dirname"]))
    assert status == 1 and "named as in Debian" in said, said
    return set(said.split("Debian): ")[1].splitlines()[0].split())


def test_each_target_asks_for_what_it_needs(tmp_path):
    everywhere = missing_for("run", tmp_path / "run")
    assert {"build-essential", "qemu-system-x86", "grub-common", "xorriso", "ccache"} <= everywhere
    for target, packages in {
        "mutants": {"python3-pytest"},
        "check": {"clang-format", "clang-tidy", "shellcheck", "python3-pytest"},
        "format": {"clang-format"},
        "compare": {"gnuplot-nox"},
        "test": {"clang-format", "clang-tidy", "shellcheck", "python3-pytest", "gnuplot-nox"},
    }.items():
        # What is told by a file or a Python module may be there.
        assert packages <= missing_for(target, tmp_path / target) - everywhere, target
    assert "clang-tidy" not in missing_for("format", tmp_path / "again")


def test_no_root_is_needed_where_all_is_there(tmp_path):
    """Then nothing is installed: neither sudo nor apt is called, and make gets the targets."""
    forbidden = f"touch {tmp_path}/called; exit 1"
    path = commands(tmp_path / "bin", make='echo "make: $*"', sudo=forbidden, apt_get=forbidden)
    status, said = run("./build.sh", "iso", "TRACE=1", PATH=f"{path}:{os.environ['PATH']}")
    assert (status, said) == (0, "make: iso TRACE=1\n")
    assert not (tmp_path / "called").exists()


# ---- images/fetch-sources.sh ----


@pytest.fixture
def fetch(tmp_path):
    """fetch(NAME, VARIABLE=value): fetch-sources.sh with an out/ and a cache of its own."""
    return lambda name, **environment: run(
        "images/fetch-sources.sh", name, OUT=tmp_path / "out", XDG_CACHE_HOME=tmp_path / "cache", **environment
    )


def tarball(folder, name, **files):
    tree = folder / name
    tree.mkdir(parents=True)
    for file, text in files.items():
        (tree / file).write_text(text)
    with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as archive:
        archive.add(tree, name)
    return folder / f"{name}.tar.gz"


def test_local_tarball(fetch, tmp_path):
    first = tarball(tmp_path, "musl-9.8", README="one")
    status, said = fetch("musl", MUSL_TARBALL=first)
    assert status == 0, said
    home = tmp_path / "out" / "musl"
    assert (home / "source/README").read_text() == "one"
    assert (home / "version").read_text() == "musl-9.8.tar.gz\n"
    # Done is done; another one replaces it.
    assert fetch("musl", MUSL_TARBALL=first) == (0, "")
    status, said = fetch("musl", MUSL_TARBALL=tarball(tmp_path, "musl-9.9", README="two"))
    assert status == 0 and (home / "source/README").read_text() == "two", said


def test_tarball_that_is_none(fetch, tmp_path):
    (tmp_path / "text").write_text("not an archive")
    status, said = fetch("busybox", BUSYBOX_TARBALL=tmp_path / "text")
    assert status == 1 and "is no source tarball" in said
    status, said = fetch("busybox", BUSYBOX_TARBALL=tmp_path / "nothing")
    assert status == 1 and "cannot be read" in said
    assert not (tmp_path / "out/busybox/source").exists()


def test_linux_of_another_branch(fetch, tmp_path):
    version = "VERSION = 6\nPATCHLEVEL = {}\nSUBLEVEL = 7\n"
    status, said = fetch("linux", LINUX_TARBALL=tarball(tmp_path, "linux-6.11.7", Makefile=version.format(11)))
    assert status == 1 and "This is Linux '6.11.7', but the patches are for 6.12.y" in said
    status, said = fetch("linux", LINUX_TARBALL=tarball(tmp_path, "linux-6.12.7", Makefile=version.format(12)))
    assert status == 0, said
    assert (tmp_path / "out/linux/version").read_text().startswith("6.12.7 ")


# A system whose own suites have no such Linux: apt with lists, but without the package.
APT_OF_ANOTHER_RELEASE = """
case "$*" in
*indextargets*) echo "Debian|http://mirror.example/debian/ forky" ;;
*update*) cat "${APT_CONFIG%apt.conf}sources.list" >> "$SEEN" ;;
*) exit 100 ;;
esac
"""


def test_suites_without_this_linux(fetch, tmp_path):
    """Debian 12's own are asked next; if that does not help either, all that were asked are named."""
    path = commands(tmp_path / "bin", apt_get=APT_OF_ANOTHER_RELEASE, apt_config="true")
    status, said = fetch("linux", PATH=f"{path}:{os.environ['PATH']}", SEEN=tmp_path / "seen")
    assert status == 1
    assert "did not give linux-source-6.12; trying Debian's own" in said
    assert "http://mirror.example/debian/ forky" in said and "/debian bookworm" in said
    asked = (tmp_path / "seen").read_text()
    assert "mirror.example" in asked and asked.index("forky") < asked.index("bookworm")
    assert "LINUX_TARBALL" in said


# ---- images/phase.sh ----


def test_long_steps_leave_their_time(tmp_path):
    status, said = run("images/phase.sh", "long", "sleep", "1.5", OUT=tmp_path)
    assert status == 0 and "[long] done in 0:0" in said
    assert (tmp_path / "times.txt").read_text().split()[2] == "long"


def test_step_that_fails_names_its_log(tmp_path):
    status, said = run("images/phase.sh", "bad", "sh", "-c", "echo an error of ours; exit 3", OUT=tmp_path)
    assert status == 3 and "[bad] FAILED" in said and "an error of ours" in said and "log/bad.log" in said
