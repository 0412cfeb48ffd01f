"""Signs in to the embedded org with simple-salesforce and retrieves what a package.xml names. Prints the number of files.

The client connects only to *.salesforce.com, by https. So names below that domain are resolved to the embedded org's port on
this machine, and TLS is verified with the given authority.

usage: simple_salesforce_retrieve.py PORT CA_FILE MY_DOMAIN_PREFIX USERNAME CONSUMER_KEY KEY_FILE PACKAGE_XML OUT_DIR
"""

import io
import os
import socket
import sys
import time
import xml.etree.ElementTree as ET
import zipfile

import requests
from simple_salesforce import Salesforce

port, ca_file, domain, username, consumer_key, key_file, package_xml, out_dir = sys.argv[1:]

real_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, wanted_port, *arguments, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name.endswith(".salesforce.com"):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]
    return real_getaddrinfo(host, wanted_port, *arguments, **options)


socket.getaddrinfo = getaddrinfo

session = requests.Session()
session.verify = ca_file
session.trust_env = False

org = Salesforce(
    username=username,
    consumer_key=consumer_key,
    privatekey_file=key_file,
    domain=domain,
    session=session,
    version="67.0",
)

space = {"m": "http://soap.sforce.com/2006/04/metadata"}
wanted = {
    types.findtext("m:name", None, space): [member.text for member in types.findall("m:members", space)]
    for types in ET.parse(package_xml).getroot().findall("m:types", space)
}

job, _ = org.mdapi.retrieve("", unpackaged=wanted, single_package=True)
deadline = time.monotonic() + 60
while True:
    state, error, _ = org.mdapi.check_retrieve_status(job)
    if state == "Succeeded":
        break
    if state == "Failed" or time.monotonic() > deadline:
        sys.exit(f"the retrieve ended as {state}: {error}")
    time.sleep(0.2)

_, _, _, archive = org.mdapi.retrieve_zip(job)
with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
    if unpacked.testzip() is not None:
        sys.exit("the archive is damaged")
    unpacked.extractall(out_dir)
print(len([name for _, _, names in os.walk(out_dir) for name in names]))
