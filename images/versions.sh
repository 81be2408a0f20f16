#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# versions.sh: writes out/versions.txt: of what, and with which tools, this was built.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

# The number in the first line of what a tool says of itself.
tool() { say "$1 $("${@:2}" 2>/dev/null | sed -n '1s/.*[^0-9.]\([0-9][0-9]*\.[0-9.]*[^ )]*\).*/\1/p')"; }

{
    for name in linux busybox musl tcc; do
        # tcc is fetched only for the measurements.
        [[ ! -e $OUT/$name/version ]] || say "$name $(cat "$OUT/$name/version")"
    done
    tool gcc gcc --version
    tool binutils ld --version
    tool GRUB grub-mkrescue --version
    tool QEMU "${QEMU:-qemu-system-x86_64}" --version
} >"$OUT/versions.new"
install_if_changed "$OUT/versions.new" "$OUT/versions.txt" || true
rm "$OUT/versions.new"
