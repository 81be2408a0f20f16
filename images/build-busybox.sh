#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-busybox.sh: BusyBox, static against the C library of build-musl.sh, installed in
# out/busybox/root. Its configuration is BusyBox's defconfig with images/busybox.config on top.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

home=$OUT/busybox
build=$home/build
fragment=$root/images/busybox.config
jobs=()
[[ ${MAKEFLAGS:-} = *--jobserver* ]] || jobs=(-j "$(nproc)")
# The compiler is a script of ours, another one in every checkout; what counts is what it calls.
CCACHE_COMPILERCHECK="string:$(gcc --version | head -n 1), musl $(cat "$OUT/musl/version")"
export CCACHE_COMPILERCHECK

busybox_make() {
    make "${jobs[@]}" -C "$home/source" O="$build" HOSTCC="ccache gcc" CC="ccache $OUT/musl/bin/musl-gcc" "$@"
}

mkdir -p "$build"
if [[ ! -e $build/.config || $fragment -nt $build/.config ]]; then
    busybox_make defconfig
    # Of two lines for one option BusyBox's kconfig takes the first.
    cat "$fragment" "$build/.config" >"$build/wanted.config"
    mv "$build/wanted.config" "$build/.config"
    busybox_make oldconfig < <(yes '') >/dev/null
    lost=$(grep '^CONFIG_' "$fragment" | grep -vxFf "$build/.config" || true)
    [[ -z $lost ]] || die "BusyBox does not grant these options of images/busybox.config:" "$lost"
fi
busybox_make
rm -rf "$home/root"
busybox_make CONFIG_PREFIX="$home/root" install
touch "$home/root/bin/busybox"
