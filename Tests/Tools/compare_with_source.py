#!/usr/bin/env python3
"""Compares metadata in the Metadata API form with the SFDX source it should have come from.

usage: compare_with_source.py [--allow-missing] [--allow-permission-sets] SOURCE_DIR PULLED_DIR

SOURCE_DIR  an SFDX project (sfdx-project.json), or a folder of source
PULLED_DIR  an unpacked retrieve: package.xml beside the type directories, or those below unpackaged/

Plain and content files must be equal byte for byte. Merged objects, translations and bots must be equal as XML; the order of
siblings and the white space between elements do not matter. For a static resource that the source has unpacked, the content of the
archive is compared. A profile may have less than its source. Every consumerSecret must be missing, and the certificate of an
External Client App may be missing. package.xml must name exactly the components that are there. Hidden files in PULLED_DIR and
aprity's own record, aprity-pull.json, are ignored.

Prints one line for each difference. Exit status: 0 no difference, 1 differences, 2 wrong usage.
With --allow-missing, components of the source that were not pulled are no difference. With --allow-permission-sets, permission sets
that are not in the source are no difference either: an org has others beside those of its source.
"""

import collections
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

META = "-meta.xml"
MERGED = {
    "objects": ("CustomObject", "object"),
    "objectTranslations": ("CustomObjectTranslation", "objectTranslation"),
    "bots": ("Bot", "bot"),
}
# Suffix of a child's file -> (child type or None if the child has no type, element in the parent).
CHILDREN = {
    "businessProcess": ("BusinessProcess", "businessProcesses"),
    "compactLayout": ("CompactLayout", "compactLayouts"),
    "field": ("CustomField", "fields"),
    "fieldSet": ("FieldSet", "fieldSets"),
    "index": ("Index", "indexes"),
    "indexe": ("Index", "indexes"),
    "listView": ("ListView", "listViews"),
    "recordType": ("RecordType", "recordTypes"),
    "sharingReason": ("SharingReason", "sharingReasons"),
    "validationRule": ("ValidationRule", "validationRules"),
    "webLink": ("WebLink", "webLinks"),
    "fieldTranslation": (None, "fields"),
    "botVersion": ("BotVersion", "botVersions"),
}
# Child types that live inside one file of another type: child type -> directory of the parent's files.
INLINE = {
    "CustomLabel": "labels",
    "AssignmentRule": "assignmentRules",
    "AutoResponseRule": "autoResponseRules",
    "EscalationRule": "escalationRules",
    "ManagedTopic": "managedTopics",
    "MatchingRule": "matchingRules",
    "SharingCriteriaRule": "sharingRules",
    "SharingGuestRule": "sharingRules",
    "SharingOwnerRule": "sharingRules",
    "SharingTerritoryRule": "sharingRules",
    "WorkflowAlert": "workflows",
    "WorkflowFieldUpdate": "workflows",
    "WorkflowKnowledgePublish": "workflows",
    "WorkflowOutboundMessage": "workflows",
    "WorkflowRule": "workflows",
    "WorkflowSend": "workflows",
    "WorkflowTask": "workflows",
}
BUNDLES = {
    "aura": "AuraDefinitionBundle",
    "lwc": "LightningComponentBundle",
    "waveTemplates": "WaveTemplateBundle",
}
FOLDERED = {"reports": "Report", "dashboards": "Dashboard", "documents": "Document", "email": "EmailTemplate"}
FOLDER_SUFFIX = re.compile(r"\.(report|dashboard|document|email)Folder$")
WITH_SECRET = (".connectedApp", ".ecaGlblOauth", ".authprovider")
# Parts of a profile that name components. An org returns only those whose component was retrieved too.
PROFILE_PARTS = {
    "applicationVisibilities", "classAccesses", "customMetadataTypeAccesses", "customPermissions",
    "customSettingAccesses", "externalDataSourceAccesses", "fieldPermissions", "flowAccesses", "layoutAssignments",
    "objectPermissions", "pageAccesses", "recordTypeVisibilities", "tabVisibilities",
}


def local(tag):
    return tag.rsplit("}", 1)[-1]


def canonical(element, name=None, drop=()):
    """Returns a value that is the same for equivalent XML: names without prefix, sorted siblings, text without white space around it.
    Elements in `drop` are left out.
    """
    children = [canonical(child, drop=drop) for child in element if local(child.tag) not in drop]
    attributes = sorted((local(key), value) for key, value in element.attrib.items())
    text = "" if children else (element.text or "").strip()
    return (name or local(element.tag), tuple(attributes), text, tuple(sorted(children)))


def parsed(data):
    return ElementTree.fromstring(data)


def ignore_rules(root):
    rules = []
    try:
        lines = open(os.path.join(root, ".forceignore"), encoding="utf-8").read().splitlines()
    except FileNotFoundError:
        return rules
    for line in lines:
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        negated = line.startswith("!")
        line = line[1:] if negated else line
        only_directories = line.endswith("/")
        line = line.rstrip("/")
        pattern = line.lstrip("/") if "/" in line else "**/" + line
        rules.append((re.compile(translated(pattern)), negated, only_directories))
    return rules


def translated(pattern):
    out, i = "", 0
    while i < len(pattern):
        if pattern.startswith("**/", i):
            out, i = out + "(?:[^/]+/)*", i + 3
        elif pattern.startswith("**", i):
            out, i = out + ".+", i + 2
        elif pattern[i] == "*":
            out, i = out + "[^/]*", i + 1
        elif pattern[i] == "?":
            out, i = out + "[^/]", i + 1
        elif pattern[i] == "[" and "]" in pattern[i:]:
            end = pattern.index("]", i)
            out, i = out + "[" + pattern[i + 1:end].replace("!", "^", 1) + "]", end + 1
        else:
            out, i = out + re.escape(pattern[i]), i + 1
    return out + r"\Z"


def is_ignored(path, rules):
    parts = path.split("/")
    for length in range(1, len(parts) + 1):
        verdict = False
        for regex, negated, only_directories in rules:
            if (length < len(parts) or not only_directories) and regex.match("/".join(parts[:length])):
                verdict = not negated
        if verdict:
            return True
    return False


def source_files(root):
    """Returns the files of the source: path below its package directory -> (path below the root, content)."""
    directories = [""]
    project = os.path.join(root, "sfdx-project.json")
    if os.path.exists(project):
        described = json.load(open(project, encoding="utf-8"))
        directories = [os.path.normpath(entry["path"]) for entry in described["packageDirectories"]]
    rules = ignore_rules(root)
    files = []
    for directory in directories:
        top = os.path.join(root, directory)
        for base, names, leaves in os.walk(top):
            names[:] = sorted(name for name in names if not name.startswith("."))
            for leaf in sorted(leaves):
                full = os.path.join(base, leaf)
                shown = os.path.relpath(full, root).replace(os.sep, "/")
                if leaf.startswith(".") or is_ignored(shown, rules):
                    continue
                inside = os.path.relpath(full, top).replace(os.sep, "/")
                files.append((inside, shown, open(full, "rb").read()))
    return files


class Expected:
    """What an unpacked retrieve of the whole source must contain."""

    def __init__(self, files):
        self.exact = {}
        self.merged = collections.defaultdict(list)
        self.archives = collections.defaultdict(dict)
        names = {inside for inside, _, _ in files}
        for inside, shown, data in files:
            self.add(inside.split("/"), inside, shown, data, names)

    def add(self, parts, inside, shown, data, names):
        for index, part in enumerate(parts[:-1]):
            rest = parts[index + 1:]
            if part in BUNDLES and len(rest) > 1:
                return self.put("/".join([part] + rest), shown, data)
            if part in MERGED and len(rest) > 1 and parts[-1].endswith(META):
                return self.merge(part, rest, shown, data)
            if part == "staticresources":
                return self.static_resource(rest, shown, data)
            if part == "experiences":
                return self.put("/".join([part] + rest), shown, data)
            if part == "documents":
                return self.document(inside, rest, shown, data, names)
        self.plain(parts, inside, shown, data, names)

    def put(self, path, shown, data):
        self.exact[path] = (shown, data)

    def merge(self, directory, rest, shown, data):
        stem, suffix = rest[-1][:-len(META)].rsplit(".", 1)
        kind, parent_suffix = MERGED[directory]
        root = parsed(data)
        path = f"{directory}/{rest[0]}.{parent_suffix}"
        if suffix == parent_suffix:
            self.merged[path] += [canonical(child) for child in root]
        elif suffix in CHILDREN:
            self.merged[path].append(canonical(root, name=CHILDREN[suffix][1]))
        else:
            print(f"note: {shown}: not compared, no rule for its suffix")

    def static_resource(self, rest, shown, data):
        if len(rest) > 1:
            self.archives[f"staticresources/{rest[0]}.resource"]["/".join(rest[1:])] = data
        elif rest[0].endswith(".resource" + META):
            self.put("staticresources/" + rest[0], shown, data)
        else:
            self.put(f"staticresources/{rest[0].rsplit('.', 1)[0]}.resource", shown, data)

    def document(self, inside, rest, shown, data, names):
        name = rest[-1]
        if not name.endswith(META):
            return self.put("documents/" + "/".join(rest), shown, data)
        stem = name[:-len(META)]
        folder = FOLDER_SUFFIX.sub("", stem)
        if folder != stem or "." not in stem:
            return self.put("documents/" + "/".join(rest[:-1] + [folder]) + META, shown, data)
        stem = stem.rsplit(".", 1)[0]
        base = inside[:-len(name)]
        for other in names:
            beside = other[len(base):]
            if other.startswith(base) and "/" not in beside and not beside.endswith(META):
                if beside.rsplit(".", 1)[0] == stem:
                    return self.put("documents/" + "/".join(rest[:-1] + [beside]) + META, shown, data)
        print(f"note: {shown}: no document beside it")

    def plain(self, parts, inside, shown, data, names):
        name = parts[-1]
        directory = [parts[-2]] if len(parts) > 1 else []
        for index, part in enumerate(parts[:-1]):
            if part in FOLDERED or part == "territory2Models":
                directory = parts[index:-1]
        if not directory:
            return
        if not name.endswith(META):
            if inside + META in names:
                self.put("/".join(directory + [name]), shown, data)
            return
        stem = name[:-len(META)]
        if FOLDER_SUFFIX.search(stem) or "." not in stem:
            return self.put("/".join(directory + [FOLDER_SUFFIX.sub("", stem)]) + META, shown, data)
        has_content = inside[:-len(META)] in names
        self.put("/".join(directory + [name if has_content else stem]), shown, data)


def pulled_files(root):
    if not os.path.exists(os.path.join(root, "package.xml")):
        root = os.path.join(root, "unpackaged")
    files = {}
    for base, names, leaves in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        leaves = [leaf for leaf in leaves if base != root or leaf != "aprity-pull.json"]
        for leaf in leaves:
            if not leaf.startswith("."):
                full = os.path.join(base, leaf)
                files[os.path.relpath(full, root).replace(os.sep, "/")] = open(full, "rb").read()
    return files


def manifest_of(data):
    members = collections.defaultdict(set)
    for types in parsed(data):
        if local(types.tag) == "types":
            name = next(child.text for child in types if local(child.tag) == "name")
            members[name] |= {child.text for child in types if local(child.tag) == "members"}
    return members


def differences(source, pulled_root, allow_missing, allow_permission_sets):
    expected = Expected(source_files(source))
    pulled = pulled_files(pulled_root)
    if "package.xml" not in pulled:
        return ["package.xml: missing"]
    manifest = manifest_of(pulled["package.xml"])
    found = []
    wanted = set(expected.exact) | set(expected.merged) | set(expected.archives)
    if not allow_missing:
        found += [f"{path}: not pulled" for path in sorted(wanted - set(pulled))]
    added = set(pulled) - wanted - {"package.xml"}
    if allow_permission_sets:
        added = {path for path in added if not path.startswith("permissionsets/")}
    found += [f"{path}: not in the source" for path in sorted(added)]
    for path in sorted(wanted & set(pulled)):
        try:
            found += compared(path, expected, pulled[path], manifest)
        except ElementTree.ParseError as problem:
            found.append(f"{path}: not well-formed: {problem}")
        except zipfile.BadZipFile as problem:
            found.append(f"{path}: not an archive: {problem}")
    return found + manifest_differences(pulled, manifest)


def compared(path, expected, data, manifest):
    if path in expected.merged:
        directory, name = path.split("/", 1)
        is_whole = name.rsplit(".", 1)[0] in manifest[MERGED[directory][0]]
        return merged_differences(path, expected.merged[path], data, is_whole)
    if path in expected.archives:
        return archive_differences(path, expected.archives[path], data)
    source = expected.exact[path][1]
    if source == data and not path.endswith(WITH_SECRET):
        return []
    if path.startswith("profiles/"):
        return profile_differences(path, parsed(source), parsed(data))
    if path.endswith(WITH_SECRET):
        if b"consumerSecret" in data:
            return [f"{path}: holds a consumerSecret"]
        hidden = ("consumerSecret", "certificate") if path.endswith(".ecaGlblOauth") else ("consumerSecret",)
        mine = canonical(parsed(data))
        if mine in [canonical(parsed(source), drop=hidden[:count]) for count in range(1, len(hidden) + 1)]:
            return []
    if path.split("/")[0] in INLINE.values() and not path.endswith(META):
        # A retrieve may request only some of the children.
        inside = collections.Counter(canonical(child) for child in parsed(source))
        mine = collections.Counter(canonical(child) for child in parsed(data))
        listed = any(path.startswith(INLINE[kind] + "/") for kind in manifest if kind in INLINE)
        if listed and not mine - inside:
            return []
    return [f"{path}: not byte for byte the source file {expected.exact[path][0]}"]


def merged_differences(path, source, data, is_whole):
    source = collections.Counter(source)
    mine = collections.Counter(canonical(child) for child in parsed(data))
    found = [f"{path}: has <{shown(entry)}>, which the source has not" for entry in sorted(mine - source)]
    if is_whole:
        found += [f"{path}: lacks <{shown(entry)}>" for entry in sorted(source - mine)]
    return found


def shown(entry):
    names = [child[2] for child in entry[3] if child[0] in ("fullName", "name")]
    return f"{entry[0]} {names[0]}" if names else entry[0]


def archive_differences(path, source, data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        mine = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    names = sorted(set(source) | set(mine))
    return [f"{path}: {name} differs from the source" for name in names if source.get(name) != mine.get(name)]


def profile_differences(path, source, mine):
    whole = collections.Counter(canonical(child) for child in source)
    part = collections.Counter(canonical(child) for child in mine)
    found = [f"{path}: has <{shown(entry)}>, which the source has not" for entry in sorted(part - whole)]
    lacking = sorted(entry for entry in whole - part if entry[0] not in PROFILE_PARTS)
    return found + [f"{path}: lacks <{shown(entry)}>" for entry in lacking]


def manifest_differences(pulled, manifest):
    there = collections.defaultdict(set)
    partial = []
    for path, data in pulled.items():
        if path == "package.xml":
            continue
        kind, member = component(path, data, pulled)
        if kind is not None:
            there[kind].add(member)
    # A parent's file may be there only because of children that were retrieved. package.xml then names the children instead.
    for kind in sorted(there):
        for member in sorted(there[kind] - manifest[kind]):
            partial.append((kind, member))
    found = []
    for kind, member in partial:
        if not has_named_children(kind, member, manifest):
            found.append(f"package.xml: does not name {kind} {member}, which is there")
    child_kinds = {name for name, _ in CHILDREN.values() if name} | set(INLINE)
    for kind in sorted(manifest):
        if kind in child_kinds:
            found += [
                f"package.xml: names {kind} {member}, which is not there"
                for member in sorted(manifest[kind]) if not child_is_there(kind, member, pulled)
            ]
        else:
            found += [
                f"package.xml: names {kind} {member}, which is not there"
                for member in sorted(manifest[kind] - there[kind])
            ]
    return found


def has_named_children(kind, member, manifest):
    if kind == "CustomLabels":
        return bool(manifest["CustomLabel"])
    children = {name for name, _ in CHILDREN.values() if name} | set(INLINE)
    return any(name.startswith(member + ".") for child in children for name in manifest[child])


def child_is_there(kind, member, pulled):
    parent, _, name = member.rpartition(".")
    if kind in INLINE:
        paths = [path for path in pulled if path.startswith(INLINE[kind] + "/")]
    else:
        paths = [f"objects/{parent}.object", f"bots/{parent}.bot"]
    for path in paths:
        stem = path.split("/")[-1].rsplit(".", 1)[0]
        if path not in pulled or (parent and stem != parent):
            continue
        for element in parsed(pulled[path]):
            named = [child.text for child in element if local(child.tag) in ("fullName", "name")]
            if name in named:
                return True
    return False


def component(path, data, pulled):
    """Returns the type and member of a file, or (None, None) if the file is only a part of a component."""
    directory, rest = path.split("/", 1)
    if directory in BUNDLES:
        return BUNDLES[directory], rest.split("/")[0]
    if directory in MERGED:
        return MERGED[directory][0], rest.rsplit(".", 1)[0]
    if directory == "experiences":
        return "ExperienceBundle", rest.split("/")[0].split(".site")[0]
    if directory in FOLDERED:
        if rest.endswith(META):
            is_companion = path[:-len(META)] in pulled
            return (None, None) if is_companion else (FOLDERED[directory], rest[:-len(META)])
        return FOLDERED[directory], rest if directory == "documents" else rest.rsplit(".", 1)[0]
    if rest.endswith(META):
        return None, None
    definition = pulled.get(path + META, data)
    kind = "Settings" if directory == "settings" else local(parsed(definition).tag)
    name = rest.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if directory == "territory2Models" and rest.count("/") > 1:
        name = rest.split("/")[0] + "." + name
    return kind, name


def main(arguments):
    allow_missing = "--allow-missing" in arguments
    paths = [argument for argument in arguments if not argument.startswith("--")]
    if len(paths) != 2 or not all(os.path.isdir(path) for path in paths):
        print(__doc__, file=sys.stderr)
        return 2
    found = differences(paths[0], paths[1], allow_missing, "--allow-permission-sets" in arguments)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
