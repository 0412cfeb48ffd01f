"""Runs the embedded org during a test."""

import json
import os
import subprocess
import tempfile

import requests


class EmbeddedOrg:
    """A context in which `aprity simulator` runs on free ports, with TLS and a proxy.

    HTTPS_PROXY and REQUESTS_CA_BUNDLE route this process's https requests to it. The environment variable APRITY is the path of the
    program; by default, it is found in PATH.
    """

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        authority = os.path.join(self._folder.name, "ca")
        program = [os.environ.get("APRITY", "aprity"), "simulator", "--make-ca", authority]
        program += ["--port", "0", "--management-port", "0", "--proxy-port", "0"]
        self._process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self._process.stdout.readline())
        self._management = requests.Session()
        self._management.trust_env = False
        self._url = ready["managementURL"]
        os.environ["HTTPS_PROXY"] = ready["proxyURL"]
        os.environ["REQUESTS_CA_BUNDLE"] = os.path.join(authority, "ca.crt")
        return self

    def __exit__(self, *_):
        del os.environ["HTTPS_PROXY"], os.environ["REQUESTS_CA_BUNDLE"]
        self._management.close()
        self._process.terminate()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._folder.cleanup()

    def save(self, patch):
        """Changes the org as Save in Setup would; see docs/simulator-state.schema.json. Returns the complete state."""
        answer = self._management.patch(self._url + "/state", json=patch)
        answer.raise_for_status()
        return answer.json()

    def make_app(self, certificate):
        """Creates an app with this certificate, approved for the integration user. Returns its Consumer Key."""
        app = {
            "name": "Mine",
            "certificatePEM": certificate,
            "scopes": ["Api", "RefreshToken"],
            "permittedUsers": "adminApprovedPreAuthorized",
            "permissionSets": ["Aprity_Integration"],
        }
        state = self.save({
            "switches": {"propagation": "instant"},
            "orgs": [{"name": "Harbour Bikes", "apps": [app]}],
        })
        return state["orgs"][0]["apps"][0]["consumerKey"]

    def history(self):
        """Returns the requests that the org received, oldest first."""
        return self._management.get(self._url + "/history").json()["requests"]
