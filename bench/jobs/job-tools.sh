#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tools of BusyBox over 10 to 24 MiB each: what takes some thirty seconds. Its xz only unpacks, so the text comes
# packed.
set -e
place=/tmp/job-tools
rm -rf $place
mkdir $place
cd $place

bytes=100000000
[ "$1" != quick ] || bytes=300000
unxz -c /bench/text.xz | head -c $bytes >text
sha256sum <text
head -c 12000000 text | gzip -c >text.gz
gunzip -c text.gz | sha256sum
head -c 10000000 text | sort | sha256sum
head -c 12000000 text | awk '{ words += NF; seen[$1]++ } END { for (word in seen) n++; print words, n }'
cd /
rm -rf $place
