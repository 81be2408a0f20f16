# SPDX-License-Identifier: BSD-2-Clause
"""
What no run can show, for it is about what a CPU does ahead of the program: the gate's instructions themselves, as
objdump prints them (docs/gate.md, rules 2 and 13).
"""

import re
import subprocess
from typing import NamedTuple

from gate_machine import OUT
from tables import C, PAGE, kernel_symbols

DATA = "server_area_start"  # behind the code: two words that the code compares with
# Into C++, which only the microkernel's own page tables map.
INTO_CPP = {"ordinary_trap", "vcpu_trap", "abort_trap"}
CR3_TABLE_PAGES = C["L4_CLIENT_MAX"] * 8 // PAGE


class Instruction(NamedTuple):
    address: int
    name: str
    operands: str
    refers_to: int | None  # the address that RIP and a displacement make

    def __str__(self):
        return f"{self.address:x}: {self.name} {self.operands}"

    def target(self):
        """Where a direct jump or call goes; None if it is none."""
        found = re.match(r"([0-9a-f]{16}) <", self.operands)
        return int(found[1], 16) if found else None


def instructions():
    """Of the gate's code, in order."""
    command = ["objdump", "-d", "-j", ".gate", "--no-show-raw-insn", OUT / "kernel" / "pecan.debug"]
    for line in subprocess.run(command, text=True, capture_output=True, check=True).stdout.splitlines():
        if line.endswith(f"<{DATA}>:"):
            return
        if found := re.match(r" *([0-9a-f]+):\t([\w,]+) *([^#]*?) *(?:# ([0-9a-f]+) <.*)?$", line):
            yield Instruction(int(found[1], 16), found[2], found[3], int(found[4], 16) if found[4] else None)
    raise AssertionError(f"there is no {DATA} behind the gate's code")


def is_in(page, address, pages=1):
    return address is not None and C[page] <= address < C[page] + pages * PAGE


def check_branches(code, symbols):
    """No return and no indirect branch. What calls C++ has loaded the microkernel's CR3, on a straight way."""
    targets = {one.target() for one in code}
    into_cpp = {symbols[name]: name for name in INTO_CPP}
    called = set()
    for index, one in enumerate(code):
        assert not re.match(r"(rep |repz |bnd )?l?ret|sysret|sysexit|iret[^q]", one.name), f"{one} (rule 13)"
        if not re.match(r"l?(call|jmp)", one.name):
            continue
        assert one.target() is not None, f"an indirect branch (rule 13): {one}"
        if one.name == "call":
            assert one.target() in into_cpp, f"a call (rule 13): {one}"
            called.add(into_cpp[one.target()])
            if into_cpp[one.target()] != "ordinary_trap":  # where the microkernel's tables are loaded already
                check_kernel_cr3_before(code[:index], one, targets)
    assert called == INTO_CPP, f"calls of {called}"


def check_kernel_cr3_before(code, call, targets):
    assert call.address not in targets, f"a way past the load of CR3: {call}"
    for before, one in reversed(list(zip(code, code[1:]))):
        if (one.name, one.operands) == ("mov", "%rax,%cr3"):
            assert before.name == "mov" and before.operands.endswith(",%rax"), f"{call}: {before}"
            assert is_in("GATE_READ_ONLY", before.refers_to), f"{call}: {before}"
            assert one.address not in targets, f"a way past the value of CR3: {one}"
            return
        assert not one.name.startswith("j") and one.address not in targets, f"a way past the load of CR3: {one}"
    raise AssertionError(f"{call}: CR3 is not loaded")


def check_mask(code):
    """What reads the table of CR3 values has masked its index, behind the comparison that can be mispredicted."""
    uses = [n for n, one in enumerate(code) if is_in("VCPU_WINDOW_CR3_TABLE", one.refers_to, CR3_TABLE_PAGES)]
    assert len(uses) == 1, f"the table of CR3 values is used {len(uses)} times"
    mask, address, load = code[uses[0] - 1 : uses[0] + 2]
    assert address.name == "lea" and address.operands.endswith(",%rdx"), f"the table's address: {address}"
    assert (load.name, load.operands) == ("mov", "(%rdx,%rax,8),%rax"), f"the load: {load}"
    assert (mask.name, mask.operands) == ("and", f"${C['L4_CLIENT_MAX'] - 1:#x},%eax"), f"no mask (rule 2): {mask}"
    assert load.address not in {one.target() for one in code}, f"a way past the mask: {load}"


def check_text():
    """All of it; mutants.py uses it, too."""
    code = list(instructions())
    assert len(code) > 500, f"only {len(code)} instructions"
    check_branches(code, kernel_symbols(OUT / "kernel" / "pecan.debug"))
    check_mask(code)


def test_text():
    check_text()
