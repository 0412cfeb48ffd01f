#!/usr/bin/env bash
# Creates a Python environment for the tests if it is missing or its pins have changed, and prints its interpreter's path.
#
# usage: venv.sh [cumulusci|salesforce-tools]
#
# Without a name, it is the environment of nearly all tests. aiosmtpd receives the mail of the tests, prometheus-client reads the
# metrics, and kubernetes-validate has the schemas of Kubernetes. PyJWT signs assertions for the tests, so that they do not check
# Swift code with Swift code. simple-salesforce, Authlib and aiosalesforce are third-party clients that the embedded org has to
# serve. axe-playwright-python contains axe-core, which finds faults of accessibility; its own dependencies are left out. Two more such clients need older versions of the same packages, so each has an environment of its own. The first
# environment is $APRITY_TEST_VENV, by default .build/venv in the package; the names of the others are appended to it.
set -euo pipefail

name=${1:-}
case $name in
'') pins=('pyjwt==2.15.1' 'cryptography==50.0.2' 'simple-salesforce==1.12.10' 'authlib==1.9.10' 'requests==2.34.2'
    'aiosmtpd==1.4.6' 'prometheus-client==0.26.0' 'aiosalesforce[jwt]==0.6.2' 'kubernetes-validate==1.37.0') ;;
cumulusci) pins=('cumulusci==4.10.1') ;;
salesforce-tools) pins=('salesforce-tools==0.3.8') ;;
*)
    echo "venv.sh knows cumulusci and salesforce-tools, not $name" >&2
    exit 64
    ;;
esac

package="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# Packages of which only the files are used, installed without their dependencies.
files=()
[ -z "$name" ] && files=('axe-playwright-python==0.1.8')
venv="${APRITY_TEST_VENV:-$package/.build/venv}${name:+-$name}"

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9
# The file `pins` is written last, so an environment whose creation was interrupted has none.
if [[ "$(cat "$venv/pins" 2>/dev/null)" != "${pins[*]} ${files[*]}" ]]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pins[@]}" >&2
    [ ${#files[@]} -eq 0 ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "${files[@]}" >&2
    echo "${pins[*]} ${files[*]}" >"$venv/pins"
fi
echo "$venv/bin/python"
