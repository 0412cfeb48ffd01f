"""Holds an SQLite store as if a process had been suspended before it filled the index of the write-ahead log (`STORE-shm`).

hold_log_index.py STORE        prints `held` when it holds the locks, and exits when its standard input is closed
"""
import fcntl
import os
import sys

index = os.open(sys.argv[1] + "-shm", os.O_RDWR | os.O_CREAT, 0o600)
os.ftruncate(index, 0)
os.ftruncate(index, 32768)
# "WAL-mode File Format", 2.3: the write lock is at byte 120. Byte 128 says that the file is in use ("os_unix.c").
fcntl.lockf(index, fcntl.LOCK_SH, 1, 128)
fcntl.lockf(index, fcntl.LOCK_EX, 1, 120)
print("held", flush=True)
sys.stdin.read()
