#!/usr/bin/env bash
# Puts the embedded org into each fault and writes two files, which it prints too: docs/diagnosis-table.md, the result of the
# connection test for each fault, and docs/diagnosis-words.md, the causes that each wording of a refusal leaves open.
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
