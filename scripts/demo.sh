#!/usr/bin/env bash
# Connects the embedded org as a user would connect a real org, with the same commands. Through the simulator's management port, the
# script also does what the administrator would do in Salesforce Setup.
#
#   SOURCE=dir   the org's metadata: an SFDX or MDAPI project (default: Examples/harbour-bikes)
#   ONCE=1       exit when the demo is complete
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh

need_swift
need_packages "${BUILD_PACKAGES[@]}" curl jq
build --product aprity

source_dir=${SOURCE:-Examples/harbour-bikes}
[ -d "$source_dir" ] || { say "SOURCE=$source_dir is not a folder."; exit 1; }

aprity=$PWD/.build/debug/aprity
work=$(mktemp -d "${TMPDIR:-/tmp}/aprity-demo.XXXXXX")
export APRITY_HOME=$work/data XDG_CONFIG_HOME=$work/config
children=()
ended=
finish() {
    [ -n "$ended" ] && return
    ended=1
    [ ${#children[@]} -gt 0 ] && kill "${children[@]}" 2>/dev/null
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 0' INT TERM

bold() { if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }
step=0
title() { step=$((step + 1)); bold "$step. $*"; }
failed() { say "The demo failed at step $step."; exit 1; }
run() { printf '$ aprity %s\n' "$*"; "$aprity" "$@" || failed; }
# manage METHOD PATH [JSON]: a request to the simulator's management port.
manage() {
    local body=()
    [ $# -ge 3 ] && body=(--header 'Content-Type: application/json' --data-binary "$3")
    curl --silent --show-error --fail-with-body --request "$1" "${body[@]}" "$management$2"
}
free_port() { if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then echo 0; else echo "$1"; fi; }

# start NAME COMMAND...: starts a server, waits for its ready line and stores it in $ready.
start() {
    local name=$1
    shift
    mkfifo "$work/$name.pipe"
    "$aprity" "$@" >"$work/$name.pipe" 2>"$work/$name.log" &
    children+=($!)
    exec {pipe}<"$work/$name.pipe"
    read -r ready <&"$pipe" || { cat "$work/$name.log" >&2; failed; }
}

title "The embedded org imitates Salesforce, with the metadata in $source_dir"
start simulator simulator --port "$(free_port 7412)" --management-port "$(free_port 7413)" --source "$source_dir" --speed 600
org=$(jq -r .url <<<"$ready")
management=$(jq -r .managementURL <<<"$ready")
user=integration@harbour-bikes.example
echo "The org answers at $org. For now, its clock runs 600 times as fast as real time."

title "aprity: creates a store, and a connection with its own key and certificate"
run init
run connection add harbour-bikes --login-host "$org" --username "$user"

title "aprity: writes the certificate for the app"
(cd "$work" && run certificate download harbour-bikes)

title "The admin: creates an External Client App with that certificate, the two scopes and the admin-approved policy"
app=$(jq -n --rawfile certificate "$work/aprity.crt" '{orgs: [{name: "Harbour Bikes", apps: [{
    kind: "externalClientApp", name: "aprity", label: "aprity", certificatePEM: $certificate,
    scopes: ["Api", "RefreshToken"], permittedUsers: "adminApprovedPreAuthorized"}]}]}')
manage PATCH /state "$app" >/dev/null || failed
echo "Setup > External Client App Manager > New External Client App: saved."

title "The admin: pre-authorizes the permission set that only $user has"
manage PATCH /state '{"orgs": [{"name": "Harbour Bikes", "apps": [{"name": "aprity", "permissionSets": ["Aprity_Integration"]}]}]}' \
    >/dev/null || failed
echo "The app's Policies > App Policies > Selected Permission Sets: Aprity_Integration."

title "The admin: reads the Consumer Key"
key=$(manage GET /state | jq -r '.orgs[0].apps[] | select(.name == "aprity").consumerKey') || failed
echo "Settings > OAuth Settings > Consumer Key and Secret: $key"

title "aprity: gets the Consumer Key"
run connection set harbour-bikes --consumer-key "$key"

title "Salesforce: the change spreads over its servers, unevenly, within minutes of org time"
echo "\$ aprity test harbour-bikes    # too early, to show how that looks"
"$aprity" test harbour-bikes 2>&1 | sed 's/^/    /' || true
while :; do
    pending=$(manage GET /propagation) || failed
    [ "$(jq '.pending | length' <<<"$pending")" -eq 0 ] && break
    jq -r '.pending[-1] | "    org time \($now): in force on \(.inForceOn) of \(.servers) servers"' \
        --arg now "$(manage GET /clock | jq -r .orgTime)" <<<"$pending"
    sleep 0.4
done
echo "    in force everywhere"
manage POST /clock '{"speed": 1}' >/dev/null

title "aprity: tests the connection"
run test harbour-bikes

title "aprity: compares the app in the org with what was approved"
run app check harbour-bikes

title "aprity: lists the types of metadata"
echo '$ aprity metadata types harbour-bikes'
"$aprity" metadata types harbour-bikes >"$work/types" || failed
head -n 6 "$work/types"
echo "… $(($(wc -l <"$work/types") - 1)) types in all"

title "aprity: pulls all metadata"
pulled=$work/metadata
run metadata pull harbour-bikes --out "$pulled"
ls "$pulled" | column -c 100 2>/dev/null || ls "$pulled"

title "aprity: serves the Settings page"
start serve serve --port "$(free_port 7411)" --gateway-port "$(free_port 7415)"
page=$(jq -r .url <<<"$ready")
gateway=$(jq -r .gatewayURL <<<"$ready")
token_file=$(jq -r .startTokenFile <<<"$ready")
curl --silent --show-error --fail --output /dev/null "$page/livez" || failed
echo "The Settings page is at $page."

title "aprity: gives another tool a handle, which only reads, in place of a token"
echo '$ aprity client add harbour-bikes --name docs --expires 8h'
(umask 077 && printf 'Authorization: Bearer %s\n' "$("$aprity" client add harbour-bikes --name docs --expires 8h)" >"$work/handle")

title "The tool: reads through the gateway, and tries to write"
query='SELECT QualifiedApiName FROM EntityDefinition ORDER BY QualifiedApiName'
echo "$query"
curl --silent --show-error --fail-with-body --header @"$work/handle" --get --data-urlencode "q=$query" \
    "$gateway/services/data/v66.0/tooling/query" | jq -r '(.records[:4][].QualifiedApiName), "…"' | sed 's/^/    /' || failed
echo 'DELETE the Apex class 01p000000000001'
curl --silent --header @"$work/handle" --request DELETE "$gateway/services/data/v66.0/tooling/sobjects/ApexClass/01p000000000001" |
    jq -r '.[] | "    \(.errorCode): \(.message)"' || failed

bold "Done."
echo 'The org "Harbour Bikes" is connected: one key, one certificate, two scopes, one user, and nothing was written to it.'
if [ -n "${ONCE:-}" ]; then
    echo "Run \`make demo\` to keep it running and open the Settings page."
    exit 0
fi
cat <<TXT

Open   $page
       and sign in with the token in $token_file
Type   export APRITY_HOME=$APRITY_HOME XDG_CONFIG_HOME=$XDG_CONFIG_HOME
       $aprity connection show harbour-bikes
       ls $pulled
       curl --header @$work/handle $gateway/services/data/v66.0/limits

Press Ctrl-C to stop the demo and delete its files.
TXT
wait
