#!/usr/bin/env bash
# Measures speed, each as a ratio to a reference that is measured in the same run. Builds an optimized copy first.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
need_swift
need_packages "${BUILD_PACKAGES[@]}" curl openssl python3 python3-venv unzip
say "Building the optimized benchmarks. The first build takes some minutes."
export APRITY_BENCHMARKS=1
swift build --scratch-path .build-bench -c release --product AprityBenchmarks >&2
# A benchmark starts the program itself.
swift build --scratch-path .build-bench -c release --product aprity >&2
# Pulls are compared with a third-party client.
APRITY_TEST_PYTHON=$(Tests/Tools/venv.sh)
export APRITY_TEST_PYTHON
.build-bench/release/AprityBenchmarks
