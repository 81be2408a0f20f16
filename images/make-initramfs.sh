#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make-initramfs.sh: out/initramfs.cpio.gz from BusyBox, images/base and the user's images/rootfs.
# make-initramfs.sh OUTPUT FOLDER FILE...: a cpio archive that only puts the FILEs into /FOLDER, or the folder that
# NAME=TREE names as /FOLDER/NAME; Linux
# unpacks several archives that stand one after the other in one file.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"

if (($# == 0)); then
    output=$OUT/initramfs.cpio.gz
    (cd "$tree" && mkdir -p bin dev etc proc root run sbin sys tmp usr/bin usr/sbin var)
    cp -a "$OUT/busybox/root/." "$tree"
    rm -f "$tree/linuxrc"
    ln -s bin/busybox "$tree/init"
    cp -r "$root/images/base/." "$tree"
    (cd "$root/images/rootfs" && find . -mindepth 1 ! -path ./README.md -print0 | cpio -0 -p -d -u --quiet "$tree")
else
    output=$1
    mkdir -p "$tree/$2"
    for file in "${@:3}"; do
        if [[ $file = *=* ]]; then cp -r "${file#*=}" "$tree/$2/${file%%=*}"; else cp -L "$file" "$tree/$2"; fi
    done
fi

# The same contents give the same archive: names sorted, root the owner of everything, one time for all.
find "$tree" -exec touch -h -d @0 {} +
mkdir -p "$(dirname "$output")"
(cd "$tree" && find . -print0 | LC_ALL=C sort -z |
    cpio --null --create --format=newc --owner=+0:+0 --reproducible --quiet) | gzip -6n >"$output.new"
mv "$output.new" "$output"
