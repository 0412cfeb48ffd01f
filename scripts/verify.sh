#!/usr/bin/env bash
# Runs what takes too long for `make test`: long mutation runs, real keys of every size, fuzzing, the thread sanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
need_swift
need_packages "${BUILD_PACKAGES[@]}" openssl python3

build --product aprity
say "Generating keys and certificates of every size, and verifying them with openssl."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export APRITY_HOME=$work/data XDG_CONFIG_HOME=$work/config
aprity=.build/debug/aprity
"$aprity" init >/dev/null
for bits in 2048 3072 4096; do
    for round in 1 2 3; do
        name=k$bits-$round
        "$aprity" connection add "$name" --login-host https://acme.my.salesforce.com --username i@acme.example \
            --key-size "$bits" >/dev/null 2>&1
        "$aprity" certificate download "$name" --out "$work/$name.crt" >/dev/null
        openssl verify -x509_strict -CAfile "$work/$name.crt" "$work/$name.crt" >/dev/null
        openssl x509 -in "$work/$name.crt" -noout -text | grep -q "Public-Key: ($bits bit)"
        [ "$(wc -c <"$work/$name.crt")" -le 4096 ]
    done
    say "  $bits bits: 3 certificates accepted, each under 4 KB"
done

say "Counting the instructions of the hottest paths in an optimized build."
scripts/instructions.sh

say "Running long mutation tests of the parsers of untrusted input."
build --build-tests
APRITY_MUTATIONS=200000 swift test --skip-build --filter MetadataAPITests.MutationTests

say "Pulling into folders with random other files, and killing the pulls at random moments."
APRITY_PULL_SEEDS=3000 swift test --skip-build --filter MetadataAPITests.FolderCrashTests
APRITY_PULL_SEEDS=200 swift test --skip-build --no-parallel --filter EndToEndTests.PullTests/killed

say "Pulling from 300 random orgs that are hard to read. This takes some minutes."
APRITY_HOSTILE_ORGS=300 swift test --skip-build --no-parallel --filter RotationTests.HostilePullTests

say "Making 10,000 edits in 640 random orgs between pulls, and interrupting 300 pulls at random moments."
APRITY_EDITED_ORGS=640 swift test --skip-build --no-parallel --filter RotationTests.EditedPullTests
APRITY_INTERRUPTED_PULLS=300 swift test --skip-build --no-parallel --filter RotationTests.ResumedPullTests

say "Sending every attack to the embedded org, with a token and with a handle."
APRITY_GATEWAY_ATTACKS=all swift test --skip-build --no-parallel --filter EndToEndTests.GatewayTests/attacks

say "Running many processes against an adversary, 500 times. This takes about half an hour."
APRITY_ADVERSARIES=500 swift test --skip-build --no-parallel --filter EndToEndTests.AdversaryTests

say "Walking through the guide for both kinds of app, with every rotation, repair and wording of an org's messages."
APRITY_TEST_EXTENT=whole swift test --skip-build --no-parallel --filter \
    'AdminWalkTests|RotationBrowserTests|WholeRotationTests|KilledRotationTests|RotationHarnessTests|RepairTests|unprovenWords'

say "Fuzzing the parsers of the embedded org with libFuzzer."
scripts/fuzz.sh

say "Running the tests of the domain and the parsers with the thread sanitizer. Its build takes some minutes."
export SWIFT_BACKTRACE=enable=no
export TSAN_OPTIONS=suppressions=$PWD/scripts/thread-sanitizer.suppressions
# Not in parallel, as in scripts/test.sh, because some tests measure time. The tests of the key stores are left out,
# because they need a token module of their own.
swift test --sanitize=thread --scratch-path .build-tsan --no-parallel \
    --filter 'JWTBearerTests|MetadataAPITests|ConnectedAppTests|\bStoreConformanceTests'
say "Verified."
