#!/usr/bin/env bash
# Runs the command blocks of one guide on a machine of the page's own.
#
# page.sh FOLDER, as root, below `unshare --mount --net --pid --fork --kill-child`. `APRITY` is the built program, `PYTHON` the
# interpreter with the tests' packages. FOLDER holds
#   prepare        what is there before the page begins: shell, with the functions below
#   NNN.block      a command block, as the page has it but for its placeholders
#   NNN.before     what happens between the block and the one before it, such as an administrator's clicks (optional)
#   NNN.environment  settings of the runner for the block, as KEY=VALUE lines (optional)
#   statuses       lines of STATUS, a tab and the beginning of a command line of aprity: it has to end with that status
# and gets
#   results        a line for each block that ran: NNN, a tab, its exit status
#   NNN.output     what it wrote
#
# It ends at the first block that fails.
#
# The loopback interface is the page's own, so ports are free and host names lead here. /etc is a copy; what else a page writes
# outside its home is a file system in memory.
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

# Salesforce: the embedded org under the name acme.my.salesforce.com, behind a proxy, with changes in force at once.
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

# manage METHOD PATH [BODY]
manage() {
    local body=()
    [ $# -ge 3 ] && body=(--data-binary "$3")
    curl --silent --show-error --fail-with-body --noproxy '*' --request "$1" "${body[@]}" "$management$2"
}

save_app() {
    jq -n --argjson app "$1" '{orgs: [{name: "Harbour Bikes", apps: [{name: "aprity"} + $app]}]}' >"$PAGE/app"
    manage PATCH /state "@$PAGE/app" >"$PAGE/answer" || { cat "$PAGE/answer" >&2; return 1; }
}

# app CERTIFICATE [KIND]: what an administrator does in Setup.
app() {
    save_app "$(jq -n --rawfile pem "$1" --arg kind "${2:-externalClientApp}" '{kind: $kind, label: "aprity",
        certificatePEM: $pem, scopes: ["Api", "RefreshToken"], permittedUsers: "adminApprovedPreAuthorized",
        permissionSets: ["Aprity_Integration"]}')"
}
delete_app() { save_app '{"$remove": true}'; }
consumer_key() { manage GET /state | jq -r '.orgs[0].apps[] | select(.name == "aprity").consumerKey'; }
organization_id() { manage GET /state | jq -r '.orgs[0].id'; }

# key_pair NAME: NAME.key and NAME.crt.
key_pair() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}

# assertion NAME: one that the org takes, signed with NAME.key.
assertion() {
    "$PYTHON" -c 'import jwt, sys, time; print(jwt.encode({"iss": "3MVG9.a_consumer_key", "sub": "integration@acme.example",
        "aud": "https://acme.my.salesforce.com", "exp": int(time.time()) + 150}, open(sys.argv[1]).read(), "RS256"))' "$1.key"
}

# A sandbox refresh: the same address and apps, another organization.
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

# A store with the connection acme, whose app is there.
connection() {
    {
        "$APRITY" init
        "$APRITY" connection add acme --login-host https://acme.my.salesforce.com --username integration@acme.example
        "$APRITY" certificate download acme --out "$PAGE/acme.crt"
        app "$PAGE/acme.crt"
        "$APRITY" connection set acme --consumer-key "$(consumer_key)"
    } >/dev/null 2>"$PAGE/connection.log" || { cat "$PAGE/connection.log" >&2; return 1; }
}

# A certificate of mail.acme.example and hooks.acme.example, a mail server and a receiver of webhooks.
# receivers MAIL-PASSWORD-FILE WEBHOOK-SECRET-FILE: the files may come later.
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

# The machine's systemd, its program and the folder that the service may write.
service_manager() {
    local name
    for name in systemctl systemd-run journalctl; do ln -s "$TOOLS/guides/systemd.py" "$PAGE/commands/$name"; done
    touch /usr/local/bin/aprity
    mount --bind "$APRITY" /usr/local/bin/aprity
    rm "$PAGE/commands/aprity"
    mkdir -p /mnt/backups
}

# A cluster of Kubernetes, whose image is this machine with /usr/local/bin/aprity.
cluster() {
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$PYTHON" "$TOOLS/guides/kubectl.py" >"$PAGE/commands/kubectl"
    chmod +x "$PAGE/commands/kubectl"
    touch /usr/local/bin/aprity
    mount --bind "$APRITY" /usr/local/bin/aprity
    ln -s "$PACKAGE/Examples" Examples
}

# What lies between the page's unit and its commands: the way to the org, and a connection whose app is there.
service_connection() {
    local service="sh /usr/local/sbin/aprity-service"
    printf 'HTTPS_PROXY=%s\nNO_PROXY=%s\n' "$HTTPS_PROXY" "$NO_PROXY" >>/etc/aprity/aprity.env
    $service connection add acme --login-host https://acme.my.salesforce.com --username integration@acme.example
    $service certificate download acme --out - >"$PAGE/acme.crt"
    app "$PAGE/acme.crt"
    $service connection set acme --consumer-key "$(consumer_key)"
}

# The service runs, can sign, and its notices arrived by both ways.
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

# A machine with the user, the folders, the settings, the unit and the script, and no store.
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

# What a page's shell remembers from one block to the next: its variables, its folder and its mask.
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
        # Without a terminal, like any script.
        (
            if [ -e "$name.environment" ]; then set -a; . "$name.environment"; set +a; fi
            exec setsid bash "$PAGE/shell" "$block"
        ) >>"$name.output" 2>&1 </dev/null || status=$?
    fi
    printf '%s\t%s\n' "${name##*/}" "$status" >>"$PAGE/results"
    [ "$status" -eq 0 ] || exit 0
done
