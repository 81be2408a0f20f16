#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# debug.sh [GDB OPTION...]: QEMU with out/pecan.iso, stopped before its first instruction, and gdb in front of it with
# the symbols of microkernel, sigma0, root task and Linux. QEMU ends with gdb. docs/debugging.md
#
# From the environment what qemu.sh knows, and PECAN_KERNEL (out/kernel/pecan.debug), the kernel of another PECAN_ISO.
#
# The serial line is copied to out/log/debug.console; who wants to type connects to the socket that is named.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

command -v gdb >/dev/null || die "There is no gdb." "Install the package gdb, or use ./build.sh debug."

# A socket's path may not be long.
folder=$(mktemp -d)
qemu=
trap '[[ -z $qemu ]] || kill "$qemu" 2>/dev/null || true; rm -rf "$folder"' EXIT

mkdir -p "$OUT/log"
console=$OUT/log/debug.console
# A session of its own: Ctrl-C is for gdb, which stops the machine then.
QEMU_TERMINAL="socket,path=$folder/console,server=on,wait=off,logfile=$console" \
    setsid "$root/images/qemu.sh" iso -no-reboot -S -gdb "unix:$folder/gdb,server=on,wait=off" </dev/null &
qemu=$!
until [[ -S $folder/gdb ]]; do
    kill -0 "$qemu" 2>/dev/null || die "QEMU has not started."
    sleep 0.1
done
say "The console: tail -f ${console#"$root"/}; to type into it: socat -,raw,echo=0 unix:$folder/console"

# Breakpoints are virtual addresses for QEMU: they can be set before what they name is there.
gdb -q -ex "set confirm off" -ex "set pagination off" -ex "file ${PECAN_KERNEL:-$OUT/kernel/pecan.debug}" \
    -ex "add-symbol-file $OUT/sigma0/sigma0" -ex "add-symbol-file $OUT/roottask/roottask" \
    -ex "add-symbol-file $OUT/linux/build/vmlinux" -ex "target remote $folder/gdb" "$@"
