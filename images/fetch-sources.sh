#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# fetch-sources.sh linux|busybox|musl|tcc: leave the unpacked source in out/NAME/source and its version in
# out/NAME/version. Does nothing if that is there already and comes from where it should.
#
# Sources are Debian's, through an apt state of our own: own sources list, package lists and cache, so
# the user's apt configuration is only read. What apt downloads it checks against the signed indexes
# of the archive; no version or hash stands in this tree, since old versions vanish from the archive.
# LINUX_TARBALL, BUSYBOX_TARBALL, MUSL_TARBALL or TCC_TARBALL names a local tarball to take instead.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
state=$cache/apt
archives=$cache/archives

# Suites, one "URI SUITE" a line: those of the user's Debian mirrors, none elsewhere (Ubuntu); and Debian's own.
users_suites() {
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(ORIGIN)|$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
        sed -n 's/^Debian|//p' | sort -u
}
debians_suites='http://deb.debian.org/debian bookworm
http://deb.debian.org/debian-security bookworm-security'

# Written anew each time, so that a changed mirror or proxy of the user counts at once.
write_apt_state() {
    local uri suite options=
    [[ -e $keyring ]] && options="[signed-by=$keyring]"
    mkdir -p "$state"/{lists/partial,cache/archives/partial} "$archives"
    while read -r uri suite; do
        printf '%s %s %s %s main\n' deb "$options" "$uri" "$suite" deb-src "$options" "$uri" "$suite"
    done <<<"$1" >"$state/sources.list"
    : >"$state/status"
    {
        # How to reach the network is the user's own affair: proxies, retries, time-outs.
        apt-config dump | grep '^Acquire::'
        cat <<-END
		Dir::Etc::Main "/dev/null";
		Dir::Etc::Parts "/dev/null";
		Dir::Etc::SourceList "$state/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::State "$state";
		Dir::State::Lists "$state/lists";
		Dir::State::Status "$state/status";
		Dir::Cache "$state/cache";
		APT::Sandbox::User "";
		Acquire::Languages "none";
		END
    } >"$state/apt.conf"
}

private_apt() { APT_CONFIG=$state/apt.conf apt-get -q "$@"; }

# The stamp holds the suites that the lists are of.
update_lists() {
    private_apt update && printf '%s\n' "$1" >"$state/updated"
}

# download_from SUITES COMMAND...: lists of today are good enough. If they name a file that the archive has dropped
# meanwhile, or the archive cannot be reached but the cache has the files, the second try finds out.
download_from() {
    local suites=$1 fresh
    shift
    write_apt_state "$suites"
    fresh=$(find "$state/updated" -mmin -720 2>/dev/null || true)
    if [[ -z $fresh || $(cat "$state/updated") != "$suites" ]]; then
        update_lists "$suites" || say "The Debian archive cannot be reached now; trying what the cache holds."
    fi
    "$@" && return
    update_lists "$suites" && "$@"
}

# download WHAT COMMAND...: where the user's own apt looks, or if it does not have that (another release), at Debian's.
download() {
    local what=$1 users
    shift
    users=$(users_suites)
    if [[ -n $users && $users != "$debians_suites" ]]; then
        download_from "$users" "$@" && return
        say "The suites of this system's apt did not give $what; trying Debian's own."
    fi
    download_from "$debians_suites" "$@" && return
    die "Debian's archive did not give $what. These suites were asked:" \
        "$(printf '%s\n' "$users" "$debians_suites" | sed '/^$/d' | sort -u | paste -sd, | sed 's/,/, /g')" "$hint"
}

download_linux() { private_apt download linux-source-6.12; }
download_source() { private_apt source --download-only --only-source "$1"; }

# from_debian NAME TREE: download and unpack NAME into the folder TREE.
from_debian() {
    local name=$1 tree=$2 hint file
    hint="Check the network, or let ${name^^}_TARBALL name a local source tarball."
    command -v apt-get >/dev/null || die "This system has no apt to fetch the source of $name with." "$hint"
    mkdir -p "$archives/$name"
    exec 9>"$cache/lock" && flock 9
    cd "$archives/$name"
    if [[ $name = linux ]]; then
        download linux-source-6.12 download_linux
        # shellcheck disable=SC2012 # the names are Debian's: no odd characters
        file=$(ls -t linux-source-6.12_*.deb | head -n 1)
        find . -name 'linux-source-*.deb' ! -name "$file" -delete
        dpkg-deb --fsys-tarfile "$file" | tar -xO ./usr/src/linux-source-6.12.tar.xz |
            tar -xJ --strip-components=1 -C "$tree"
        dpkg-deb -f "$file" Version >"$tree.version"
    else
        download "the source of $name" download_source "$name"
        # shellcheck disable=SC2012
        file=$(ls -t "$name"_*.dsc | head -n 1)
        rmdir "$tree"
        dpkg-source --no-copy --no-check -x "$file" "$tree" # apt has checked it
        sed -n 's/^Version: //p' "$file" >"$tree.version"
    fi
    flock -u 9
}

from_tarball() {
    [[ -r $2 ]] || die "${1^^}_TARBALL names $2, which cannot be read." "Give the full path of a source tarball."
    tar -xf "$2" --strip-components=1 -C "$3" || die "$2 (${1^^}_TARBALL) is no source tarball that tar can unpack."
    basename "$2" >"$3.version"
}

# The patches are written for one branch of Linux.
check_linux() {
    local version
    version=$(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) *= *//p' "$1/Makefile" 2>/dev/null | paste -sd.)
    [[ $version = 6.12.* ]] || die "This is Linux '${version:-?}', but the patches are for 6.12.y." \
        "Let LINUX_TARBALL name a 6.12.y source, or leave it unset for Debian's linux-source-6.12."
    say "$version (Debian: $(cat "$1.version"))" >"$1.version.new"
    mv "$1.version.new" "$1.version"
}

name=${1:-}
case $name in
linux) tarball=${LINUX_TARBALL:-} ;;
busybox) tarball=${BUSYBOX_TARBALL:-} ;;
musl) tarball=${MUSL_TARBALL:-} ;;
tcc) tarball=${TCC_TARBALL:-} ;;
*) die "usage: fetch-sources.sh linux|busybox|musl|tcc" ;;
esac

origin=debian
[[ -z $tarball ]] || origin="$tarball $(stat -c '%s %Y' "$tarball" 2>/dev/null || true)"
home=$OUT/$name
[[ -d $home/source && $(cat "$home/origin" 2>/dev/null) = "$origin" ]] && exit 0

# Unpack beside, then move into place: an interrupted run leaves no half tree behind. What was built
# from an older tree goes, since unpacked files carry old times that make would not notice.
mkdir -p "$home"
tree=$home/unpacking
rm -rf "$tree" "$tree.version"
mkdir "$tree"
if [[ -n $tarball ]]; then
    from_tarball "$name" "$tarball" "$tree"
else
    (from_debian "$name" "$tree")
fi
[[ $name != linux ]] || check_linux "$tree"
rm -rf "$home/source" "$home/build" "$home/pristine" "$home/overlay.list"
mv "$tree" "$home/source"
mv "$tree.version" "$home/version"
say "$origin" >"$home/origin"
say "$name $(cat "$home/version"): unpacked in ${home#"$root"/}/source"
