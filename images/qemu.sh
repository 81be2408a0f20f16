#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# qemu.sh native|iso [QEMU OPTION...]: the one place that knows how QEMU is called.
#
#   native   out/linux/vmlinux by its PVH note, without the microkernel
#   iso      out/pecan.iso, or the one that PECAN_ISO names
#
# The serial line COM1 is this terminal; Ctrl-C and all other keys go to the guest. Ctrl-A X ends QEMU,
# Ctrl-A C is its monitor. From the environment:
#
#   QEMU_FIRMWARE (bios): or uefi, which wants Debian's package ovmf, or the name of a firmware image
#   QEMU_ACCEL (tcg)  QEMU_CPU (max)  QEMU_MEM (1G)  QEMU_SMP (1)  QEMU (qemu-system-x86_64)
#   QEMU_TERMINAL (stdio,signal=off): the other end of COM1 and monitor, as a chardev of QEMU
#   PECAN_KERNEL (out/linux/vmlinux)  PECAN_INITRD (out/initramfs.cpio.gz)
#   PECAN_CMDLINE: more for the command line of native Linux

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

qemu=${QEMU:-qemu-system-x86_64}
command -v "$qemu" >/dev/null || die "There is no $qemu." "Install the package qemu-system-x86, or let QEMU name another."

how=${1:-}
case $how in
native)
    boot=(-kernel "${PECAN_KERNEL:-$OUT/linux/vmlinux}" -initrd "${PECAN_INITRD:-$OUT/initramfs.cpio.gz}"
        -append "console=ttyS0 ${PECAN_CMDLINE:-}")
    ;;
iso) boot=(-cdrom "${PECAN_ISO:-$OUT/pecan.iso}") ;;
*) die "usage: qemu.sh native|iso [QEMU OPTION...]" ;;
esac
shift

firmware=()
case ${QEMU_FIRMWARE:-bios} in
bios) ;;
uefi) firmware=(-bios /usr/share/ovmf/OVMF.fd) ;;
*) firmware=(-bios "$QEMU_FIRMWARE") ;;
esac
[[ ${#firmware[@]} = 0 || -r ${firmware[1]} ]] ||
    die "There is no firmware ${firmware[1]}." "Install the package ovmf, or let QEMU_FIRMWARE name another."

exec "$qemu" -accel "${QEMU_ACCEL:-tcg}" -cpu "${QEMU_CPU:-max}" -m "${QEMU_MEM:-1G}" -smp "${QEMU_SMP:-1}" \
    -display none -vga none -nic none -no-user-config \
    -chardev "${QEMU_TERMINAL:-stdio,signal=off},id=terminal,mux=on" -serial chardev:terminal -mon chardev=terminal \
    "${firmware[@]}" "${boot[@]}" "$@"
