"""An OpenID Connect issuer for tests, on a free port of this machine.

usage: oidc_issuer.py
Prints one line of JSON with its `url`. It signs with PyJWT.
  GET  /.well-known/openid-configuration, /keys
  POST /token with a JSON object of claims, and of `_header`, `_alg` and `_old`: the token as text. `iss` is set.
       `_alg`: RS256 (default), ES256, HS256 with the published key as the secret, none. `_old`: signs with the former key.
  POST /rotate: replaces the keys. The former ones are no longer published.
  GET  /reads: how often the keys were read
"""

import base64
import hmac
import http.server
import json
import threading

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Keys:
    def __init__(self, number):
        self.number = number
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def published(self):
        of_rsa = json.loads(RSAAlgorithm.to_jwk(self.rsa.public_key()))
        of_ec = json.loads(ECAlgorithm.to_jwk(self.ec.public_key()))
        encryption = {"kty": "oct", "kid": "other", "use": "enc", "k": "AAAA"}
        return [encryption, of_rsa | {"kid": f"rsa-{self.number}"}, of_ec | {"kid": f"ec-{self.number}"}]

    def token(self, claims, algorithm, header):
        if algorithm == "none":
            return jwt.encode(claims, None, "none", header)
        if algorithm == "HS256":
            # PyJWT refuses a public key as a secret.
            secret = self.rsa.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            head = {"alg": "HS256", "kid": f"rsa-{self.number}"} | header
            signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
            return signed + "." + encoded(hmac.digest(secret, signed.encode(), "sha256"))
        kind = "ec" if algorithm.startswith("ES") else "rsa"
        return jwt.encode(claims, getattr(self, kind), algorithm, {"kid": f"{kind}-{self.number}"} | header)


state = {"now": Keys(1), "former": None, "reads": 0}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, text, kind="application/json"):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with lock:
            if self.path == "/.well-known/openid-configuration":
                self.answer(json.dumps({"issuer": url, "jwks_uri": url + "/keys"}))
            elif self.path == "/keys":
                state["reads"] += 1
                self.answer(json.dumps({"keys": state["now"].published()}))
            elif self.path == "/reads":
                self.answer(str(state["reads"]), "text/plain")
            else:
                self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            if self.path == "/rotate":
                state["former"], state["now"] = state["now"], Keys(state["now"].number + 1)
                self.answer("{}")
                return
            claims = {"iss": url} | json.loads(body)
            header, algorithm = claims.pop("_header", {}), claims.pop("_alg", "RS256")
            keys = state["former"] if claims.pop("_old", False) else state["now"]
            self.answer(keys.token(claims, algorithm, header), "text/plain")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
url = f"http://127.0.0.1:{server.server_port}"
print(json.dumps({"url": url}), flush=True)
server.serve_forever()
