"""A program under test: signs in to Salesforce by JWT bearer. Replace it with yours."""

import time

import jwt
import requests


class Refused(Exception):
    """The org refused the sign-in, or was unavailable in every attempt. The arguments are `error` and `error_description`."""


def sign_in(login_url, username, consumer_key, private_key, attempts=3):
    """Returns the access token and the instance URL. Retries if the org answers with a status of 500 or more."""
    for attempt in range(1, attempts + 1):
        now = int(time.time())
        claims = {"iss": consumer_key, "sub": username, "aud": login_url, "exp": now + 150}
        answer = requests.post(
            login_url + "/services/oauth2/token",
            data={
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": jwt.encode(claims, private_key, algorithm="RS256"),
            },
            timeout=30,
        )
        if answer.ok:
            return answer.json()["access_token"], answer.json()["instance_url"]
        if answer.status_code < 500 or attempt == attempts:
            break
        time.sleep(float(answer.headers.get("Retry-After", 1)))
    try:
        told = answer.json()
    except requests.JSONDecodeError:
        told = {"error": f"status {answer.status_code}"}
    raise Refused(told["error"], told.get("error_description"))
