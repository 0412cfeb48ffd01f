"""Runs a program at a terminal of its own, and types an answer at each prompt.

at_terminal.py ANSWERS PROGRAM ARGUMENT...

ANSWERS is a file, a line for each prompt. A prompt is what ends with ": ". All that the terminal showed goes to stdout.
"""
import os
import pty
import sys

answers = open(sys.argv[1]).read().splitlines()
shown = b""
process, terminal = pty.fork()
if process == 0:
    os.execv(sys.argv[2], sys.argv[2:])
waiting = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    waiting += piece
    if waiting.endswith(b": ") and answers:
        os.write(terminal, answers.pop(0).encode() + b"\n")
        waiting = b""
status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
sys.stdout.buffer.write(shown)
sys.exit(status if status >= 0 else 128 - status)
