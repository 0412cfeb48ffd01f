"""Holds a store as a process does that was stopped before it filled the index of the log.

hold_log_index.py STORE        prints a line when it holds the locks, and ends with its standard input
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
