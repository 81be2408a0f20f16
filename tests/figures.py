#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""How large everything is ('make figures'); tests/checks.py holds some of it against what architecture.md promises."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / os.environ.get("OUT", "out")
KERNEL_IMAGE = OUT / "kernel" / "pecan"

C_LIKE = {".c", ".h", ".cpp", ".hpp", ".S", ".inc", ".def", ".ld"}
SCRIPTS = {".py", ".sh", ".mk", ".cfg", ".config"}
SCRIPT_NAMES = {"Makefile", "Kconfig", "run"}


def our_files():
    """Files of this tree, committed or about to be, without what git is told to ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().rstrip("\0").split("\0")
    else:  # unpacked from an archive
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if "out" not in p.relative_to(ROOT).parts[:1]]
    return sorted(path for path in (ROOT / name for name in names) if path.is_file())


def code_lines(path):
    """Lines that are neither blank nor only a comment; None if the file is no code."""
    if path.suffix in C_LIKE:
        comment = "//"
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    elif path.suffix in SCRIPTS or path.name in SCRIPT_NAMES:
        comment = "#"
        text = re.sub(r'^ *""".*?"""$', "", path.read_text(), flags=re.S | re.M)
    else:
        return None
    return sum(bool(line.strip()) and not line.strip().startswith(comment) for line in text.splitlines())


def code_by_folder():
    """Lines of code by the tree's first folder."""
    counts = {}
    for path in our_files():
        lines = code_lines(path)
        if lines is not None:
            parts = path.relative_to(ROOT).parts
            folder = parts[0] if len(parts) > 1 else "(top)"
            counts[folder] = counts.get(folder, 0) + lines
    return counts


def kernel_lines():
    return sum(code_lines(path) for path in (ROOT / "kernel").rglob("*") if path.suffix in {".cpp", ".hpp", ".S"})


def patched_lines():
    """Lines that the patches add to Linux's own files and remove from them."""
    return sum(
        bool(re.match(r"[+-](?!(\+\+|--) )", line))
        for path in (ROOT / "patches").rglob("*.patch")
        for line in path.read_text().splitlines()
    )


def main():
    for folder, lines in sorted(code_by_folder().items(), key=lambda item: -item[1]):
        print(f"{folder + '/' if folder != '(top)' else folder:12} {lines:7} lines of code")
    print(f"             {kernel_lines():7} of kernel/ are C++ and assembly, which the budget counts")
    print(f"patches/     {patched_lines():7} lines of Linux's own files added or removed")
    image = f"{KERNEL_IMAGE.stat().st_size:7} bytes" if KERNEL_IMAGE.exists() else "not built"
    print(f"image        {image} ({KERNEL_IMAGE.relative_to(ROOT) if KERNEL_IMAGE.is_relative_to(ROOT) else KERNEL_IMAGE})")


if __name__ == "__main__":
    main()
