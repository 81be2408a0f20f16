#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh [TARGET...]: install what the build needs and is missing, then 'make TARGET' (all; see
# 'make help'). Packages are installed on Debian and its kin, as root or through sudo; elsewhere the
# missing tools are listed.

set -euo pipefail
cd "$(dirname "$0")"

# package: how to tell that it is there (a command, a file, or a Python module)
needs=(
    'build-essential: g++' 'make: make' 'bc: bc' 'bison: bison' 'flex: flex' 'ccache: ccache' 'cpio: cpio' 'xz-utils: xz'
    'dpkg-dev: dpkg-source' 'patch: patch' 'libelf-dev: /usr/include/libelf.h'
    'qemu-system-x86: qemu-system-x86_64' 'grub-common: grub-mkrescue' 'grub-pc-bin: /usr/lib/grub/i386-pc'
    'grub-efi-amd64-bin: /usr/lib/grub/x86_64-efi' 'xorriso: xorriso' 'mtools: mformat'
    'debian-archive-keyring: /usr/share/keyrings/debian-archive-keyring.gpg'
)
# targets: package: how to tell. What only some targets need.
needs_of_targets=(
    'test unit: libgtest-dev: /usr/include/gtest/gtest.h'
    'test check format: clang-format: clang-format'
    'test check: clang-tidy: clang-tidy'
    'test check: shellcheck: shellcheck'
    'test check soak mutants bench-gate bench-ipc: python3-pytest: py.test-3'
    'test soak selftests compare trace mutants debug: python3-pexpect: module pexpect'
    'test soak: ovmf: /usr/share/ovmf/OVMF.fd'
    'test compare soak: gnuplot-nox: gnuplot'
    'test debug: gdb: gdb'
)

is_there() {
    case $1 in
    /*) [[ -e $1 ]] ;;
    module\ *) /usr/bin/python3 -c "import ${1#module }" 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

missing_packages() {
    local need
    for need; do
        is_there "${need#*: }" || printf '%s\n' "${need%%:*}"
    done
}

install_packages() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        printf 'pecan: these are missing (named as in Debian): %s\n' "$*"
        printf 'pecan: install them with the package manager of this system, then try again.\n'
        exit 1
    fi >&2
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
            printf 'pecan: packages are missing. As root: apt-get install --no-install-recommends %s\n' "$*" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    printf '[packages] installing %s\n' "$*"
    mkdir -p out/log
    # The first try may fail for package lists that are missing or older than the archive.
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q
        -o DPkg::Lock::Timeout=300 --no-install-recommends "$@")
    if ! "${install[@]}" >out/log/packages.log 2>&1; then
        { "${as_root[@]}" apt-get update -q && "${install[@]}"; } >>out/log/packages.log 2>&1 || {
            printf 'pecan: installing failed. The end of out/log/packages.log:\n'
            tail -n 15 out/log/packages.log
            exit 1
        } >&2
    fi
}

targets=("${@:-all}")
for need in "${needs_of_targets[@]}"; do
    for target in "${targets[@]}"; do
        [[ " ${need%%:*} " != *" $target "* ]] || needs+=("${need#*: }")
    done
done
mapfile -t missing < <(missing_packages "${needs[@]}")
((${#missing[@]} == 0)) || install_packages "${missing[@]}"

exec make "${targets[@]}"
