#!/usr/bin/env bash
# Fuzzes the embedded org's parsers and the gateway's decisions with libFuzzer, each for APRITY_FUZZ_SECONDS (60). The first build takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
need_swift
need_packages "${BUILD_PACKAGES[@]}"
# If the Swift runtime prints a backtrace, a crash under libFuzzer never ends.
export SWIFT_BACKTRACE=enable=no
seconds=${APRITY_FUZZ_SECONDS:-60}

say "Building the fuzz targets."
export APRITY_FUZZING=1
swift build --package-path Fuzz --scratch-path .build-fuzz --sanitize=fuzzer >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for target in OrgSimulatorFuzz:{archive,assertion,form,seed} MetadataGatewayFuzz:{rest,soap,query}; do
    program=${target%:*} reader=${target#*:}
    mkdir "$work/$reader"
    [ -d "Fuzz/Corpus/$reader" ] && cp Fuzz/Corpus/"$reader"/* "$work/$reader"
    APRITY_FUZZ=$reader timeout -k 10 $((seconds + 120)) .build-fuzz/debug/"$program" \
        -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$work/" "$work/$reader" 2>"$work/log" || {
        tail -n 40 "$work/log" >&2
        cp "$work"/crash-* "$work"/timeout-* "$work"/oom-* .build-fuzz/ 2>/dev/null || true
        say "Fuzzing $reader failed. The input is in .build-fuzz."
        exit 1
    }
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
    echo "fuzz $reader: $executions executions in $seconds seconds, no crash"
done
