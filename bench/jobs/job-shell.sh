#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a configure script does: many small processes, small files, pipes, and a compiler that is asked what it can.
set -e
place=/tmp/job-shell
rm -rf $place
mkdir $place
cd $place

functions="strlen memcpy fork pipe select mmap getpid setsid strdup qsort malloc printf no_such_call wait4 poll kill
socket bind listen accept strtoul index_of_nothing regcomp glob nanosleep"
headers="stdio.h stdlib.h string.h unistd.h sys/mman.h sys/wait.h no_such.h fcntl.h errno.h signal.h time.h"
[ "$1" != quick ] || functions="strlen no_such_call" headers="stdio.h no_such.h"

answer() {
    echo "checking for $1... $2" | tee -a config.log | sed 's/\.\.\. /: /'
}

define() {
    name=$(echo "HAVE_$1" | tr 'abcdefghijklmnopqrstuvwxyz./' 'ABCDEFGHIJKLMNOPQRSTUVWXYZ__')
    echo "#define $name 1" >>confdefs.h
}

for header in $headers; do
    cat confdefs.h 2>/dev/null >conftest.c || :
    echo "#include <$header>" >>conftest.c
    if /bench/tcc/tcc -B/bench/tcc -E conftest.c >/dev/null 2>conftest.err; then
        answer "$header" yes
        define "$header"
    else
        answer "$header" no
    fi
done
for function in $functions; do
    cat confdefs.h >conftest.c
    cat >>conftest.c <<END
char $function();
int main() { return $function != 0 ? 0 : 1; }
END
    if /bench/tcc/tcc -B/bench/tcc -static -w -o conftest conftest.c 2>conftest.err && ./conftest; then
        answer "$function" yes
        define "$function"
    else
        answer "$function" no
    fi
done

count=0
while [ "$count" -lt 20 ]; do
    # shellcheck disable=SC2003 # as configure scripts have it
    count=$(expr "$count" + 1)
    mkdir -p "part$count"
    echo "@NAME@ is @NUMBER@ of @ALL@" >"part$count/file.in"
    sed -e "s/@NAME@/part$count/" -e "s/@NUMBER@/$count/" -e "s/@ALL@/20/" "part$count/file.in" >"part$count/file"
    case $(cat "part$count/file") in
    *"is $count of"*) ;;
    *) exit 1 ;;
    esac
    [ "$1" != quick ] || break
done
grep -c yes config.log
sort confdefs.h | uniq | wc -l
find . -name file | sort | xargs cat | awk '{ sum += $3 } END { print sum }'
find . -name 'c*' | sort | tr '\n' ' '
sha256sum confdefs.h
cd /
rm -rf $place
