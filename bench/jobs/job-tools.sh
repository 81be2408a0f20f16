#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tools of BusyBox over tens of MiB. Its xz only unpacks, so the text comes packed.
set -e
place=/tmp/job-tools
rm -rf $place
mkdir $place
cd $place

bytes=100000000
[ "$1" != quick ] || bytes=300000
unxz -c /bench/text.xz | head -c $bytes >text
wc text
sha256sum <text
head -c 6000000 text | gzip -c >text.gz
gunzip -c text.gz | sha256sum
head -c 4000000 text | sort | sha256sum
head -c 2000000 text |
    awk '{ words += NF; for (i = 1; i <= NF; i += 4) seen[$i]++ } END { for (word in seen) n++; print words, n }'
head -c 8000000 text | tr '[:lower:]' '[:upper:]' | grep -c STONE
cd /
rm -rf $place
