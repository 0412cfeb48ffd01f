"""Tests jwt_client.py with the embedded org: success, a wrong key, and an org that is unavailable for a moment."""

import datetime
import unittest

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

import jwt_client
from embedded_org import EmbeddedOrg

LOGIN_URL = "https://harbour-bikes.my.salesforce.com"
USERNAME = "integration@harbour-bikes.example"


def key_pair():
    """A private key and its self-signed certificate, both as PEM text."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mine")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


class JWTClientTests(unittest.TestCase):
    def setUp(self):
        self.key, certificate = key_pair()
        self.org = self.enterContext(EmbeddedOrg())
        self.consumer_key = self.org.make_app(certificate)

    def sign_in(self, key=None):
        return jwt_client.sign_in(LOGIN_URL, USERNAME, self.consumer_key, key or self.key)

    def test_the_token_opens_the_api(self):
        token, instance_url = self.sign_in()
        answer = requests.get(
            instance_url + "/services/data/v67.0/limits", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self.assertEqual(answer.status_code, 200)

    def test_a_wrong_key_is_refused_and_not_tried_again(self):
        with self.assertRaises(jwt_client.Refused) as refusal:
            self.sign_in(key_pair()[0])
        self.assertEqual(refusal.exception.args, ("invalid_client", "invalid client credentials"))
        self.assertEqual(len(self.org.history()), 1)

    def test_an_org_that_is_down_for_a_moment_is_asked_again(self):
        fault = {"path": "/services/oauth2/token", "status": 503, "headers": {"Retry-After": "0"}, "count": 2}
        self.org.save({"faults": [fault]})
        self.sign_in()
        self.assertEqual([seen.get("fault") for seen in self.org.history()], ["answer", "answer", None])

    def test_a_page_in_place_of_an_answer_is_no_token(self):
        self.org.save({"faults": [{"path": "/services/oauth2/token", "kind": "html"}]})
        with self.assertRaises(requests.JSONDecodeError):
            self.sign_in()


if __name__ == "__main__":
    unittest.main()
