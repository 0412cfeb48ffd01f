#!/usr/bin/env bash
# Installs what the tests need, and runs every test. Fails if a package cannot be installed.
#
# usage: test.sh [SWIFT-TEST-ARGUMENT...]
# With arguments, such as `--filter NAME`, it passes them to `swift test` instead of running every test.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh

need_swift
need_packages "${BUILD_PACKAGES[@]}" curl iproute2 jq mount openssh-client openssl passwd python3 python3-venv sqlite3 systemd \
    unzip util-linux chromium chromium-driver fonts-dejavu-core hunspell hunspell-en-gb opensc softhsm2

say "Checking the manual's links and spelling."
python3 Tests/Tools/check_manual.py >&2
say "Checking that each ignored error has a reason."
python3 Tests/Tools/check_swallowed_errors.py >&2
say "Checking the format of the sources."
swift format lint --strict --recursive Sources Tests Examples/Swift Package.swift

say "Preparing the Python clients for comparison."
for environment in cumulusci salesforce-tools; do
    Tests/Tools/venv.sh "$environment" >/dev/null
done
APRITY_TEST_PYTHON=$(Tests/Tools/venv.sh)
export APRITY_TEST_PYTHON

build --build-tests
say "Checking that folders depend on one another in one direction."
python3 Tests/Tools/folder_dependencies.py --allow OrgSimulator --document docs/architecture.md >.build/folders.txt || {
    cat .build/folders.txt >&2
    exit 1
}
say "Running the demo once."
ONCE=1 scripts/demo.sh >.build/demo.log 2>&1 || {
    cat .build/demo.log >&2
    exit 1
}
# Prints the matching lines of the tests' log. No match is not a failure.
lines() {
    grep -aE "$1" .build/test.log || true
}
# Prints the first lines of the input. Unlike `head`, it reads all of the input, because a writer whose pipe is closed would fail the
# run.
first() {
    sed -n "1,$1p"
}
say "Testing, on $(nproc) cores."
run_tests() {
    if [ $# -gt 0 ]; then
        swift test --skip-build --no-parallel "$@"
    else
        python3 Tests/Tools/run_suites.py "$(swift build --show-bin-path)/aprityPackageTests.xctest" $(($(nproc) + 1))
    fi
}
run_tests "$@" 2>&1 | tee .build/test.log || {
    # Repeats the failures, which may be far up in the output, and then the runner's last line.
    say "Failures:"
    lines '✘ Test .* recorded an issue|: error: ' | cut -c1-600 >&2
    # A crash report has pages of registers and images. Prints only the process, the reason and the test.
    if grep -aq 'Program crashed' .build/test.log; then
        lines 'Fatal error|Precondition failed' | cut -c1-600 | first 5 >&2
        sed -n '/Program crashed/,/^Registers:/p' .build/test.log | cut -c1-240 | first 60 >&2
        lines '^(◇|✔|✘) Test ' | tail -n 5 >&2
    fi
    lines '(✔|✘) Test run with' | tail -n 1 >&2
    exit 1
}
# Some tests print text that only looks like a key. A real key continues with the first bytes of its DER form.
if awk '/BEGIN .*PRIVATE KEY-----$/ { begun = 1; next } begun && /^MII/ { found = 1 } { begun = 0 } END { exit !found }' \
    .build/test.log; then
    say "The output of the tests contains a private key."
    exit 1
fi
say "The 20 slowest tests, in seconds:"
sed -nE '/^✔ Test run with/d; s/^✔ Test (.*) passed after ([0-9.]+) seconds\.$/\2  \1/p' .build/test.log | sort -rn | first 20 | cut -c1-160
lines '(✔|✘) Test run with' | tail -n 1
