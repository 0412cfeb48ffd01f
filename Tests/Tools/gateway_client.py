"""Reads metadata through aprity's gateway with an independent program, which gets only an address and a handle. Prints one JSON object:
the number of calls, and those that failed, with their answers.

usage: gateway_client.py CLIENT GATEWAY_URL HANDLE_FILE
       CLIENT: simple-salesforce, aiosalesforce, cumulusci, requests or curl
"""

import asyncio
import base64
import io
import json
import logging
import subprocess
import sys
import time
import types
import xml.etree.ElementTree as ET
import zipfile

client, url, handle_file = sys.argv[1:]
with open(handle_file) as file:
    handle = file.read().strip()
version = "66.0"
metadata = "http://soap.sforce.com/2006/04/metadata"
base = f"{url}/services/data/v{version}"

described = ["Account", "Contact", "Organization", "Profile", "PermissionSet", "User"]
described_tooling = ["ApexClass", "ApexTrigger", "CustomField", "ValidationRule", "Layout", "Flow"]
queries = [
    "SELECT Id, Name FROM ApexClass ORDER BY Name",
    "select id,name from apexclass where namespaceprefix = null limit 3",
    "SELECT COUNT() FROM ApexClass",
    "SELECT COUNT(Id) FROM ApexClass",
    "SELECT c.Id, c.Name FROM ApexClass c WHERE c.Name LIKE 'Bike%'",
    "SELECT Id, Name, ApiVersion, Status FROM ApexTrigger",
    "SELECT Id, Name FROM ApexPage",
    "SELECT Id, Name FROM ApexComponent",
    "SELECT Id, Name, OrganizationType, IsSandbox, InstanceName FROM Organization",
    "SELECT Id, Username, IsActive, Profile.Name FROM User",
    "SELECT Id, Name FROM Profile WHERE Name != 'x'",
    "SELECT Id, Name, Label FROM PermissionSet WHERE IsOwnedByProfile = false",
    "SELECT Id, AssigneeId, Assignee.Username FROM PermissionSetAssignment",
    "SELECT QualifiedApiName, Label FROM EntityDefinition WHERE QualifiedApiName IN ('Account', 'Contact')",
    "SELECT Id, Name, LastModifiedById FROM ApexClass WHERE CreatedDate > 2020-01-01T00:00:00Z",
]
tooling_queries = [
    "SELECT Id, Name FROM ApexClass",
    "SELECT Id, Name, Body FROM ApexClass LIMIT 2",
    "SELECT Id, DeveloperName FROM CustomField",
    "SELECT Id, ValidationName, Active FROM ValidationRule",
    "SELECT Id, Name FROM Layout",
    "SELECT Id, DeveloperName FROM LightningComponentBundle",
    "SELECT Id, DeveloperName FROM AuraDefinitionBundle",
    "SELECT Id, Status FROM Flow",
    "SELECT MetadataComponentName, RefMetadataComponentName FROM MetadataComponentDependency",
    "SELECT QualifiedApiName FROM EntityDefinition WHERE IsCustomizable = true",
]
listed = ["ApexClass", "ApexTrigger", "CustomObject", "Layout", "Profile", "PermissionSet", "Flow", "CustomTab"]
retrieved = {"ApexClass": ["*"], "Layout": ["*"], "ConnectedApp": ["*"]}
calls, failed = 0, []


def counted(name, ok, answer):
    global calls
    calls += 1
    if not ok:
        failed.append([name, str(answer)[:300]])


def attempt(name, body):
    try:
        answer = body()
        counted(name, True, answer)
        return answer
    except Exception as error:  # any error of the program means that the call failed
        counted(name, False, repr(error) + str(getattr(error, "content", "")))


def envelope(call):
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns="{metadata}"><soapenv:Header><SessionHeader><sessionId>{handle}</sessionId></SessionHeader></soapenv:Header>'
        f"<soapenv:Body>{call}</soapenv:Body></soapenv:Envelope>"
    )


soap_url = f"{url}/services/Soap/m/{version}"
soap_headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}


def soap_calls():
    yield "<describeMetadata><asOfVersion>66.0</asOfVersion></describeMetadata>"
    for kind in listed:
        yield f"<listMetadata><queries><type>{kind}</type></queries><asOfVersion>66.0</asOfVersion></listMetadata>"
    yield "<listMetadata><queries><type>ApexClass</type></queries><queries><type>ApexTrigger</type></queries></listMetadata>"
    yield "<readMetadata><type>CustomObject</type><fullNames>Account</fullNames></readMetadata>"
    yield f"<describeValueType><type>{{{metadata}}}ApexClass</type></describeValueType>"


def retrieve_call():
    named = "".join(
        f"<types>{''.join(f'<members>{member}</members>' for member in members)}<name>{kind}</name></types>"
        for kind, members in retrieved.items()
    )
    return f"<retrieve><retrieveRequest><apiVersion>66.0</apiVersion><unpackaged>{named}</unpackaged></retrieveRequest></retrieve>"


def check_call(job):
    return f"<checkRetrieveStatus><asyncProcessId>{job}</asyncProcessId><includeZip>true</includeZip></checkRetrieveStatus>"


def text(answer, name):
    return ET.fromstring(answer).findtext(f".//{{{metadata}}}{name}")


def checked_archive(data):
    with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
        if unpacked.testzip() is not None or len(unpacked.namelist()) < 10:
            raise ValueError("the archive is damaged")


def everything(get, post):
    """Makes every call: `get(url, parameters)` returns a parsed answer, `post(body)` the bytes of one; both raise on failure."""
    rest = [f"{url}/services/data/", base, f"{base}/limits", f"{base}/sobjects", f"{base}/tooling/sobjects/"]
    rest += [f"{base}/sobjects/{name}/describe" for name in described]
    rest += [f"{base}/tooling/sobjects/{name}/describe/" for name in described_tooling]
    for address in rest:
        attempt(address, lambda: get(address, {}))
    for place, texts in [("query", queries), ("tooling/query/", tooling_queries)]:
        for query in texts:
            attempt(query, lambda: get(f"{base}/{place}", {"q": query})["totalSize"])
    for call in soap_calls():
        attempt(call, lambda: post(envelope(call)))
    job = attempt("retrieve", lambda: text(post(envelope(retrieve_call())), "id"))
    for _ in range(100):
        answer = attempt("checkRetrieveStatus", lambda: post(envelope(check_call(job))))
        if answer is None or text(answer, "done") == "true":
            break
        time.sleep(0.1)
    attempt("archive", lambda: checked_archive(base64.b64decode(text(answer, "zipFile"))))


def with_session(session):
    """Makes the calls with a `requests` session."""

    def get(address, parameters):
        answer = session.get(address, params=parameters, headers={"Authorization": f"Bearer {handle}"})
        answer.raise_for_status()
        return answer.json()

    def post(body):
        answer = session.post(soap_url, data=body.encode(), headers=soap_headers)
        if answer.status_code != 200:
            raise ValueError(answer.text)
        return answer.content

    everything(get, post)


def simple_salesforce():
    from simple_salesforce import Salesforce

    org = Salesforce(instance_url=url, session_id=handle, version=version)
    for query in queries:
        attempt(query, lambda: org.query_all(query))
    for query in tooling_queries:
        attempt(query, lambda: org.toolingexecute("query/", params={"q": query}))
    attempt("sobjects", org.describe)
    attempt("limits", org.limits)
    for name in described:
        attempt(name, lambda: getattr(org, name).describe())
    attempt("describeMetadata", lambda: org.mdapi.describe_metadata())
    for kind in listed:
        attempt(kind, lambda: org.mdapi.list_metadata([org.mdapi.ListMetadataQuery(type=kind)]))
    attempt("readMetadata", lambda: org.mdapi.CustomObject.read("Account"))
    job = attempt("retrieve", lambda: org.mdapi.retrieve("", unpackaged=retrieved, single_package=True)[0])
    for _ in range(100):
        if attempt("checkRetrieveStatus", lambda: org.mdapi.check_retrieve_status(job)[0]) in ("Succeeded", None):
            break
        time.sleep(0.1)
    attempt("archive", lambda: checked_archive(org.mdapi.retrieve_zip(job)[3]))


def aiosalesforce():
    import os
    import ssl
    from urllib.parse import urlsplit

    from aiosalesforce import Salesforce
    from aiosalesforce.auth import Auth
    from httpx import AsyncClient, AsyncHTTPTransport

    gateway = urlsplit(url)

    class Redirecting(AsyncHTTPTransport):
        """The client accepts only names of Salesforce; a name server would lead them to the gateway."""

        def __init__(self):
            super().__init__(verify=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]))

        async def handle_async_request(self, request):
            request.url = request.url.copy_with(host=gateway.hostname, port=gateway.port)
            return await super().handle_async_request(request)

    class HandleAuth(Auth):
        async def _acquire_new_access_token(self, client):
            return handle

        @property
        def expired(self):
            return False

    async def session():
        async with AsyncClient(transport=Redirecting()) as http:
            org = Salesforce(http, "https://gateway.my.salesforce.com", HandleAuth(), version=version)
            loop = asyncio.get_running_loop()

            def wait(work):
                return asyncio.run_coroutine_threadsafe(work, loop).result()

            def get(address, parameters):
                return json.loads(wait(org.request("GET", address, params=parameters)).content)

            def post(body):
                return wait(org.request("POST", soap_url, headers=soap_headers, content=body.encode())).content

            await asyncio.to_thread(everything, get, post)

    asyncio.run(session())


def cumulusci():
    import requests
    from cumulusci.core.exceptions import ServiceNotConfigured
    from cumulusci.salesforce_api.metadata import ApiRetrieveUnpackaged
    from cumulusci.salesforce_api.utils import get_simple_salesforce_connection

    # Stands in for the project and its keychain, from which its tasks take the org.
    org = types.SimpleNamespace(instance_url=url, access_token=handle, org_id=handle.split("!")[0], refresh_token=None)
    task = types.SimpleNamespace(org_config=org, logger=logging.getLogger("task"))

    def get_service(name):
        raise ServiceNotConfigured(name)

    project = types.SimpleNamespace(keychain=types.SimpleNamespace(get_service=get_service))
    connection = get_simple_salesforce_connection(project, org, api_version=version)
    for query in queries:
        attempt(query, lambda: connection.query_all(query))
    tooling = get_simple_salesforce_connection(project, org, api_version=version, base_url="tooling")
    for query in tooling_queries:
        attempt(query, lambda: tooling.query_all(query))
    attempt("sobjects", connection.describe)
    for name in described:
        attempt(name, lambda: getattr(connection, name).describe())
    named = "".join(f"<types><members>*</members><name>{kind}</name></types>" for kind in retrieved)
    package = f'<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="{metadata}">\n{named}\n<version>{version}</version>\n</Package>'
    attempt("retrieve", lambda: len(ApiRetrieveUnpackaged(task, package, version)().namelist()))
    with_session(requests.Session())


def curl():
    def run(arguments, body=None):
        command = ["curl", "--silent", "--show-error", "--fail-with-body", "--config", "-", *arguments]
        config = f'header = "Authorization: Bearer {handle}"\n'
        if body is not None:
            config += "data-binary = " + json.dumps(body) + "\n"
        ended = subprocess.run(command, input=config.encode(), capture_output=True)
        if ended.returncode:
            raise ValueError(ended.stdout + ended.stderr)
        return ended.stdout

    def get(address, parameters):
        return json.loads(run(["--get", *(word for name, value in parameters.items() for word in ("--data-urlencode", f"{name}={value}")), address]))

    def post(body):
        return run([*(word for name, value in soap_headers.items() for word in ("--header", f"{name}: {value}")), soap_url], body)

    everything(get, post)


def requests_alone():
    import requests

    with_session(requests.Session())


clients = {
    "simple-salesforce": simple_salesforce,
    "aiosalesforce": aiosalesforce,
    "cumulusci": cumulusci,
    "requests": requests_alone,
    "curl": curl,
}
clients[client]()
print(json.dumps({"calls": calls, "failed": failed}))
