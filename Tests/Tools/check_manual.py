#!/usr/bin/env python3
"""Checks the Markdown of the manual: spelling, and that the targets of links inside the repository exist.

Usage: check_manual.py [--words]
  --words  prints every unknown word once, sorted, instead of the places; the exit status is then always 0

Needs `hunspell` with the British dictionary. Correct words that it does not know are in words.txt beside this file.
Exit status: 1 if there is an unknown word or a broken link.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = pathlib.Path(__file__).with_name("words.txt")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^\s*(```|~~~)")
INLINE_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['\u2019][A-Za-z]+)?")


def prose(page):
    """Yields the lines of a page as (number, text), without blocks of code."""
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchor(heading):
    """Returns a heading's anchor, as GitHub makes it."""
    text = LINK.sub(lambda link: link["text"], heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(page):
    counts, found = {}, set()
    for _, line in prose(page):
        if line.startswith("#"):
            name = anchor(line.lstrip("#"))
            counts[name] = counts.get(name, -1) + 1
            found.add(name if counts[name] == 0 else f"{name}-{counts[name]}")
        found.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return found


def broken_links(page):
    for number, line in prose(page):
        for link in LINK.finditer(INLINE_CODE.sub("", line)):
            target, _, fragment = link["target"].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            file = (page.parent / target).resolve() if target else page
            if not file.exists():
                yield number, f"no such file: {link['target']}"
            elif fragment and file.suffix == ".md" and fragment not in anchors(file):
                yield number, f"no such heading: {link['target']}"


def words(line):
    line = LINK.sub(lambda link: link["text"], INLINE_CODE.sub(" ", line))
    line = re.sub(r"<[^>]+>|https?://\S+|\S+@\S+|&\w+;", " ", line)
    # Tokens with digits, dots, slashes or inner capitals are names, not words.
    for token in re.split(r"[\s()\[\]{},;:!?\"*_|=+<>\u2192\u2013\u2026-]+", line):
        token = re.sub("['\u2019]s$", "", token.strip(".'\u2019/"))
        if not re.search(r"[\d./\\#@$%~^&]|[a-z][A-Z]|[A-Z]{2}", token):
            yield from WORD.findall(token)


def unknown(candidates):
    run = subprocess.run(
        ["hunspell", "-l", "-i", "utf-8", "-d", "en_GB"], input="\n".join(sorted(candidates)), text=True,
        capture_output=True, check=True)
    known = set(WORDS.read_text(encoding="utf-8").split())
    return {word for word in run.stdout.split() if word not in known and word.lower() not in known}


def main():
    places = {}
    for page in PAGES:
        for number, line in prose(page):
            for word in words(line):
                places.setdefault(word.replace("\u2019", "'"), []).append((page, number))
    misspelt = unknown(places)
    if "--words" in sys.argv[1:]:
        print("\n".join(sorted(misspelt)))
        return 0
    faults = [(*place, f"unknown word: {word}") for word in misspelt for place in places[word]]
    faults += [(page, *fault) for page in PAGES for fault in broken_links(page)]
    for page, number, fault in sorted(faults):
        print(f"{page.relative_to(ROOT)}:{number}: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
