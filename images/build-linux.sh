#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-linux.sh: build out/linux/vmlinux, the one file that boots natively and on Pecan, from
# out/linux/source as sync-linux.sh left it. Symbols stay in out/linux/build (vmlinux, System.map).

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

build=$OUT/linux/build
configs=$root/l4linux/configs
mkdir -p "$build"

# Under a make with a job server (our Makefile) its jobs are shared.
jobs=()
[[ ${MAKEFLAGS:-} = *--jobserver* ]] || jobs=(-j "$(nproc)")

# The same sources give the same file, whoever builds them, wherever and whenever.
KBUILD_BUILD_TIMESTAMP=$(date -u -r "$OUT/linux/source/COPYING")
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_VERSION=1 KBUILD_BUILD_USER=pecan KBUILD_BUILD_HOST=pecan

linux_make() { make "${jobs[@]}" -C "$OUT/linux/source" O="$build" ARCH=x86_64 LOCALVERSION= CC="ccache gcc" "$@"; }

# Configure anew only if a fragment or a Kconfig file has changed: it takes seconds.
asked=$build/asked.config
cat "$configs/pecan.config" >"$asked.new"
# Linux knows the options of the Pecan platform only once the patches are in.
if [[ -e $configs/l4.config ]] && grep -q arch/x86/l4/Kconfig "$OUT/linux/source/arch/x86/Kconfig"; then
    cat "$configs/l4.config" >>"$asked.new"
fi
if ! cmp -s "$asked.new" "$asked" || [[ ! -e $build/.config ]] ||
    [[ -n $(find "$OUT/linux/source" -name 'Kconfig*' -newer "$build/.config" -print -quit) ]]; then
    linux_make KCONFIG_ALLCONFIG="$asked.new" allnoconfig
    touch "$build/.config"
    on=$(grep '^CONFIG_' "$asked.new" | grep -vxFf "$build/.config" || true)
    off=$(sed -n 's/^# \(CONFIG_[A-Z0-9a-z_]*\) is not set$/\1=y/p' "$asked.new" | grep -xFf "$build/.config" || true)
    [[ -z $on ]] || die "Linux does not grant these options of l4linux/configs:" "$on" \
        "See in its Kconfig files what they depend on."
    [[ -z $off ]] || die "l4linux/configs wants these off, but other options of Linux select them:" "$off"
    mv "$asked.new" "$asked"
else
    rm "$asked.new"
fi

linux_make vmlinux
if ! [[ $OUT/linux/vmlinux -nt $build/vmlinux ]]; then
    strip --strip-all -o "$OUT/linux/vmlinux.new" "$build/vmlinux"
    mv "$OUT/linux/vmlinux.new" "$OUT/linux/vmlinux"
fi
touch "$OUT/linux/vmlinux"
