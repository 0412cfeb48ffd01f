"""Runs a program in a new terminal, and types an answer at each prompt.

at_terminal.py ANSWERS PROGRAM ARGUMENT...

ANSWERS is a file with one line for each prompt. Output that ends with ": " counts as a prompt. At the end, everything that the
terminal showed goes to stdout. The exit status is the program's, or 128 plus the number of the signal that ended it.
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
