#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-tcc.sh: the compiler of the measurement job-compile in out/tcc/root, whose contents go to /bench/tcc of
# the guest: a static tcc, the C library to link with, its headers, and tcc's own source as the program to
# compile. Linux's headers stay out.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

home=$OUT/tcc
build=$home/build
tree=$home/root
musl=$OUT/musl
guest=/bench/tcc

rm -rf "$build" "$tree"
mkdir -p "$build" "$tree"
cd "$build"
# Its Makefile builds the run-time library by the tcc that it has just built.
"$home/source/configure" --prefix="$guest" --tccdir="$guest" --config-musl --cc="ccache $musl/bin/musl-gcc" \
    --extra-cflags="-O2 -w" --extra-ldflags=-static \
    --crtprefix="$guest/lib" --libpaths="$guest/lib" --sysincludepaths="$guest/include:$guest/libc"
make tcc
make libtcc1.a XFLAGS="-B$home/source -I$home/source/include -I$build -I$musl/include"

mkdir -p "$tree/lib" "$tree/libc" "$tree/source"
cp tcc libtcc1.a "$tree"
cp -r "$home/source/include" "$tree"
cp "$musl"/lib/{crt1.o,crti.o,crtn.o,libc.a} "$tree/lib"
cp -r "$musl"/include/{*.h,arpa,bits,net,netinet,sys} "$tree/libc"
# Where things are stands in the command line above; the program to compile must know it too.
{
    cat config.h
    printf '#define CONFIG_TCC_%s\n' "CRTPREFIX \"$guest/lib\"" "LIBPATHS \"$guest/lib\"" \
        "SYSINCLUDEPATHS \"$guest/include:$guest/libc\""
} >"$tree/source/config.h"
cp "$home/source"/{tcc,libtcc,tccpp,tccgen,tccelf,tccasm,tccrun,tcctools,x86_64-gen,x86_64-link,i386-asm}.c \
    "$home/source"/*.h "$home/source/stab.def" "$tree/source"
touch "$tree/tcc"
