#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make-iso.sh OUTPUT MENU FILE...: an ISO that GRUB boots by BIOS and UEFI, with MENU as its grub.cfg
# and every FILE in /boot, under its own name or, given as NAME=FILE, as NAME.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

(($# >= 3)) || die "usage: make-iso.sh OUTPUT MENU FILE..."
output=$1 menu=$2
shift 2

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/boot/grub"
cp "$menu" "$tree/boot/grub/grub.cfg"
for file; do
    name=${file%%=*}
    [[ $file = *=* ]] || name=$(basename "$file")
    [[ -r ${file#*=} ]] || die "$output wants ${file#*=}, which is not there."
    # A hard link where possible: the tree is only read.
    cp -lL "${file#*=}" "$tree/boot/$name" 2>/dev/null || cp -L "${file#*=}" "$tree/boot/$name"
done

# No fonts, languages or themes: the console is a serial line.
mkdir -p "$(dirname "$output")"
log=$(grub-mkrescue --fonts= --locales= --themes= -o "$output.new" "$tree" 2>&1) ||
    die "grub-mkrescue could not make $output:" "$log"
mv "$output.new" "$output"
