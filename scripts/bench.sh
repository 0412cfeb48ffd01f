#!/usr/bin/env bash
# Speed, as ratios against something measured in the same run. Builds its own optimised copy the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
need_swift
need_packages "${BUILD_PACKAGES[@]}"
say "Building the benchmarks, optimised; the first time this takes some minutes."
export APRITY_BENCHMARKS=1
swift build --scratch-path .build-bench -c release --product AprityBenchmarks >&2
.build-bench/release/AprityBenchmarks
