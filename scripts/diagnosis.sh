#!/usr/bin/env bash
# Puts the embedded org into each fault, and prints what the connection test makes of it: docs/diagnosis-table.md, and which
# causes a refusal leaves open for each wording: docs/diagnosis-words.md. It writes both files.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
need_swift
need_packages "${BUILD_PACKAGES[@]}"
build --build-tests
APRITY_UPDATE_TABLE=1 swift test --skip-build --no-parallel \
    --filter 'EndToEndTests.DiagnosisTests/single|RefusalInquiryTests/page' >.build/diagnosis.log 2>&1 || {
    cat .build/diagnosis.log >&2
    exit 1
}
cat docs/diagnosis-table.md docs/diagnosis-words.md
