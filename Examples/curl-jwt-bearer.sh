#!/usr/bin/env bash
# Signs in to a Salesforce org by the JWT Bearer flow, with curl and openssl only, and shows the newest API version of the org.
#
# usage: curl-jwt-bearer.sh LOGIN_URL USERNAME CONSUMER_KEY KEY_FILE [CURL_OPTION…]
#
#   LOGIN_URL  the org's My Domain, such as https://acme.my.salesforce.com; also the assertion's audience
#   KEY_FILE   the private key for the certificate in the app, in PEM
#
# Against the embedded org (aprity simulator --make-ca ca --proxy-port 7414):
#   curl-jwt-bearer.sh https://harbour-bikes.my.salesforce.com integration@harbour-bikes.example 3MVG9… app.key \
#       --proxy http://127.0.0.1:7414 --cacert ca/ca.crt
set -euo pipefail

[ $# -ge 4 ] || { sed -n '4,12s/^# \{0,1\}//p' "$0" >&2; exit 64; }
login_url=$1 username=$2 consumer_key=$3 key_file=$4
shift 4

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
ask() { curl --silent --show-error --fail-with-body --max-time 60 "$@"; }

# The assertion (RFC 7523): header, claims and an RSA signature with SHA-256 over both.
header=$(printf '{"alg":"RS256"}' | base64url)
claims=$(printf '{"iss":"%s","sub":"%s","aud":"%s","exp":%d}' \
    "$consumer_key" "$username" "$login_url" $(($(date +%s) + 150)) | base64url)
signature=$(printf '%s.%s' "$header" "$claims" | openssl dgst -sha256 -sign "$key_file" -binary | base64url)

# The grant. curl reads secrets from its input, because other users could read its arguments.
answer=$(printf '%s.%s.%s' "$header" "$claims" "$signature" | ask "$@" \
    --data-urlencode 'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer' --data-urlencode assertion@- \
    "$login_url/services/oauth2/token") || { printf '%s\n' "$answer" >&2; exit 1; }
token=$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' <<<"$answer")
instance_url=$(sed -n 's/.*"instance_url":"\([^"]*\)".*/\1/p' <<<"$answer")

# Two calls with the token: one lists the API versions, the other succeeds only with a valid token.
versions=$(printf 'Authorization: Bearer %s' "$token" | ask "$@" --header @- "$instance_url/services/data/")
newest=$(grep -o '"url":"[^"]*"' <<<"$versions" | tail -n 1 | cut -d '"' -f 4)
printf 'Authorization: Bearer %s' "$token" | ask "$@" --header @- "$instance_url$newest/limits" >/dev/null
printf '%s: the newest API is %s, and the org accepts the token.\n' "$instance_url" "$newest"
