"""Reads and deploys the metadata of apps with simple-salesforce: carries out the acts in the order given, and prints their results as
one JSON list. The environment says how to reach the org and which authorities to trust (HTTPS_PROXY, REQUESTS_CA_BUNDLE), as for any
program.

usage: simple_salesforce_apps.py DOMAIN USERNAME CONSUMER_KEY KEY_FILE ACT…

acts: retrieve (the paths and texts of all apps' files), deploy:FOLDER (the state, and each failure's type and message),
      check:FOLDER (the same, with checkOnly)
"""

import io
import json
import os
import sys
import time
import zipfile

from simple_salesforce import Salesforce

domain, username, consumer_key, key_file, *acts = sys.argv[1:]
org = Salesforce(
    username=username, consumer_key=consumer_key, privatekey_file=key_file, domain=domain, version="67.0"
)
TYPES = (
    "ConnectedApp",
    "ExternalClientApplication",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppConfigurablePolicies",
)


def finished(status):
    """Calls `status` until the job has ended, and returns its last answer."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = status()
        if answer[0] in ("Succeeded", "SucceededPartial", "Failed"):
            return answer
        time.sleep(0.2)
    sys.exit("the job does not end")


def retrieve():
    job, _ = org.mdapi.retrieve("", unpackaged={name: ["*"] for name in TYPES}, single_package=True)
    finished(lambda: org.mdapi.check_retrieve_status(job))
    _, _, _, archive = org.mdapi.retrieve_zip(job)
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
        return {name: unpacked.read(name).decode() for name in unpacked.namelist()}


def deploy(folder, check_only):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for base, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(base, name)
                packed.write(path, os.path.relpath(path, folder))
    archive.seek(0)
    job, _ = org.mdapi.deploy(archive, sandbox=False, checkOnly=check_only)
    state, _, details, _ = finished(lambda: org.mdapi.check_deploy_status(job))
    return [state, [[error["type"], error["message"]] for error in details["errors"]]]


def carry_out(act):
    name, _, folder = act.partition(":")
    return retrieve() if name == "retrieve" else deploy(folder, name == "check")


print(json.dumps([carry_out(act) for act in acts]))
