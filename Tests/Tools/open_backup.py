"""Opens a backup with nothing but the format that docs/decisions/0016-master-key-and-backups.md specifies, and prints one JSON object
about its content.

open_backup.py BACKUP PASSPHRASE_FILE
"""
import hashlib
import hmac
import json
import sqlite3
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"aprity-backup-1\n"
CHUNK = 65536 + 16


def expand(key, purpose):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


file = open(sys.argv[1], "rb").read()
passphrase = open(sys.argv[2], "rb").read().split(b"\n")[0]
assert file.startswith(MAGIC)
exponent, block, parallel, zero = file[16:20]
salt, check, head = file[20:36], file[36:68], file[:68]
key = hashlib.scrypt(
    passphrase, salt=salt, n=1 << exponent, r=block, p=parallel, maxmem=1 << 30, dklen=32
)
expected = hmac.digest(expand(key, b"aprity backup 1 check of the passphrase"), file[:36], "sha256")
assert hmac.compare_digest(check, expected), "another passphrase"

cipher = AESGCM(expand(key, b"aprity backup 1 chunks"))
pieces = [file[start:start + CHUNK] for start in range(68, len(file), CHUNK)]
plain = b""
for number, piece in enumerate(pieces):
    last = number == len(pieces) - 1
    nonce = b"\0\0\0" + struct.pack(">Q", number) + bytes([last])
    plain += cipher.decrypt(nonce, piece, head)

length = struct.unpack(">I", plain[:4])[0]
manifest = json.loads(plain[4:4 + length])
parts, start = {}, 4 + length
for part in manifest["parts"]:
    parts[part["name"]] = plain[start:start + part["size"]]
    start += part["size"]
assert start == len(plain)

store = sqlite3.connect(":memory:")
store.deserialize(parts["store"])
print(json.dumps({
    "costExponent": exponent,
    "lastAuditRecord": manifest["lastAuditRecord"],
    "parts": sorted(name for name, bytes in parts.items() if bytes),
    "integrity": store.execute("PRAGMA integrity_check").fetchone()[0],
    "auditRecords": store.execute("SELECT count(*) FROM auditRecord").fetchone()[0],
    "masterKeys": parts["masterKey"].count(b"aprity-master-key-1:"),
}))
