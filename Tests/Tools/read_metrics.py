"""Reads the metrics of a server with the parser of Prometheus' own client library.

Usage: read_metrics.py URL TOKEN_FILE. Prints one JSON object: {"NAME": [[{LABEL: VALUE, ...}, NUMBER], ...], ...}. Names of counters
are without their ending `_total`.
"""
import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

with open(sys.argv[2]) as file:
    token = file.readline().strip()
request = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + token})
with urllib.request.urlopen(request, timeout=20) as answer:
    text = answer.read().decode()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers["Content-Type"]
families = {}
for family in text_string_to_metric_families(text):
    assert family.documentation and family.type in ("gauge", "counter") and family.name not in families, family
    # The library removes the ending `_total` from the name of a counter, but not from the names of its samples.
    ending = "_total" if family.type == "counter" else ""
    assert all(sample.name == family.name + ending for sample in family.samples), family
    families[family.name] = [[sample.labels, sample.value] for sample in family.samples]
print(json.dumps(families))
