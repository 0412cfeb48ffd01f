"""Runs a program in a new terminal, and types Ctrl-C at its first prompt.

interrupt_at_terminal.py PROGRAM ARGUMENT...

Output that ends with ": " counts as a prompt. Prints `echo on` or `echo off`, the setting that the program left the terminal with;
then `status` and the exit status, negative for a signal; then everything that the terminal showed.
"""
import os
import pty
import sys
import termios

process, terminal = pty.fork()
if process == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b""
while not shown.endswith(b": "):
    shown += os.read(terminal, 4096)
os.write(terminal, b"\x03")
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
echo = termios.tcgetattr(terminal)[3] & termios.ECHO
status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
print("echo on" if echo else "echo off")
print("status", status)
print(shown.decode(errors="replace"))
