#!/usr/bin/env bash
# Drives many seeded rotations through the embedded org and prints the figures. ROTATIONS says how many, SEED where to begin.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh

need_swift
need_packages "${BUILD_PACKAGES[@]}"
build --build-tests
export APRITY_ROTATIONS=${ROTATIONS:-1000} APRITY_ROTATION_SEED=${SEED:-1}
swift test --skip-build --no-parallel --filter RotationHarnessTests
