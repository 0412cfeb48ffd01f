"""Uses an org's OAuth endpoints with Authlib: carries out the acts in the order given, and prints their results as one JSON list.
The environment says how to reach the org and which authorities to trust (HTTPS_PROXY, REQUESTS_CA_BUNDLE), as for any program.

usage: authlib_session.py LOGIN_URL USERNAME CONSUMER_KEY KEY_FILE ACT…

acts: grant (the JWT bearer grant of RFC 7523), limits, revoke (RFC 7009),
      introspect (RFC 7662; the consumer secret is read from the file that CONSUMER_SECRET_FILE names)
"""

import json
import os
import sys

from authlib.integrations.requests_client import AssertionSession, OAuth2Session
from authlib.oauth2 import OAuth2Error

login_url, username, consumer_key, key_file, *acts = sys.argv[1:]
endpoints = login_url + "/services/oauth2/"
with open(key_file) as file:
    session = AssertionSession(
        endpoints + "token",
        issuer=consumer_key,
        subject=username,
        audience=login_url,
        key=file.read(),
        header={"alg": "RS256"},
    )


def grant():
    try:
        token = session.refresh_token()
    except OAuth2Error as refusal:
        return [refusal.error, refusal.description]
    return [token["token_type"], token["instance_url"]]


def limits():
    return session.get(session.token["instance_url"] + "/services/data/v67.0/limits").status_code


def revoke():
    client = OAuth2Session(consumer_key, token_endpoint_auth_method="none")
    return client.revoke_token(endpoints + "revoke", token=session.token["access_token"]).status_code


def introspect():
    with open(os.environ["CONSUMER_SECRET_FILE"]) as file:
        client = OAuth2Session(consumer_key, file.read().strip(), token_endpoint_auth_method="client_secret_post")
    answer = client.introspect_token(endpoints + "introspect", token=session.token["access_token"])
    return answer.json()["active"]


known = {act.__name__: act for act in (grant, limits, revoke, introspect)}
print(json.dumps([known[act]() for act in acts]))
