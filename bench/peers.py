# SPDX-License-Identifier: BSD-2-Clause
"""
PEERS="pti": what it costs native Linux to keep itself apart from its processes by page tables, which a microkernel does
always. Debian's kernel, twice: with page-table isolation and, as its own reference, without.
"""

from pathlib import Path

from sides import ICOUNT, Side

PACKAGE = "linux-image-amd64"
INSTALLED = "vmlinuz-*-amd64"  # in /boot, by that package
NOT_YET = ("xen", "uml")


def debian_kernel(environment):
    """The one that PEER_KERNEL names, or the newest that is installed; None: there is none."""
    named = environment.get("PEER_KERNEL")
    found = [Path(named)] if named else sorted(Path("/boot").glob(INSTALLED), key=lambda path: path.stat().st_mtime)
    return found[-1] if found and found[-1].exists() else None


def plan(names, kernel, instructions=False):
    """The sides to boot beside our own, and what is to be said of those that are not."""
    sides, notes = [], []
    for name in names:
        if name in NOT_YET:
            notes.append(f"{name}: skipped, for it is not compared yet (docs/performance.md)")
        elif name != "pti":
            raise ValueError(f"there is no peer {name}; there is: pti")
        elif kernel is None:
            notes.append(f"pti: skipped, for there is no kernel of Debian's: install {PACKAGE} or set PEER_KERNEL")
        else:
            options = ICOUNT if instructions else ()
            for side, argument in (("pti-off", "pti=off"), ("pti", "pti=on")):
                sides.append(Side(side, "native", options, argument, kernel))
    return sides, notes
