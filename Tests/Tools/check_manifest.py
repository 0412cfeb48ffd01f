"""Checks a manifest of Kubernetes against the published schemas of a version. Unknown members are errors too.

usage: check_manifest.py FILE VERSION
Prints the kinds of its documents, separated by spaces.
"""
import sys

import kubernetes_validate
import yaml

path, version = sys.argv[1:]
kinds = []
for document in yaml.safe_load_all(open(path)):
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        sys.exit(f"{document['kind']}: {'.'.join(map(str, error.path))}: {error.message}")
    kinds.append(document["kind"])
print(" ".join(kinds))
