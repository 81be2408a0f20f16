#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# phase.sh NAME COMMAND...: run one long step of the build with its output in out/log/NAME.log. Tells
# what runs, now and then how far it is, and how long it took, which out/times.txt keeps; on failure the
# end of the log and its place. A step that finds nothing to do stays silent. Two makes in one checkout take turns.

set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname "$0")/common.sh"

name=$1
log=$OUT/log/$name.log
shift
mkdir -p "$OUT/log"

elapsed() { printf '%d:%02d' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

exec {lock}>"$log.lock"
flock "$lock"
started=$SECONDS # waiting for the other make does not count

"$@" >"$log" 2>&1 {lock}>&- </dev/null &
job=$!
trap 'kill "$job" 2>/dev/null || true' INT TERM

told=
next=1
pause=0.02
while kill -0 "$job" 2>/dev/null; do
    sleep $pause
    ((SECONDS - started >= next)) || continue
    pause=0.5
    if [[ -z $told ]]; then
        told=yes
        say "[$name] started; log: ${log#"$root"/}"
    else
        # The last line of a build log names the file it is at.
        say "[$name] $(elapsed), $(wc -l <"$log") lines of log, now:$(tail -n 1 "$log" | cut -c 1-70)"
    fi
    next=$((SECONDS - started + 20))
done

if wait "$job"; then
    if [[ -n $told ]]; then
        say "[$name] done in $(elapsed)"
        printf '%(%F %T)T %s %s\n' -1 "$name" "$(elapsed)" >>"$OUT/times.txt"
    fi
else
    status=$?
    {
        say "[$name] FAILED after $(elapsed). The end of ${log#"$root"/}:"
        tail -n 20 "$log" | sed 's/^/    /'
        grep -m 5 -n -E '(error|Error|undefined reference|No rule)' "$log" | sed 's/^/  line /' || true
    } >&2
    exit "$status"
fi
