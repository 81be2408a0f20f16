#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-musl.sh: the C library, static and shared, and Linux's user headers in out/musl; programs are compiled by
# out/musl/bin/musl-gcc. The headers come from Linux itself, so both fit.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

prefix=$OUT/musl
build=$prefix/build
jobs=()
[[ ${MAKEFLAGS:-} = *--jobserver* ]] || jobs=(-j "$(nproc)")

mkdir -p "$build"
cd "$build"
[[ config.mak -nt $root/images/build-musl.sh ]] || "$prefix/source/configure" --prefix="$prefix" \
    --syslibdir="$prefix/lib" --enable-wrapper=gcc CC=gcc
make "${jobs[@]}" CC="ccache gcc" WRAPCC_GCC=gcc
make install CC="ccache gcc" WRAPCC_GCC=gcc

# Not headers_install, which would want rsync. A build folder of its own keeps clear of Linux's build.
make "${jobs[@]}" -C "$OUT/linux/source" O="$build/linux" ARCH=x86_64 headers
cd "$build/linux/usr/include"
find . -name '*.h' -exec cp --parents -t "$prefix/include" {} +
touch "$prefix/bin/musl-gcc"
