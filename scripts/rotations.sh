#!/usr/bin/env bash
# Runs many seeded rotations with the embedded org, and prints a summary. ROTATIONS is their number (1000), SEED the first seed (1).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh

need_swift
need_packages "${BUILD_PACKAGES[@]}"
build --build-tests
export APRITY_ROTATIONS=${ROTATIONS:-1000} APRITY_ROTATION_SEED=${SEED:-1}
swift test --skip-build --no-parallel --filter RotationHarnessTests
