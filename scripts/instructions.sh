#!/usr/bin/env bash
# Counts the instructions of the hottest paths with callgrind, and compares them with Benchmarks/instructions.txt. Fails if a
# path needs more than half as much again. The counts do not depend on the machine's speed or load.
#
# usage: instructions.sh [--update]    --update writes the counts of this machine
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
need_swift
need_packages "${BUILD_PACKAGES[@]}" valgrind binutils
export APRITY_BENCHMARKS=1
swift build --scratch-path .build-bench -c release --product AprityBenchmarks >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# valgrind cannot read the debugging symbols of Swift.
strip --strip-debug -o "$work/benchmarks" .build-bench/release/AprityBenchmarks

# instructions PATH COUNT: of a run that takes the path COUNT times
instructions() {
    local log=$work/log
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" "$work/benchmarks" repeat "$1" "$2"
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$log"
}

status=0
: >"$work/counts"
while read -r path limit; do
    # The start of the program is in both runs and cancels out.
    few=$(instructions "$path" 10)
    many=$(instructions "$path" 40)
    count=$(((many - few) / 30))
    echo "$path $count" >>"$work/counts"
    say "  $path: $count instructions ($limit on record)"
    [ "$count" -le $((limit * 3 / 2)) ] || { say "  $path needs more than half as much again."; status=1; }
done < <(grep -v '^#' Benchmarks/instructions.txt)

if [ "${1:-}" = --update ]; then
    { grep '^#' Benchmarks/instructions.txt; cat "$work/counts"; } >"$work/new"
    cp "$work/new" Benchmarks/instructions.txt
    exit 0
fi
exit "$status"
