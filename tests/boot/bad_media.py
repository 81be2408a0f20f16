#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a careless copy or a broken build leaves on a boot medium: bad_media.py VMLINUX INITRAMFS FOLDER"""

import struct
import sys
from pathlib import Path

MEBI = 1 << 20
BASE = 32 * MEBI  # free on every machine that the tests start


def program(*segments):
    """A static x86-64 executable of these (address, size) segments, all of them full of zeros in the file's end."""
    header = struct.pack(
        "<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, BASE, 64, 0, 0, 64, 56, len(segments), 0, 0, 0
    )
    size = 64 + 56 * len(segments)
    table = b"".join(struct.pack("<IIQQQQQQ", 1, 7, size, at, at, 16, length, 1) for at, length in segments)
    return header + table + bytes(16)


def main(vmlinux, initramfs, folder):
    vmlinux, initramfs = Path(vmlinux).read_bytes(), Path(initramfs).read_bytes()
    files = {
        "truncated": vmlinux[:MEBI],
        "no-program": b"#!/bin/sh\necho hello\n",
        "overlapping": program((BASE, 8192), (BASE + 4096, 8192)),
        "wrapping": program((BASE, 4096), (2**64 - 4096, 8192)),
        "half-initramfs": initramfs[: len(initramfs) // 2],
        # An archive of nothing but its end.
        "empty-initramfs": b"070701" + b"0" * 88 + b"0000000b" + b"0" * 8 + b"TRAILER!!!\0" + bytes(391),
        "no-initramfs": bytes(range(256)) * 256,
        # Too large for a machine of 64 MiB beside vmlinux; zeros, for the medium's sake.
        "large": bytes(48 * MEBI),
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


main(*sys.argv[1:])
