#!/usr/bin/env bash
# Makes the Python environment with PyJWT and simple-salesforce when it is missing, and prints its interpreter's path.
#
# PyJWT signs assertions for the tests, so that no Swift code judges another; simple-salesforce is the third-party client. The environment lies in
# $APRITY_TEST_VENV, by default .build/venv at the top of the package.
set -euo pipefail

package="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
venv="${APRITY_TEST_VENV:-$package/.build/venv}"
stamp="$venv/.pyjwt-2.15.1-cryptography-50.0.2-simple-salesforce-1.12.10"

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9
if [[ ! -e "$stamp" ]]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'pyjwt==2.15.1' 'cryptography==50.0.2' 'simple-salesforce==1.12.10' >&2
    touch "$stamp"
fi
echo "$venv/bin/python"
