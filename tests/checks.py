#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The checks that look at the tree instead of running it: checks.py [REPORT.xml]"""

import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Of what architecture.md promises: 'small'.
KERNEL_LINES = 10_000
KERNEL_BYTES = 128 * 1024
PATCH_LINES = 600

SOURCES = {".c", ".h", ".cpp", ".hpp", ".S", ".ld", ".lds", ".mk", ".sh", ".py", ".cfg", ".config"}
SOURCE_NAMES = {"Makefile", "Kconfig", "Kbuild"}


class Failure(Exception):
    pass


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


def make(target):
    def check():
        result = subprocess.run(["make", "-s", "-k", target], cwd=ROOT, text=True, capture_output=True)
        if result.returncode != 0:
            raise Failure(f"make {target}:\n{result.stdout}{result.stderr}")

    return check


def licence_of(path):
    """What lives inside Linux has Linux's licence; all else is ours."""
    return "GPL-2.0-only" if path.relative_to(ROOT).parts[0] in ("l4linux", "patches") else "BSD-2-Clause"


def licences():
    wrong = []
    for path in our_files():
        text = path.read_bytes()
        script = text.startswith(b"#!")
        if not (script or path.suffix in SOURCES or path.name in SOURCE_NAMES):
            continue
        first_lines = b"\n".join(text.splitlines()[:3]).decode(errors="replace")
        if not re.search(rf"SPDX-License-Identifier: .*{licence_of(path)}", first_lines):
            wrong.append(f"{path.relative_to(ROOT)}: no line 'SPDX-License-Identifier: {licence_of(path)}' at its top")
    if wrong:
        raise Failure("\n".join(wrong))


def overlay():
    """The overlay only adds files and the patches only touch Linux's own: sync-linux.sh refuses all else."""
    result = subprocess.run(["images/sync-linux.sh"], cwd=ROOT, text=True, capture_output=True)
    if result.returncode != 0:
        raise Failure(result.stdout + result.stderr)


def patch_budget():
    lines = sum(
        bool(re.match(r"[+-](?!(\+\+|--) )", line))
        for path in (ROOT / "patches").rglob("*.patch")
        for line in path.read_text().splitlines()
    )
    if lines > PATCH_LINES:
        raise Failure(f"patches/ adds and removes {lines} lines of Linux's files; at most {PATCH_LINES} are allowed")


def code_lines(path):
    """Lines that are neither blank nor only a comment."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    return sum(bool(line.strip()) and not line.strip().startswith("//") for line in text.splitlines())


def kernel_budget():
    lines = sum(code_lines(p) for p in (ROOT / "kernel").rglob("*") if p.suffix in {".cpp", ".hpp", ".S"})
    if lines > KERNEL_LINES:
        raise Failure(f"kernel/ has {lines} lines of code; at most {KERNEL_LINES} are allowed")
    image = ROOT / "out/kernel/pecan"
    if image.exists() and image.stat().st_size > KERNEL_BYTES:
        raise Failure(f"{image} has {image.stat().st_size} bytes; at most {KERNEL_BYTES} are allowed")


def mutants():
    """The texts that 'make mutants' replaces are still there, and docs/gate.md names them all."""
    result = subprocess.run(["tests/gate/mutants.py", "--check"], cwd=ROOT, text=True, capture_output=True)
    if result.returncode != 0:
        raise Failure(result.stdout + result.stderr)


# Names in docs/ that are Linux's own, or the language's.
NAMES_OF_OTHERS = set(
    "do_syscall_64 entry_SYSCALL_64_after_hwframe exc_page_fault handle_mm_fault generic_handle_domain_irq swapgs "
    "p_vaddr p_paddr p_memsz syscall iretq wrgsbase rdgsbase endbr64 constinit pmemsave".split()
)


def names_in(page):
    """What a page of the manual marks as code and what looks like a file or a name: (kind, text)."""
    text = page.read_text()
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    for span in spans:
        if re.fullmatch(r"[\w./-]*[\w-]\.(cpp|hpp|c|h|S|py|mk|sh|cfg|ld|md|def)", span):
            yield "file", span
        elif re.fullmatch(r"(\w+::)*[A-Za-z_]\w{2,}(\(\))?", span) and re.search(r"_|::|\(|[a-z][A-Z]", span):
            yield "name", span
    for block in re.findall(r"^```\n(.*?)^```", text, flags=re.M | re.S):
        yield from (("name", name) for name in re.findall(r"\b(?:\w+::)*[a-z]\w*_\w+(?=\(\)| ->|$)", block, re.M))


def manual():
    """Every file and name that docs/ marks as code exists: as a file, or as a word somewhere in the source."""
    ours = our_files()
    words = set()
    for path in ours:
        if path.suffix not in {".md", ".txt"}:
            words.update(re.findall(r"\w+", path.read_text(errors="replace")))
    files = {str(path.relative_to(ROOT)) for path in ours}
    bases = {f"/{path.name}" for path in ours}
    missing = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for kind, name in names_in(page):
            parts = re.findall(r"\w+", name)
            if kind == "file":
                known = name in files or f"/{name}" in bases
            else:
                known = all(part in words or part in NAMES_OF_OTHERS for part in parts)
            if not known and not name.startswith("out/"):
                missing.append(f"{page.relative_to(ROOT)}: {kind} {name} is nowhere in the tree")
    if missing:
        raise Failure("\n".join(missing))


CHECKS = {
    "manual": manual,
    "format": make("check-format"),
    "static": make("check-static"),
    "shell": make("check-shell"),
    "licences": licences,
    "overlay": overlay,
    "mutants": mutants,
    "patch budget": patch_budget,
    "kernel budget": kernel_budget,
}


def main(report):
    suite = ElementTree.Element("testsuite", name="checks")
    failed = False
    for name, check in CHECKS.items():
        case = ElementTree.SubElement(suite, "testcase", classname="checks", name=name)
        started = time.monotonic()
        try:
            check()
        except Failure as failure:
            failed = True
            print(f"FAILED {name}\n{failure}", flush=True)
            ElementTree.SubElement(case, "failure", message=name).text = str(failure)
        case.set("time", f"{time.monotonic() - started:.1f}")
    if report:
        ElementTree.ElementTree(suite).write(report)
    return 1 if failed else 0


sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
