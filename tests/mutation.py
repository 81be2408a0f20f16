# SPDX-License-Identifier: BSD-2-Clause
"""What programs share that take a defence out of the kernel and look whether its test fails: see tests/*/mutants.py."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = Path(os.environ.get("OUT", ROOT / "out")).resolve() / "mutants"
# Of the machine, which runs what is built here: before its module is loaded.
os.environ["OUT"] = str(WORK / "out")


def misfits(name, edits):
    """What of a mutant's edits, (file, old text, new text), does not fit the tree."""
    for file, old, _ in edits:
        count = (ROOT / file).read_text().count(old)
        if count != 1:
            yield f"mutant '{name}': its text occurs {count} times in {file}"


def chosen_of(names, mutants, problems):
    """Those that the command line names, by their own name or their case's, or all; None: it was only to be checked."""
    wrong = list(problems)
    if wrong:
        sys.exit("\n".join(wrong))
    if names == ["--check"]:
        return None
    return [it for it in mutants if not names or it.name in names or it.case in names]


def copy_tree():
    """What changed, so that make builds only that."""
    tree = WORK / "tree"
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    names = set(listed.rstrip("\0").split("\0"))
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        if str(path.relative_to(tree)) not in names or not (ROOT / path.relative_to(tree)).exists():
            path.unlink()
    for name in names:
        source, target = ROOT / name, tree / name
        if source.is_file() and not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tree


def build(tree, target):
    """Without warnings: what a mutant leaves unused is no error. The cache knows what the last mutant has put back."""
    command = ["make", "-s", "-j2", "CXX=ccache g++ -w", f"OUT={WORK / 'out'}", str(WORK / "out" / target)]
    environment = {**os.environ, "CCACHE_DIR": str(WORK / "ccache")}
    result = subprocess.run(command, cwd=tree, env=environment, text=True, capture_output=True)
    if result.returncode != 0:
        sys.exit(f"does not build:\n{result.stdout}{result.stderr}")


@contextmanager
def edited(tree, edits):
    kept = {}
    try:
        for file, old, new in edits:
            path = tree / file
            kept.setdefault(path, path.read_text())
            path.write_text(path.read_text().replace(old, new))
        yield
    finally:
        for path, text in kept.items():
            path.write_text(text)
