# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the scripts of this folder: where things are, and how to stop with a reason.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OUT=${OUT:-out}
[[ $OUT = /* ]] || OUT=$root/$OUT
cache=${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/pecan

# Compilers look into the cache of compiled objects first; it is shared by all checkouts of one user,
# so paths are hashed relative to the checkout.
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

say() { printf '%s\n' "$*"; }

die() {
    printf 'pecan: %s\n' "$@" >&2
    exit 1
}

# install_if_changed FROM TO: copies only a file whose content differs, because make goes by the time
# of the last change. Succeeds if it copied.
install_if_changed() {
    cmp -s "$1" "$2" && return 1
    mkdir -p "$(dirname "$2")"
    cp "$1" "$2"
}
