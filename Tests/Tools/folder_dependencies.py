#!/usr/bin/env python3
"""Checks that the folders of each target depend on one another in one direction only.

The references of a file are read from the index that the compiler writes beside a debug build (`.build/debug/index/store`). A folder
depends on another folder of its target if one of its files refers to a symbol that a file of the other folder defines. A member of
an extension counts as defined in the file that contains the extension. References that the compiler adds do not count.

    folder_dependencies.py                            prints the folders of each target, from the bottom up
    folder_dependencies.py --edges                    also prints the references that form each cycle
    folder_dependencies.py --allow OrgSimulator       does not fail because of a cycle in this target
    folder_dependencies.py --document FILE            fails if FILE does not show the same picture
    folder_dependencies.py --document FILE --update   writes the picture into FILE

The line of a folder in the picture names only the folders directly below it; dependencies that follow from other lines are left
out. Targets with a single folder, and targets with a cycle, are not in the picture.

Exit status: 0 without a fault, 1 if there is a cycle or the document differs, 2 if the index is missing or incomplete.
"""
import argparse
import collections
import ctypes
import json
import os
import pathlib
import subprocess
import sys

Reference = collections.namedtuple("Reference", "file line symbol defined_in")

# Symbol roles and kinds of dependencies, as indexstore.h numbers them.
DEFINITION, REFERENCE, IMPLICIT = 1 << 1, 1 << 2, 1 << 8
DEPENDENCY_IS_RECORD = 2


class Text(ctypes.Structure):
    """indexstore_string_ref_t: bytes that the library owns."""

    _fields_ = [("bytes", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.bytes, self.length).decode() if self.length else ""


VISITOR = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)


class IndexStore:
    """The part of libIndexStore that is needed here."""

    def __init__(self, library, store):
        self.library = ctypes.CDLL(str(library))
        self.store = self.call("store_create", ctypes.c_void_p, os.fsencode(store), None)
        if not self.store:
            raise NoIndex(f"{store} cannot be opened.")

    def call(self, name, result, *arguments):
        function = getattr(self.library, "indexstore_" + name)
        function.restype = result
        return function(*[ctypes.c_void_p(value) if isinstance(value, int) else value for value in arguments])

    def text(self, name, *arguments):
        return str(self.call(name, Text, *arguments))

    def number(self, name, *arguments):
        return self.call(name, ctypes.c_uint64, *arguments)

    def visited(self, name, *arguments, read):
        """Returns what `read` returns for each object that the library visits. An object is valid only during its visit."""
        found = []

        def visit(_, visited):
            found.append(read(visited))
            return True

        self.call(name, ctypes.c_bool, *arguments, None, VISITOR(visit))
        return found

    def unit_names(self):
        found = []

        def visit(_, bytes, length):
            found.append(str(Text(bytes, length)))
            return True

        visitor = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(visit)
        self.call("store_units_apply_f", ctypes.c_bool, self.store, ctypes.c_uint(0), None, visitor)
        return found

    def unit(self, name):
        """Returns the main file, the time of writing and the record of a unit, or `None` if it cannot be read."""
        reader = self.call("unit_reader_create", ctypes.c_void_p, self.store, name.encode(), None)
        if not reader:
            return None
        try:
            seconds, nanoseconds = ctypes.c_int64(), ctypes.c_int64()
            self.call("unit_reader_get_modification_time", None, reader,
                      ctypes.byref(seconds), ctypes.byref(nanoseconds))
            records = [name for kind, name in self.visited(
                "unit_reader_dependencies_apply_f", reader, read=lambda dependency: (
                    self.call("unit_dependency_get_kind", ctypes.c_int, dependency),
                    self.text("unit_dependency_get_name", dependency))) if kind == DEPENDENCY_IS_RECORD]
            return (self.text("unit_reader_get_main_file", reader), (seconds.value, nanoseconds.value),
                    records[0] if records else None)
        finally:
            self.call("unit_reader_dispose", None, reader)

    def occurrences(self, record):
        """Returns each occurrence of a symbol in a file: the symbol's USR (a unique id), its name, the line, the roles."""
        reader = self.call("record_reader_create", ctypes.c_void_p, self.store, record.encode(), None)
        if not reader:
            raise NoIndex(f"The record {record} of the index is missing. Build again.")
        names = {}

        def read(occurrence):
            symbol = self.call("occurrence_get_symbol", ctypes.c_void_p, occurrence)
            if symbol not in names:
                names[symbol] = (self.text("symbol_get_usr", symbol), self.text("symbol_get_name", symbol))
            line, column = ctypes.c_uint(), ctypes.c_uint()
            self.call("occurrence_get_line_col", None, occurrence, ctypes.byref(line), ctypes.byref(column))
            return (*names[symbol], line.value, self.number("occurrence_get_roles", occurrence))

        try:
            return self.visited("record_reader_occurrences_apply_f", reader, read=read)
        finally:
            self.call("record_reader_dispose", None, reader)


class NoIndex(Exception):
    """The index is missing or incomplete."""


def index_library():
    """Returns the path of libIndexStore in the toolchain whose `swift` comes first in PATH."""
    told = subprocess.run(["swift", "-print-target-info"], stdout=subprocess.PIPE, check=True).stdout
    place = pathlib.Path(json.loads(told)["paths"]["runtimeResourcePath"]).parent / "libIndexStore.so"
    if not place.exists():
        raise NoIndex(f"The toolchain has no {place}.")
    return place


def records_by_file(store, sources):
    """Returns the record of the newest unit for each source file. Units of deleted files are ignored."""
    newest = {}
    for name in store.unit_names():
        unit = store.unit(name)
        if unit is None or not unit[2]:
            continue
        file, time, record = pathlib.Path(unit[0]).resolve(), unit[1], unit[2]
        if file in sources and (file not in newest or newest[file][0] < time):
            newest[file] = (time, record)
    missing = sorted(str(file) for file in sources - set(newest))
    if missing:
        raise NoIndex("The index does not have these files. Build first (swift build):\n  " + "\n  ".join(missing))
    return {file: record for file, (_, record) in newest.items()}


def references_between(occurrences):
    """Returns the references from each file to symbols that other files of its target define.

    - occurrences: The occurrences in each file of one target.
    """
    defined_in = {}
    for file, found in occurrences.items():
        for usr, _, _, roles in found:
            if roles & DEFINITION and not roles & IMPLICIT:
                defined_in.setdefault(usr, file)
    return sorted({
        Reference(file, line, name, defined_in[usr])
        for file, found in occurrences.items()
        for usr, name, line, roles in found
        if roles & REFERENCE and not roles & IMPLICIT and defined_in.get(usr, file) != file
    })


def targets_with_folders(sources):
    """Returns the files of each target that has more than one folder, by the target's path."""
    targets = {}
    for place in sorted(sources.iterdir()):
        files = set(place.rglob("*.swift"))
        if len({folder_of(file, place) for file in files}) > 1:
            targets[place] = files
    return targets


def folder_of(file, target):
    """Returns the path of a file's folder within its target; "." for a file directly in the target."""
    return str(file.parent.relative_to(target))


def edges_between_folders(references, folder):
    """Returns the references by (folder, folder that it depends on)."""
    edges = collections.defaultdict(list)
    for reference in references:
        ends = (folder(reference.file), folder(reference.defined_in))
        if ends[0] != ends[1]:
            edges[ends].append(reference)
    return edges


def circles_and_single_folders(folders, edges):
    """Returns the strongly connected components, each after those that it depends on (Tarjan's algorithm). A component of several
    folders is a cycle.
    """
    following = {folder: sorted({to for start, to in edges if start == folder}) for folder in folders}
    number, lowest, waiting, components = {}, {}, [], []

    def visit(folder):
        number[folder] = lowest[folder] = len(number)
        waiting.append(folder)
        for other in following[folder]:
            if other not in number:
                visit(other)
            if other in waiting:
                lowest[folder] = min(lowest[folder], lowest[other])
        if lowest[folder] == number[folder]:
            position = waiting.index(folder)
            components.append(sorted(waiting[position:]))
            del waiting[position:]

    for folder in sorted(folders):
        if folder not in number:
            visit(folder)
    return components


def layers(components, edges):
    """Returns the layer of each folder: 1 if it depends on nothing, or else one more than the highest layer that it depends on."""
    layer = {}
    for component in components:
        below = [layer[to] for start, to in edges if start in component and to not in component]
        for folder in component:
            layer[folder] = 1 + max(below, default=0)
    return layer


def folders_right_below(folder, edges):
    """Returns the folders that a folder depends on, without those that one of the others depends on anyway."""
    below = {to for start, to in edges if start == folder}
    deeper = set().union(*(everything_below(other, edges) for other in below))
    return sorted(below - deeper)


def everything_below(folder, edges):
    found, waiting = set(), [folder]
    while waiting:
        current = waiting.pop()
        for other in {to for start, to in edges if start == current} - found:
            found.add(other)
            waiting.append(other)
    return found


def picture(target, components, edges):
    """Returns the target's name, then one line for each folder, from the bottom up."""
    layer = layers(components, edges)
    folders = sorted((folder for component in components for folder in component), key=lambda name: (layer[name], name))
    return [target] + [
        f"{layer[folder]:4}  {folder:16} {' '.join(folders_right_below(folder, edges))}".rstrip() for folder in folders
    ]


def show_circle(target, circle, edges, root, shows_references):
    inside = {ends: found for ends, found in edges.items() if set(ends) <= set(circle)}
    count = sum(len(found) for found in inside.values())
    print(f"{target}: {len(circle)} folders in a cycle of {len(inside)} edges, {count} references: {' '.join(circle)}")
    for (start, to), found in sorted(inside.items(), key=lambda edge: len(edge[1])):
        print(f"  {start} -> {to}: {len(found)}")
        for reference in found if shows_references else []:
            print(f"    {reference.file.relative_to(root)}:{reference.line} -> {reference.symbol}"
                  f" @ {reference.defined_in.relative_to(root)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path.cwd(), help="the package (default: here)")
    parser.add_argument("--store", type=pathlib.Path, help="the index (default: .build/debug/index/store of the package)")
    parser.add_argument("--allow", action="append", default=[], help="a target that may have a cycle; may be repeated")
    parser.add_argument("--document", type=pathlib.Path, help="a document that shows the picture")
    parser.add_argument("--update", action="store_true", help="write the picture into the document")
    parser.add_argument("--edges", action="store_true", help="show the references of each cycle")
    return parser.parse_args()


FENCES = ("<!-- folders -->\n```text\n", "\n```\n<!-- end of folders -->")


def document_agrees(file, lines, updates):
    """Returns whether a document shows these lines between its marks. With `updates`, writes them there instead."""
    before, _, rest = file.read_text().partition(FENCES[0])
    shown, end, after = rest.partition(FENCES[1])
    if not end:
        raise NoIndex(f"{file} has no place for the picture of the folders.")
    text = "\n".join(lines)
    if updates:
        file.write_text(before + FENCES[0] + text + end + after)
    return updates or shown == text


def check(options):
    root = options.root.resolve()
    path = options.store or root / ".build/debug/index/store"
    if not (path / "v5" / "units").is_dir():
        raise NoIndex(f"There is no index at {path}. A debug build writes one: swift build.")
    store = IndexStore(index_library(), path)
    targets = targets_with_folders(root / "Sources")
    records = records_by_file(store, set().union(*targets.values()))
    circular, lines = [], []
    for place, files in targets.items():
        references = references_between({file: store.occurrences(records[file]) for file in sorted(files)})
        edges = edges_between_folders(references, lambda file: folder_of(file, place))
        components = circles_and_single_folders({folder_of(file, place) for file in files}, edges)
        circles = [component for component in components if len(component) > 1]
        for circle in circles:
            show_circle(place.name, circle, edges, root, options.edges)
        if not circles:
            lines += [""] * bool(lines) + picture(place.name, components, edges)
        elif place.name not in options.allow:
            circular.append(place.name)
    print("\n".join(lines))
    if circular:
        print(f"Folders of these targets depend on one another in a cycle: {', '.join(circular)}.", file=sys.stderr)
    elif options.document and not document_agrees(options.document, lines, options.update):
        print(f"{options.document} shows another picture of the folders. Run this again with --update.", file=sys.stderr)
        return 1
    return 1 if circular else 0


if __name__ == "__main__":
    try:
        sys.exit(check(arguments()))
    except BrokenPipeError:
        # The reader of stdout, such as `head`, has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except NoIndex as problem:
        print(f"folder_dependencies: {problem}", file=sys.stderr)
        sys.exit(2)
