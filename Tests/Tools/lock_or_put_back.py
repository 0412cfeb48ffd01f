"""Holds a store's write lock, or rolls its records back.

lock_or_put_back.py STORE lock SECONDS        holds the lock for this time
lock_or_put_back.py STORE put-back SECONDS    remembers the records now, and restores them after this time
"""
import sqlite3
import sys
import time

path, act, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
store = sqlite3.connect(path, timeout=10, isolation_level=None)
if act == "lock":
    store.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    store.execute("ROLLBACK")
else:
    former = store.execute("SELECT kind, id, revision, body, masterKeyID, tag FROM record").fetchall()
    time.sleep(seconds)
    store.execute("BEGIN IMMEDIATE")
    store.execute("DELETE FROM record")
    store.executemany("INSERT INTO record (kind, id, revision, body, masterKeyID, tag) VALUES (?, ?, ?, ?, ?, ?)", former)
    store.execute("COMMIT")
