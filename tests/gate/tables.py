# SPDX-License-Identifier: BSD-2-Clause
"""
The checker of docs/gate.md, rule 20: reads page tables, GDT, IDT, TSS and control registers of a machine that stands
still, and asserts what TCG does not enforce. Each function raises an AssertionError that names the place.
"""

import re
import struct
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

P, W, U, ACCESSED, LARGE, GLOBAL, PINNED, NX = 1, 2, 4, 1 << 5, 1 << 7, 1 << 8, 1 << 9, 1 << 63
ADDRESS = 0x000FFFFFFFFFF000
PAGE = 4096


def constants():
    """The numbers of layout.hpp and vcpu.h, by name."""
    values = {}
    for header in ("kernel/arch/x86/gate/layout.hpp", "include/l4/vcpu.h"):
        for name, text in re.findall(r"^#define (\w+) (0x[0-9a-fA-F]+|\d+|[A-Z]\w+)U?L?\b", (ROOT / header).read_text(), re.M):
            values[name] = values[text] if text in values else int(text, 0) if text[0].isdigit() else None
    return values


C = constants()
IST = {1: 1, 2: 2, 8: 3, 18: 4}  # vector: stack
LAST_IST = 4
DPL3_VECTORS = {3, 4, 0x80}


def canonical(address):
    return address | 0xFFFF << 48 if address >> 47 & 1 else address


class Leaf:
    def __init__(self, address, size, entry, user, write, no_execute):
        self.address, self.size, self.entry = address, size, entry
        self.user, self.write, self.no_execute = user, write, no_execute
        self.frame = entry & ADDRESS & ~(size - 1)

    def __str__(self):
        return f"{self.address:x} -> {self.frame:x} ({self.entry:x})"


class Tables:
    """What a machine shows: `machine` stands still, `symbols` are the kernel's."""

    def __init__(self, machine, symbols):
        self.memory, self.r, self.symbols = machine.memory(), machine.registers(), symbols
        heap = re.search(r"kernel: image ([0-9a-f]+)\.\.([0-9a-f]+), heap ([0-9a-f]+)\.\.([0-9a-f]+)", machine.output)
        self.kernel_frames = [(int(heap.group(i), 16), int(heap.group(i + 1), 16)) for i in (1, 3)]
        self.root = self.r["CR3"]

    # ---- Reading ----

    def word(self, physical):
        return int.from_bytes(self.memory[physical : physical + 8], "little")

    def table(self, physical):
        return struct.unpack_from("<512Q", self.memory, physical)

    def leaves(self, root, slots):
        """All leaves below the slots. The tables are frames of the microkernel's."""

        def below(table, level, address, user, write, no_execute):
            assert self.is_kernels(table), f"a table of {root:x} at {table:x}, which is not the microkernel's"
            for index, entry in enumerate(self.table(table)):
                if entry == 0 or (level == 4 and index not in slots):
                    continue
                where = address | index << (12 + 9 * (level - 1))
                assert entry & P, f"{where:x}: an absent entry is not zero (rule 13): {entry:x}"
                assert not entry & GLOBAL or (level > 1 and not entry & LARGE), f"{where:x}: global (rule 1): {entry:x}"
                rights = user and entry & U, write and entry & W, no_execute or entry & NX
                if level == 1 or entry & LARGE:
                    yield Leaf(canonical(where), 1 << (12 + 9 * (level - 1)), entry, *map(bool, rights))
                else:
                    yield from below(entry & ADDRESS, level - 1, where, *rights)

        return below(root & ADDRESS, 4, 0, True, True, False)

    def physical(self, address, root=None):
        table = (root or self.root) & ADDRESS
        for level in (4, 3, 2, 1):
            entry = self.word(table + 8 * (address >> (12 + 9 * (level - 1)) & 511))
            assert entry & P, f"{address:x} is not mapped"
            if level == 1 or entry & LARGE:
                size = 1 << (12 + 9 * (level - 1))
                return (entry & ADDRESS & ~(size - 1)) | address & (size - 1)
            table = entry & ADDRESS

    def virtual_word(self, address):
        return self.word(self.physical(address))

    def is_kernels(self, frame, size=PAGE):
        return any(first < frame + size and frame <= last for first, last in self.kernel_frames)

    def is_vcpus(self):
        """The tables are a server's or a client's: they have a server's half."""
        return self.table(self.root)[272] != 0

    def server(self):
        """What tells the servers apart: the upper half of their tables."""
        return tuple(entry & ~ACCESSED for entry in self.table(self.root)[272:])

    # ---- Page tables: rules 1, 6, 18 ----

    def check_page_tables(self):
        assert self.root & ~ADDRESS == 0, f"CR3 with flags or a tag: {self.root:x}"
        if self.is_vcpus():
            self.check_vcpu_root(self.root)
            self.check_server_half(self.root)
            self.check_cr3_table()
        else:
            self.check_ordinary_root()

    def check_gate(self, leaves, vcpu):
        """Slot 256: nothing but the pages of layout.hpp, each with its rights."""
        expected = {}  # address: write, no execute, user
        for page in range(C["GATE_TEXT_PAGES"]):
            expected[C["GATE_BASE"] + page * PAGE] = (False, False, False)
        expected[C["STUB_PAGE"]] = (False, False, not vcpu)
        for page in ("GATE_READ_ONLY", "GATE_IDT"):
            expected[C[page]] = (False, True, False)
        for page in ("GATE_SCRATCH", "GATE_IST"):
            expected[C[page]] = (True, True, False)
        if vcpu:
            expected[C["VCPU_WINDOW"]] = (True, True, False)
            for page in range(C["L4_CLIENT_MAX"] * 8 // PAGE):
                expected[C["VCPU_WINDOW_CR3_TABLE"] + page * PAGE] = (False, True, False)
        optional = set() if vcpu else {C["IO_BITMAP"], C["IO_BITMAP"] + PAGE}
        for leaf in leaves:
            if leaf.address in optional:
                assert leaf.no_execute and not leaf.write and not leaf.user, f"the I/O bitmap: {leaf}"
                continue
            assert leaf.address in expected, f"not a page of the gate: {leaf}"
            # The text has fewer pages than there is room for.
            rights = expected.pop(leaf.address)
            assert (leaf.write, leaf.no_execute, leaf.user) == rights, f"rights of a gate page: {leaf}"
        text = {C["GATE_BASE"] + page * PAGE for page in range(1, C["GATE_TEXT_PAGES"])}
        assert not set(expected) - text, f"missing in the gate: {[hex(a) for a in expected]}"

    def check_vcpu_root(self, root):
        """What each client has for itself, and slot 256."""
        pml4 = self.table(root)
        for slot in range(257, 272):
            assert pml4[slot] == 0, f"slot {slot} of {root:x} (rule 1): {pml4[slot]:x}"
        self.check_gate(self.leaves(root, [256]), vcpu=True)
        for leaf in self.leaves(root, range(256)):
            assert leaf.user, f"U bit (rule 18): {leaf}"
            assert leaf.address < C["L4_CLIENT_AREA_END"], f"the last page (rule 18): {leaf}"
            assert not leaf.entry & PINNED, f"a kernel page in a client: {leaf}"
            assert not self.is_kernels(leaf.frame, leaf.size), f"a frame of the microkernel's: {leaf}"

    def check_server_half(self, root):
        gate = {leaf.frame for leaf in self.leaves(root, [256]) if leaf.address != C["VCPU_WINDOW"]}
        for leaf in self.leaves(root, range(272, 512)):
            assert not leaf.user, f"U bit (rule 18): {leaf}"
            if leaf.entry & PINNED:
                # Interface page, UTCBs, vCPU pages: the last two are there to be written.
                assert self.is_kernels(leaf.frame) and leaf.size == PAGE, f"pinned, but not the microkernel's: {leaf}"
                assert leaf.frame not in gate, f"a page of the gate: {leaf}"
                assert leaf.no_execute or not leaf.write, f"write and execute: {leaf}"
            else:
                assert not self.is_kernels(leaf.frame, leaf.size), f"a frame of the microkernel's: {leaf}"

    def check_cr3_table(self):
        """Every CR3 value that the gate would load is a table of this server (rules 2 and 18)."""
        mine = [entry & ~ACCESSED for entry in self.table(self.root)[256:]]
        values = []
        for page in range(C["L4_CLIENT_MAX"] * 8 // PAGE):
            values += self.table(self.physical(C["VCPU_WINDOW_CR3_TABLE"] + page * PAGE))
        assert self.root in values, "the loaded table is none that the gate knows"
        assert values[0] != 0 and not any(self.table(values[0])[:256]), "client 0 has a lower half"
        for number, value in enumerate(values):
            if value == 0:
                continue
            assert value & ~ADDRESS == 0 and self.is_kernels(value), f"CR3 of client {number}: {value:x}"
            upper = [entry & ~ACCESSED for entry in self.table(value)[256:]]
            assert upper == mine, f"client {number} has another upper half"
        roots = [value for value in values if value]
        assert len(set(roots)) == len(roots), "two clients share a PML4"
        for value in roots:
            self.check_vcpu_root(value)

    def check_ordinary_root(self):
        pml4 = self.table(self.root)
        for slot in range(259, 512):
            assert pml4[slot] == 0, f"slot {slot} of an ordinary space: {pml4[slot]:x}"
        self.check_gate(self.leaves(self.root, [256]), vcpu=False)
        for leaf in self.leaves(self.root, [257, 258]):
            assert not leaf.user, f"a page of the microkernel's for all: {leaf}"
            assert not (leaf.write and not leaf.no_execute), f"write and execute: {leaf}"
        for leaf in self.leaves(self.root, range(256)):
            assert leaf.user, f"U bit: {leaf}"
            assert not self.is_kernels(leaf.frame) or leaf.entry & PINNED, f"a frame of the microkernel's: {leaf}"

    # ---- Descriptors: rules 3, 9, 16 ----

    def check_gdt(self):
        base, limit = self.r["GDT"]
        assert (base, limit) == (C["GATE_READ_ONLY"], C["GDT_ENTRIES"] * 8 - 1), f"GDTR: {base:x} {limit:x}"
        dpl = {1: 1, C["L4_SERVER_CS"] >> 3: 1, C["L4_SERVER_SS"] >> 3: 1, C["KERNEL_CS"] >> 3: 0, C["KERNEL_SS"] >> 3: 0}
        for name in ("L4_CLIENT_CS", "L4_CLIENT_CS32", "L4_CLIENT_SS"):
            dpl[C[name] >> 3] = 3
        # A server's own, which no ordinary task may find.
        tls = range(12, 16) if self.is_vcpus() or self.r["CPL"] == 0 else []
        tss = C["KERNEL_TSS"] >> 3
        for index in range(C["GDT_ENTRIES"]):
            entry = self.virtual_word(base + 8 * index)
            what = f"GDT entry {index} (rule 9): {entry:x}"
            if index in (tss, tss + 1):
                continue
            if entry == 0:
                assert index not in dpl, what
                continue
            assert index in dpl or index in tls, what
            access = entry >> 40 & 0xFF
            assert access & 0x90 == 0x90, f"{what}: no present segment"
            assert access & 1, f"{what}: not accessed"
            assert access >> 5 & 3 == dpl.get(index, 3), f"{what}: DPL"
            is_code, is_long = access & 8, entry >> 53 & 1
            assert not (is_code and access & 4), f"{what}: conforming"
            allowed_long = index in (C["L4_SERVER_CS"] >> 3, C["L4_CLIENT_CS"] >> 3, C["KERNEL_CS"] >> 3)
            assert is_long == allowed_long, f"{what}: 64-bit code"
        access = self.virtual_word(base + 8 * tss) >> 40 & 0xFF
        assert access == 0x8B, f"the TSS's descriptor: {access:x}"
        assert self.r["TR"][0] == C["KERNEL_TSS"], f"TR: {self.r['TR']}"
        assert self.r["LDT"][0] == 0, f"LDTR: {self.r['LDT']}"

    def check_idt(self):
        base, limit = self.r["IDT"]
        assert (base, limit) == (C["GATE_IDT"], 256 * 16 - 1), f"IDTR: {base:x} {limit:x}"
        for vector in range(256):
            low, high = (self.virtual_word(base + 16 * vector + word) for word in (0, 8))
            what = f"vector {vector} (rule 9): {low:x} {high:x}"
            offset = low & 0xFFFF | (low >> 48 & 0xFFFF) << 16 | (high & 0xFFFFFFFF) << 32
            assert offset == self.symbols["gate_vectors"] + 16 * vector, f"{what}: offset"
            assert low >> 16 & 0xFFFF == C["KERNEL_CS"], f"{what}: selector"
            assert low >> 32 & 0xFF == IST.get(vector, 0), f"{what}: stack (rules 3 and 12)"
            assert low >> 40 & 0x9F == 0x8E, f"{what}: no present interrupt gate"
            assert low >> 45 & 3 == (3 if vector in DPL3_VECTORS else 0), f"{what}: DPL"
            assert high >> 32 == 0, f"{what}: reserved"

    def check_tss(self):
        _, base, limit = self.r["TR"]
        words = [self.virtual_word(base + 4 + 8 * i) for i in range(12)]
        rsp, ists = words[:3], words[4:11]
        io_base = self.virtual_word(base + 96) >> 48
        assert rsp[1:] == [0, 0] and ists[LAST_IST:] == [0, 0, 0], "stacks that nobody needs"
        places = [ist - (n + 1) * C["GATE_IST_SIZE"] for n, ist in enumerate(ists[:LAST_IST])]
        assert len(set(places)) == 1, f"the abort stacks: {[hex(i) for i in ists]}"
        if self.is_vcpus():
            assert rsp[0] == C["GATE_STACK_TOP"], f"RSP0: {rsp[0]:x}"
            assert places[0] == C["GATE_IST"], f"abort stacks (rule 6): {places[0]:x}"
            assert io_base > limit, f"the I/O bitmap is open (rule 16): {io_base:x}"
        elif self.r["CPL"] == 3:
            assert C["DIRECT_MAP_BASE"] <= rsp[0] < C["DIRECT_MAP_BASE"] + (1 << 39), f"RSP0 (rule 6): {rsp[0]:x}"
            assert places[0] >> 21 == C["CPU_LOCAL_BASE"] >> 21, f"abort stacks (rule 6): {places[0]:x}"

    # ---- Registers: rule 10 ----

    def check_control_registers(self):
        cr0, cr4, efer = self.r["CR0"], self.r["CR4"], self.r["EFER"]
        # PE MP NE WP AM PG; ET is fixed. EM, TS, NW, CD are off.
        assert cr0 == 0x80050033, f"CR0: {cr0:x}"
        required = {"DE": 3, "PAE": 5, "MCE": 6, "OSFXSR": 9, "OSXMMEXCPT": 10, "FSGSBASE": 16, "OSXSAVE": 18, "SMEP": 20}
        for name, bit in required.items():
            assert cr4 >> bit & 1, f"CR4.{name} is off"
        assert cr4 == sum(1 << bit for bit in required.values()), f"CR4 has more than it should: {cr4:x}"
        assert efer == 0xD01, f"EFER: {efer:x}"
        if self.r["CPL"] == 0:
            assert self.r.get("DR7", 0x400) & 0xFF == 0, f"breakpoints in the microkernel (rule 3): {self.r['DR7']:x}"
        else:
            assert self.r["RFL"] & 0x3000 == 0, f"I/O privilege (rule 11): {self.r['RFL']:x}"
            assert self.r["RFL"] & 0x200, f"interrupts are off (rule 11): {self.r['RFL']:x}"

    def check_all(self):
        self.check_page_tables()
        self.check_gdt()
        self.check_idt()
        self.check_tss()
        self.check_control_registers()


STAR, LSTAR, CSTAR, SFMASK = 0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084
SYSENTER_CS, DEBUGCTL, XSS, XFD, PAT = 0x174, 0x1D9, 0xDA0, 0x1C4, 0x277
X87, SSE, AVX, AVX512 = 1, 2, 4, 0xE0


def check_msrs(machine, symbols, vcpu):
    """In the debugger, at CPL 0: what a system call meets."""
    expected = {
        STAR: C["L4_CLIENT_CS32"] << 48 | C["KERNEL_CS"] << 32,
        LSTAR: symbols["gate_syscall" if vcpu else "kernel_syscall"],
        CSTAR: symbols["gate_syscall32" if vcpu else "kernel_syscall32"],
        SFMASK: 0x257FD5,
        SYSENTER_CS: 0,
        DEBUGCTL: 0,
        XSS: 0,
        XFD: 0,  # TCG has none, and reads one that it has not as 0
        PAT: 0x0007050100070406,
    }
    for number, value in expected.items():
        seen = machine.msr(number)
        assert seen == value, f"MSR {number:x} (rule 10): {seen:x}, not {value:x}"
    features = machine.xcr0()
    assert features in (X87 | SSE, X87 | SSE | AVX, X87 | SSE | AVX | AVX512), f"XCR0 (rule 10): {features:x}"


def kernel_symbols(kernel):
    lines = subprocess.run(["nm", kernel], text=True, capture_output=True, check=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in map(str.split, lines)}
