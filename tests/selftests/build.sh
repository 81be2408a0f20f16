#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh: Linux's own tests (tools/testing/selftests), by Linux's own makefiles, into out/tests/selftests:
# for x86-64 only, against the host's C library. What does not build is left out, and named in the log.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/../../images/common.sh"

output=$OUT/tests/selftests
rm -rf "$output"
for target in x86 mm timers futex ptrace sigaltstack rseq vDSO; do
    mkdir -p "$output/$target"
    # -k: liburing, libcap and 32-bit libraries may be missing, which costs single tests.
    make -k -C "$OUT/linux/source/tools/testing/selftests/$target" OUTPUT="$output/$target" ARCH=x86_64 \
        KHDR_INCLUDES="-isystem $OUT/musl/build/linux/usr/include" CAN_BUILD_I386=0 CAN_BUILD_X86_64=1 CC="gcc" || true
done
find "$output" -type f ! -perm -u+x ! -name '*.so' -delete
find "$output" -type f -exec strip {} + 2>/dev/null || true
mv "$output/futex/functional/"* "$output/futex/"
rmdir "$output/futex/functional"
