#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# sync-linux.sh: bring out/linux/source up to date with this tree: the overlay l4linux/, the shared
# headers include/l4/ and the patches of patches/linux-6.12. Writes only files whose content changes,
# so that make compiles only what depends on them. Prints what it changed.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

home=$OUT/linux
source=$home/source
pristine=$home/pristine # as they were before our patches: the files that patches touch
patches=$root/patches/linux-6.12
[[ -d $source ]] || die "There is no Linux source in $source." "Fetch it with: make sources"

changed() { say "  $1 ${2#./}"; }

# "FROM<tab>TO" for every file that Linux gains. configs/ and README.md are for people and this build.
overlay_files() {
    [[ ! -d $root/l4linux ]] || find "$root/l4linux" -type f ! -path "$root/l4linux/configs/*" \
        ! -path "$root/l4linux/README.md" ! -name '*~' ! -name '*.swp' -printf '%p\t%P\n'
    [[ ! -d $root/include/l4 ]] || find "$root/include/l4" -type f -name '*.h' -printf '%p\tinclude/l4/%P\n'
}

# The overlay only adds files: what Linux has already is edited by a patch that says why.
sync_overlay() {
    local from to old=$home/overlay.list new=$home/overlay.list.new
    touch "$old"
    overlay_files | sort >"$new"
    while IFS=$'\t' read -r from to; do
        if [[ -e $source/$to ]] && ! grep -qxF -- "$to" "$old"; then
            die "The overlay has ${from#"$root"/}, but Linux has a file $to of its own." \
                "Rename ours, or edit Linux's by a patch in patches/linux-6.12."
        fi
        # Listed before it is copied: an interrupted run knows its own files the next time.
        printf '%s\n' "$to" >>"$old"
        if install_if_changed "$from" "$source/$to"; then changed copied "$to"; fi
    done <"$new"
    cut -f 2 "$new" >"$new.names"
    sort -u "$old" | comm -23 - <(sort "$new.names") | while read -r to; do
        rm -f "$source/$to"
        changed removed "$to"
    done
    mv "$new.names" "$old"
    rm "$new"
}

patch_names() { sed 's/[[:space:]]*#.*//; s/[[:space:]]*$//; /^$/d' "$patches/series" 2>/dev/null || true; }

# The patches are applied to pristine copies, and only a file whose result differs from what the source
# has is written: after an edit of one patch, make sees the files of that patch as changed.
sync_patches() {
    local name file work=$home/patched
    rm -rf "$work"
    mkdir -p "$work" "$pristine"
    while read -r name; do
        [[ -r $patches/$name ]] || die "patches/linux-6.12/series names $name, which is not there."
        sed -n 's|^--- a/\([^[:space:]]*\).*|\1|p; s|^+++ b/\([^[:space:]]*\).*|\1|p' "$patches/$name"
    done < <(patch_names) | sort -u >"$work.files"

    while read -r file; do
        if [[ ! -e $pristine/$file ]]; then
            [[ -e $source/$file ]] || die "A patch of patches/linux-6.12 touches $file, which Linux does not have." \
                "New files belong into the overlay l4linux/."
            mkdir -p "$(dirname "$pristine/$file")"
            cp -p "$source/$file" "$pristine/$file.new"
            mv "$pristine/$file.new" "$pristine/$file"
        fi
        mkdir -p "$(dirname "$work/$file")"
        cp -p "$pristine/$file" "$work/$file"
    done <"$work.files"

    while read -r name; do
        patch -d "$work" -p1 -s -f --no-backup-if-mismatch <"$patches/$name" >"$work.log" 2>&1 || {
            cat "$work.log"
            die "patches/linux-6.12/$name does not apply to Linux $(cat "$home/version")." \
                "The rejected parts lie in ${work#"$root"/} (*.rej)."
        }
    done < <(patch_names)

    (cd "$pristine" && find . -type f) | while read -r file; do
        if [[ -e $work/$file ]]; then
            if install_if_changed "$work/$file" "$source/$file"; then changed patched "$file"; fi
        elif install_if_changed "$pristine/$file" "$source/$file"; then
            changed restored "$file"
        fi
    done
    rm -rf "$work" "$work.files" "$work.log"
}

sync_overlay
sync_patches
