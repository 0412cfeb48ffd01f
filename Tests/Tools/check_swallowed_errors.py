#!/usr/bin/env python3
"""Checks that each `try? await` in Sources has a comment that says why nothing is lost.

The comment is on the same line or ends on the line before. A doc comment does not count.

usage: check_swallowed_errors.py [FOLDER]
Prints each place without such a comment, and then exits with 1.
"""

import re
import sys
from pathlib import Path

SWALLOWED = re.compile(r"\btry\?\s+await\b")


def code_and_comment(line):
    """Splits a line at its comment. `//` in a string, such as in a URL, begins no comment."""
    in_string = False
    for index, character in enumerate(line):
        if character == '"' and (index == 0 or line[index - 1] != "\\"):
            in_string = not in_string
        if not in_string and line.startswith("//", index):
            return line[:index], line[index:]
    return line, ""


def is_explanation(line):
    text = line.strip()
    return text.startswith("//") and not text.startswith("///")


def uncommented(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        code, comment = code_and_comment(line)
        if not SWALLOWED.search(code) or comment:
            continue
        if number == 0 or not is_explanation(lines[number - 1]):
            yield number + 1


def main():
    default = Path(__file__).resolve().parents[2] / "Sources"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    found = [f"{path}:{line}" for path in sorted(folder.rglob("*.swift")) for line in uncommented(path)]
    for place in found:
        print(f"{place}: Say in a comment why the error of this `try? await` can be ignored, or handle it.")
    return 1 if found else 0


sys.exit(main())
