#!/usr/bin/env bash
# Runs the command blocks of one guide, isolated from this machine.
#
# page.sh FOLDER, as root, under `unshare --mount --net --pid --fork --kill-child`. `APRITY` is the path of the built program,
# `PYTHON` that of the interpreter with the tests' packages. FOLDER contains
#   prepare          a shell script that runs before the first block; it can call the functions below
#   NNN.block        a command block from the page, with values in place of its placeholders
#   NNN.before       a shell script that runs before the block, such as an administrator's clicks (optional)
#   NNN.environment  variables for the block, as KEY=VALUE lines (optional)
#   statuses         lines of STATUS, a tab and the first arguments of an aprity command, which must exit with that status
# and gets
#   results          a line for each block that ran: NNN, a tab, its exit status
#   NNN.output       what the block printed
#
# It exits at the first block that fails.
#
# The loopback interface belongs to the page alone, so all ports are free and all host names lead to it. /etc is a copy. The other
# folders outside its home that a page writes to are file systems in memory.
set -euo pipefail

export PAGE=$1
export PACKAGE=${BASH_SOURCE[0]%/Tests/Tools/guides/page.sh}
export TOOLS=$PACKAGE/Tests/Tools
: "${APRITY:?the built program}" "${PYTHON:?the Python of the tests}"

mount --make-rprivate /
mount -t proc none /proc
ip link set lo up
mkdir "$PAGE/etc" "$PAGE/home" "$PAGE/work" "$PAGE/commands"
cp -a /etc/. "$PAGE/etc"
mount --bind "$PAGE/etc" /etc
mkdir "$PAGE/dpkg" && mount --bind /var/lib/dpkg "$PAGE/dpkg"
echo "127.0.0.1 localhost mail.acme.example hooks.acme.example" >/etc/hosts
for folder in /run /srv /mnt /var/lib /usr/local/bin /usr/local/sbin; do
    [ -d "$folder" ] && mount -t tmpfs -o mode=0755 none "$folder"
done

mkdir -p /var/lib/softhsm/tokens

export HOME=$PAGE/home
export PATH=$PAGE/commands:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset "${!APRITY_@}" "${!XDG_@}" HTTPS_PROXY https_proxy NO_PROXY no_proxy
cp "$TOOLS"/guides/commands/* "$PAGE/commands"
cd "$PAGE/work"

management=http://127.0.0.1:17413

# Starts the embedded org as acme.my.salesforce.com, behind a proxy. Its changes take effect at once.
org() {
    local ready
    mkfifo "$PAGE/org.pipe"
    "$APRITY" simulator --port 17412 --management-port 17413 --proxy-port 17414 --make-ca "$PAGE/ca" \
        --source "$PACKAGE/Examples/harbour-bikes" >"$PAGE/org.pipe" 2>"$PAGE/org.log" &
    exec {org}<"$PAGE/org.pipe"
    read -r ready <&"$org"
    cat "$PAGE/ca/ca.crt" >>/etc/ssl/certs/ca-certificates.crt
    manage GET /state | sed 's/harbour-bikes\./acme./g' | jq '.switches.propagation = "instant"' >"$PAGE/state"
    manage PUT /state "@$PAGE/state" >"$PAGE/answer" || { cat "$PAGE/answer" >&2; return 1; }
    export HTTPS_PROXY=http://127.0.0.1:17414 NO_PROXY=hooks.acme.example
}

# manage METHOD PATH [BODY]: sends a request to the management port of the embedded org. @FILE as BODY sends the file.
manage() {
    local body=()
    [ $# -ge 3 ] && body=(--data-binary "$3")
    curl --silent --show-error --fail-with-body --noproxy '*' --request "$1" "${body[@]}" "$management$2"
}

save_app() {
    jq -n --argjson app "$1" '{orgs: [{name: "Harbour Bikes", apps: [{name: "aprity"} + $app]}]}' >"$PAGE/app"
    manage PATCH /state "@$PAGE/app" >"$PAGE/answer" || { cat "$PAGE/answer" >&2; return 1; }
}

# app CERTIFICATE [KIND]: creates the app with a certificate file, as an administrator does in Setup.
app() {
    save_app "$(jq -n --rawfile pem "$1" --arg kind "${2:-externalClientApp}" '{kind: $kind, label: "aprity",
        certificatePEM: $pem, scopes: ["Api", "RefreshToken"], permittedUsers: "adminApprovedPreAuthorized",
        permissionSets: ["Aprity_Integration"]}')"
}
delete_app() { save_app '{"$remove": true}'; }
consumer_key() { manage GET /state | jq -r '.orgs[0].apps[] | select(.name == "aprity").consumerKey'; }
organization_id() { manage GET /state | jq -r '.orgs[0].id'; }

# key_pair NAME: writes NAME.key and NAME.crt.
key_pair() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}

# assertion NAME: prints an assertion that is signed with NAME.key.
assertion() {
    "$PYTHON" -c 'import jwt, sys, time; print(jwt.encode({"iss": "3MVG9.a_consumer_key", "sub": "integration@acme.example",
        "aud": "https://acme.my.salesforce.com", "exp": int(time.time()) + 150}, open(sys.argv[1]).read(), "RS256"))' "$1.key"
}

# Simulates a sandbox refresh: the address and the apps stay, and the organization id changes.
refresh_sandbox() {
    manage GET /state | jq '.orgs[0].id = "00D000000000062EAA"' >"$PAGE/refreshed"
    manage PUT /state "@$PAGE/refreshed" >/dev/null
}

# Stops the servers that blocks left running, and waits until their ports are free.
stop_servers() {
    local file process
    for file in "$PAGE"/server-*.pid; do
        process=$(cat "$file")
        kill "$process"
        for _ in $(seq 1000); do
            kill -0 "$process" 2>/dev/null || break
            sleep 0.02
        done
        rm "$file"
    done
}

# Creates a store with the connection acme, and its app in the org.
connection() {
    {
        "$APRITY" init
        "$APRITY" connection add acme --login-host https://acme.my.salesforce.com --username integration@acme.example
        "$APRITY" certificate download acme --out "$PAGE/acme.crt"
        app "$PAGE/acme.crt"
        "$APRITY" connection set acme --consumer-key "$(consumer_key)"
    } >/dev/null 2>"$PAGE/connection.log" || { cat "$PAGE/connection.log" >&2; return 1; }
}

# Starts a mail server and a receiver of webhooks, with a certificate for mail.acme.example and hooks.acme.example. What they
# receive goes to $PAGE/received.
receivers() {
    local options
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=acme.example -keyout "$PAGE/receivers.key" \
        -out "$PAGE/receivers.crt" -addext subjectAltName=DNS:mail.acme.example,DNS:hooks.acme.example 2>/dev/null
    cat "$PAGE/receivers.crt" >>/etc/ssl/certs/ca-certificates.crt
    options=$(jq -n --arg certificate "$PAGE/receivers.crt" --arg key "$PAGE/receivers.key" '
        {mail: {tls: "starttls", port: 587, user: "aprity", password: "a mail password"}, webhook: {port: 443}}
        | map_values(. + {$certificate, $key})')
    mkfifo "$PAGE/receivers.pipe"
    "$PYTHON" "$TOOLS/notice_receivers.py" "$options" "$PAGE/received" >"$PAGE/receivers.pipe" &
    read -r _ <"$PAGE/receivers.pipe"
}

# Installs the stand-in for systemd, aprity as /usr/local/bin/aprity, and the folder for backups.
service_manager() {
    local name
    for name in systemctl systemd-run journalctl; do ln -s "$TOOLS/guides/systemd.py" "$PAGE/commands/$name"; done
    touch /usr/local/bin/aprity
    mount --bind "$APRITY" /usr/local/bin/aprity
    rm "$PAGE/commands/aprity"
    mkdir -p /mnt/backups
}

# Installs the stand-in for kubectl. The image of its containers is this machine with /usr/local/bin/aprity.
cluster() {
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$PYTHON" "$TOOLS/guides/kubectl.py" >"$PAGE/commands/kubectl"
    chmod +x "$PAGE/commands/kubectl"
    touch /usr/local/bin/aprity
    mount --bind "$APRITY" /usr/local/bin/aprity
    ln -s "$PACKAGE/Examples" Examples
}

# Does what the page leaves out: tells the service how to reach the org, and creates a connection and its app.
service_connection() {
    local service="sh /usr/local/sbin/aprity-service"
    printf 'HTTPS_PROXY=%s\nNO_PROXY=%s\n' "$HTTPS_PROXY" "$NO_PROXY" >>/etc/aprity/aprity.env
    $service connection add acme --login-host https://acme.my.salesforce.com --username integration@acme.example
    $service certificate download acme --out - >"$PAGE/acme.crt"
    app "$PAGE/acme.crt"
    $service connection set acme --consumer-key "$(consumer_key)"
}

# Succeeds if the service runs, can sign, and has sent notices by mail and by webhook.
service_works() {
    local code
    systemctl is-active aprity || { tail -n 5 /run/stand-in/*; return 1; }
    for _ in $(seq 600); do
        code=$(curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:7411/readyz) && break
        sleep 0.1
    done
    [ "$code" = 200 ]
    [ "$(jq -r 'select(.kind != "login").kind' "$PAGE/received" | sort | uniq | tr '\n' ' ')" = "mail webhook " ]
}

# Makes this a second machine: it has the user, the folders, the settings, the unit and the script, but no store.
another_machine() {
    cp /mnt/backups/*.backup .
    systemctl stop aprity
    rm -r /var/lib/aprity /var/lib/aprity-audit /etc/aprity/master.key
    install -d -m 0700 /var/lib/aprity-audit
}

export -f manage save_app app delete_app consumer_key organization_id key_pair assertion stop_servers refresh_sandbox
export -f service_connection service_works another_machine
export management

trap 'cat "$PAGE/prepare.output" >&2' EXIT
. "$PAGE/prepare" >"$PAGE/prepare.output" 2>&1
trap - EXIT

# Runs one block. Variables, the working directory and the umask are passed on from block to block through the file `memory`.
cat >"$PAGE/shell" <<'SHELL'
set -euo pipefail
. "$PAGE/memory"
. "$1"
{
    declare -p | grep -vE '^declare -[^ ]*r|^declare -[^ ]+ (BASH|FUNCNAME|PIPESTATUS|_=)'
    umask -p
    printf 'cd %q\n' "$PWD"
} >"$PAGE/memory.new"
mv "$PAGE/memory.new" "$PAGE/memory"
SHELL
: >"$PAGE/memory"
for block in "$PAGE"/*.block; do
    name=${block%.block}
    status=0
    : >"$name.output"
    if [ -e "$name.before" ]; then bash -euo pipefail "$name.before" >"$name.output" 2>&1 </dev/null || status=$?; fi
    if [ "$status" -eq 0 ]; then
        # `setsid` takes the terminal away.
        (
            if [ -e "$name.environment" ]; then set -a; . "$name.environment"; set +a; fi
            exec setsid bash "$PAGE/shell" "$block"
        ) >>"$name.output" 2>&1 </dev/null || status=$?
    fi
    printf '%s\t%s\n' "${name##*/}" "$status" >>"$PAGE/results"
    [ "$status" -eq 0 ] || exit 0
done
