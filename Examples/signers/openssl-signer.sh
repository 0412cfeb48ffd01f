#!/usr/bin/env bash
# An example of a signer command (docs/guides/key-custody.md). Its keys are unencrypted files in one folder, and openssl signs.
# It shows the protocol: one question on standard input, one answer on standard output. Use it as a starting point for a signer that
# calls a key service. Needs bash, jq and openssl.
#
#     export APRITY_KEY_STORE=command
#     export APRITY_SIGNER_COMMAND='["/usr/local/bin/openssl-signer.sh", "/var/lib/aprity-signer"]'
set -euo pipefail
umask 077
folder=${1:?Give the folder for the keys as the first argument.}

IFS=$'\t' read -r protocol verb name size key digest < <(
    jq -r '[.protocol, .verb, .name // "-", .keySize // 0, .key // "-", .digest // "-"] | @tsv')

answer() { jq -cn --arg protocol aprity-signer-1 "$@"; }
fail() {
    answer --arg code "$1" --arg message "$2" '{$protocol, error: {$code, $message}}'
    exit 0
}
# The name becomes a part of a path, so it must not contain a slash or dot.
check_name() { [[ $1 =~ ^[A-Za-z0-9-]+$ ]] || fail failed "This is not a valid key name."; }
need_key() {
    check_name "$key"
    [ -f "$folder/$key.pem" ] || fail unknownKey "There is no key $key."
}

[ "$protocol" = aprity-signer-1 ] || fail failed "This signer supports only the protocol aprity-signer-1."
case $verb in
    create)
        check_name "$name"
        mkdir -p "$folder"
        [ ! -e "$folder/$name.pem" ] || fail failed "The key $name already exists."
        openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$size" -out "$folder/$name.pem" 2>/dev/null
        answer --arg key "$name" --arg publicKey "$(openssl pkey -in "$folder/$name.pem" -pubout)" \
            '{$protocol, $key, $publicKey}'
        ;;
    publicKey)
        need_key
        answer --arg publicKey "$(openssl pkey -in "$folder/$key.pem" -pubout)" '{$protocol, $publicKey}'
        ;;
    sign)
        need_key
        signature=$(base64 -d <<<"$digest" | openssl pkeyutl -sign -inkey "$folder/$key.pem" -pkeyopt digest:sha256 \
            | base64 -w 0)
        answer --arg signature "$signature" '{$protocol, $signature}'
        ;;
    destroy)
        need_key
        rm -- "$folder/$key.pem"
        answer '{$protocol}'
        ;;
    *) fail failed "This signer does not support the verb $verb." ;;
esac
