#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The checks that look at the tree instead of running it: checks.py [REPORT.xml]"""

import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import figures
from figures import ROOT, our_files

# Of what architecture.md promises: 'small'.
KERNEL_LINES = 10_000
KERNEL_BYTES = 128 * 1024
PATCH_LINES = 600

# What has no room for a comment: texts of licences, data, and files of /etc that programs read by the letter.
WITHOUT_COMMENTS = {f"images/base/etc/{name}" for name in ("group", "hostname", "passwd", "shadow")}
WITHOUT_COMMENTS |= {"LICENSE", "bench/baseline.json", "bench/ipc/baseline.json"}


class Failure(Exception):
    pass


def make(target):
    def check():
        result = subprocess.run(["make", "-s", "-k", target], cwd=ROOT, text=True, capture_output=True)
        if result.returncode != 0:
            raise Failure(f"make {target}:\n{result.stdout}{result.stderr}")

    return check


def licence_of(path):
    """What lives inside Linux has Linux's licence; all else is ours."""
    return "GPL-2.0-only" if path.relative_to(ROOT).parts[0] in ("l4linux", "patches") else "BSD-2-Clause"


def needs_licence(name):
    """All that may hold a comment. What users put into images/rootfs is theirs."""
    if name.startswith("images/rootfs/"):
        return name == "images/rootfs/README.md"
    return name not in WITHOUT_COMMENTS and not name.startswith("LICENSES/")


def licences():
    wrong = []
    for path in our_files():
        name = str(path.relative_to(ROOT))
        first_lines = b"\n".join(path.read_bytes().splitlines()[:3]).decode(errors="replace")
        if needs_licence(name) and not re.search(rf"SPDX-License-Identifier: .*{licence_of(path)}", first_lines):
            wrong.append(f"{name}: no line 'SPDX-License-Identifier: {licence_of(path)}' at its top")
    if wrong:
        raise Failure("\n".join(wrong))


def overlay():
    """The overlay only adds files and the patches only touch Linux's own: sync-linux.sh refuses all else."""
    result = subprocess.run(["images/sync-linux.sh"], cwd=ROOT, text=True, capture_output=True)
    if result.returncode != 0:
        raise Failure(result.stdout + result.stderr)


def patch_budget():
    lines = figures.patched_lines()
    if lines > PATCH_LINES:
        raise Failure(f"patches/ adds and removes {lines} lines of Linux's files; at most {PATCH_LINES} are allowed")


def kernel_budget():
    lines = figures.kernel_lines()
    if lines > KERNEL_LINES:
        raise Failure(f"kernel/ has {lines} lines of code; at most {KERNEL_LINES} are allowed")
    image = figures.KERNEL_IMAGE
    if not image.exists():
        raise Failure(f"{image} is not there to be measured: make check builds it")
    if image.stat().st_size > KERNEL_BYTES:
        raise Failure(f"{image} has {image.stat().st_size} bytes; at most {KERNEL_BYTES} are allowed")


def mutants():
    """The texts that 'make mutants' replaces are still there, and docs/gate.md names those of the gate."""
    for suite in ("gate", "system"):
        result = subprocess.run([f"tests/{suite}/mutants.py", "--check"], cwd=ROOT, text=True, capture_output=True)
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
