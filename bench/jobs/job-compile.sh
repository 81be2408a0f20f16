#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compile a compiler of some 25,000 lines, file by file, link it, and let the result compile and run a program.
set -e
tcc=/bench/tcc/tcc
place=/tmp/job-compile
rm -rf $place
mkdir $place
cd $place

# tcctools.c is not among them: tcc.c includes it.
files="libtcc tccpp tccgen tccelf tccasm tccrun x86_64-gen x86_64-link i386-asm tcc"
[ "$1" != quick ] || files="tccpp tccelf"
for name in $files; do
    $tcc -B/bench/tcc -c -DTCC_TARGET_X86_64 -DTCC_MUSL -DONE_SOURCE=0 -o "$name.o" "/bench/tcc/source/$name.c"
done

if [ "$1" != quick ]; then
    $tcc -B/bench/tcc -static -o tcc-again ./*.o
    tcc=$place/tcc-again
fi
cat >primes.c <<'END'
#include <stdio.h>
#include <string.h>
static char composite[100000];
int main(void)
{
    int count = 0;
    for (int i = 2; i < 100000; i++) {
        if (composite[i])
            continue;
        count++;
        for (long j = (long)i * i; j < 100000; j += i)
            composite[j] = 1;
    }
    printf("%d primes\n", count);
    return 0;
}
END
$tcc -B/bench/tcc -static -o primes primes.c
./primes
sha256sum ./*.o primes
cd /
rm -rf $place
