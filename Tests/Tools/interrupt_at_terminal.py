"""Runs a program at a terminal of its own, and types Ctrl-C at its first prompt.

interrupt_at_terminal.py PROGRAM ARGUMENT...

A prompt is what ends with ": ". Prints a line `echo on` or `echo off`, what the terminal does afterwards, and one with the exit
status.
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
