"""Makes a forged RSASSA-PKCS1-v1_5 signature of each known family, all for the same assertion.

Usage: forged_signatures.py HEADER CLAIMS, both JSON. Prints one JSON object: certificatePEM (of a key with the public exponent 3, made
for this run), genuine (the assertion with its right signature) and forged (the assertion with a forged signature, by family). RFC 8017
§8.2.2 accepts none of the forged ones. Some are made with the private key: a verifier that parses the padding would accept them, and
one that compares it does not.
"""
import base64
import datetime
import hashlib
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
SHA256_INFO_WITHOUT_NULL = bytes.fromhex("302f300b0609608648016503040201" + "0420")
SHA256_INFO_LONG_LENGTH = bytes.fromhex("308131300d060960864801650304020105000420")
SHA1_INFO_FOR_32_BYTES = bytes.fromhex("302d300906052b0e03021a05000420")


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cube_root_above(number):
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        if middle ** 3 < number:
            low = middle + 1
        else:
            high = middle
    return low


key = rsa.generate_private_key(public_exponent=3, key_size=2048)
n, d = key.public_key().public_numbers().n, key.private_numbers().d
size = 256
text = base64url(sys.argv[1].encode()) + "." + base64url(sys.argv[2].encode())
digest = hashlib.sha256(text.encode()).digest()


def padded(info, fill=b"\xff", kind=b"\x01", first=b"\x00"):
    rest = size - 3 - len(info)
    return first + kind + fill * rest + b"\x00" + info


def private(block):
    return pow(int.from_bytes(block, "big"), d, n).to_bytes(size, "big")


def cube_root_forgery(prefix):
    """Returns a number whose cube begins with the prefix and continues with garbage. Needs no private key."""
    block = int.from_bytes(prefix + b"\x00" * (size - len(prefix)), "big")
    root = cube_root_above(block)
    assert (root ** 3).to_bytes(size, "big").startswith(prefix), "no cube begins so"
    return root.to_bytes(size, "big")


genuine = private(padded(SHA256_INFO + digest))
short = b"\x00\x01" + b"\xff" * 8 + b"\x00" + SHA256_INFO + digest
forged = {
    "cube root, hash followed by garbage": cube_root_forgery(short),
    "cube root, no padding at all": cube_root_forgery(b"\x00\x01\x00" + SHA256_INFO + digest),
    "short padding, trailing zeros": private(short + b"\x00" * (size - len(short))),
    "one trailing byte": private(padded(SHA256_INFO + digest + b"\x00")),
    "no NULL in the algorithm": private(padded(SHA256_INFO_WITHOUT_NULL + digest)),
    "length in the long form": private(padded(SHA256_INFO_LONG_LENGTH + digest)),
    "object identifier of SHA-1": private(padded(SHA1_INFO_FOR_32_BYTES + digest)),
    "no DigestInfo": private(padded(digest)),
    "padding of zeros, type 0": private(padded(SHA256_INFO + digest, fill=b"\x00", kind=b"\x00")),
    "padding of an encryption, type 2": private(padded(SHA256_INFO + digest, kind=b"\x02")),
    "padding of other bytes": private(padded(SHA256_INFO + digest, fill=b"\xfe")),
    "another first byte": private(padded(SHA256_INFO + digest, first=b"\x01")[: size]) if n >> 2040 > 1 else b"\x01" * size,
    "signature of SHA-1": key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1()),
    "signature of SHA-384": key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA384()),
    "signature of SHA-512": key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA512()),
    "signature of PSS": key.sign(
        text.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH), hashes.SHA256()),
    "a leading zero byte more": b"\x00" + genuine,
    "the last byte gone": genuine[:-1],
    "a byte more": genuine + b"\x00",
    "empty": b"",
    "zero": b"\x00" * size,
    "one": b"\x00" * (size - 1) + b"\x01",
    "the modulus": n.to_bytes(size, "big"),
    "all ones": b"\xff" * size,
}
plus = int.from_bytes(genuine, "big") + n
if plus < 1 << 2048:
    forged["the genuine one plus the modulus"] = plus.to_bytes(size, "big")
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "forged")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    .sign(key, hashes.SHA256()))
print(json.dumps({
    "certificatePEM": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    "genuine": text + "." + base64url(genuine),
    "forged": {family: text + "." + base64url(signature) for family, signature in forged.items()},
}))
