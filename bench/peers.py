# SPDX-License-Identifier: BSD-2-Clause
"""
PEERS="pti xen uml": other ways to keep Linux apart from its processes or from the machine, with the same programs in the
same QEMU. Each is compared with the native Linux that it differs from by nothing else:

  pti   Debian's kernel with page-table isolation, beside the same without
  xen   the same kernel as dom0 of Xen (PV), beside it alone
  uml   User-Mode Linux as a process of our native Linux, beside that
"""

import re
import subprocess
from pathlib import Path

import machine as machines
from sides import ICOUNT, IMAGES, Side, make

# What each needs: the variable that names the file, where Debian's package puts it, and that package.
FILES = {
    "kernel": ("PEER_KERNEL", "/boot/vmlinuz-*-amd64", "linux-image-amd64"),
    "xen": ("PEER_XEN", "/boot/xen-*-amd64.gz", "xen-hypervisor-4.17-amd64"),
    "uml": ("PEER_UML", "/usr/bin/linux.uml", "user-mode-linux"),
}
NEEDS = {"pti": ("kernel",), "xen": ("kernel", "xen"), "uml": ("uml",)}

# In the guest, where its initramfs lies beside it.
UML = "/bench/linux.uml mem=512M initrd=/bench/initramfs.cpio.gz con=null con0=fd:0,fd:1 quiet"

machines.PLATFORMS["xen"] = ("iso", "PECAN_ISO", "xen.iso")
machines.PLATFORMS["uml"] = ("native", "PECAN_INITRD", "uml.cpio.gz")


def installed(variables):
    """Of each kind the file that the environment names, or the newest that a package has brought, if there is one."""
    found = {}
    for kind, (variable, pattern, _) in FILES.items():
        named = variables.get(variable)
        paths = [Path(named)] if named else list(Path("/").glob(pattern[1:]))
        paths = sorted((path for path in paths if path.exists()), key=lambda path: path.stat().st_mtime)
        if paths:
            found[kind] = paths[-1]
    return found


def make_xen(found):
    files = (f"xen.gz={found['xen']}", f"vmlinuz={found['kernel']}", IMAGES / "initramfs.cpio.gz")
    make("make-iso.sh", IMAGES / "xen.iso", machines.ROOT / "bench" / "xen.cfg", *files)


def make_uml(found):
    """Our native initramfs, and one more archive: User-Mode Linux, the libraries that it wants, its own initramfs."""
    libraries = re.findall(r"(/lib\S*/([^/\s]+\.so\S*)) \(", subprocess.check_output(["ldd", found["uml"]], text=True))
    parts = [(machines.OUT / "initramfs.cpio.gz").read_bytes()]
    contents = {"bench": [f"linux.uml={found['uml']}", IMAGES / "initramfs.cpio.gz"]}
    for path, _ in libraries:
        contents.setdefault(str(Path(path).parent)[1:], []).append(path)
    for folder, files in contents.items():
        part = IMAGES / "uml.part"
        make("make-initramfs.sh", part, folder, *files)
        parts.append(part.read_bytes())
        part.unlink()
    (IMAGES / "uml.cpio.gz").write_bytes(b"".join(parts))


def sides_of(name, found, instructions):
    options = ICOUNT if instructions else ()
    reference = Side("pti-off", "native", options, "pti=off", found.get("kernel"))
    if name == "pti":
        return [reference, Side("pti", "native", options, "pti=on", found["kernel"])]
    if name == "xen":
        make_xen(found)
        return [reference, Side("xen", "xen", options, boots_alone=False)]
    make_uml(found)
    return [Side("uml", "uml", options, boots_alone=False, start=UML)]


def plan(names, found, instructions=False):
    """The sides to boot beside our own, and what is to be said of those that are not."""
    planned, notes = {}, []
    for name in names:
        if name not in NEEDS:
            raise ValueError(f"there is no peer {name}; there are: {', '.join(NEEDS)}")
        missing = [FILES[kind] for kind in NEEDS[name] if kind not in found]
        if missing:
            advice = ", ".join(f"install {package} or set {variable}" for variable, _, package in missing)
            notes.append(f"{name}: skipped, for what it needs is not there: {advice}")
        elif instructions and name != "pti":
            notes.append(f"{name}: skipped, for its instructions are not counted")
        else:
            planned |= {side.name: side for side in sides_of(name, found, instructions)}
    return list(planned.values()), notes
