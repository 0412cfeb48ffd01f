"""Uses an org with a third-party Salesforce client: signs in by the JWT bearer grant, reads userinfo, has its token
introspected, queries Apex classes and retrieves them. Prints the results as one JSON object. If a client has no function for
a request, the request is sent through the client's own HTTP session. The environment says how to reach the org and which
authorities to trust (HTTPS_PROXY, REQUESTS_CA_BUNDLE, SSL_CERT_FILE), as for any program.

usage: salesforce_client_session.py CLIENT MY_DOMAIN_PREFIX USERNAME CONSUMER_KEY KEY_FILE
       CLIENT: simple-salesforce, authlib, cumulusci, aiosalesforce or salesforce-tools
       The consumer secret, for introspection, is read from the file that CONSUMER_SECRET_FILE names.
"""

import asyncio
import base64
import io
import json
import logging
import os
import sys
import time
import types
import xml.etree.ElementTree as ET
import zipfile

client, domain, username, consumer_key, key_file = sys.argv[1:]
host = f"https://{domain}.my.salesforce.com"
query = "SELECT Id, Name FROM ApexClass ORDER BY Name"
metadata = "http://soap.sforce.com/2006/04/metadata"
with open(os.environ["CONSUMER_SECRET_FILE"]) as file:
    secret = file.read().strip()


def form(token):
    return {"token": token, "client_id": consumer_key, "client_secret": secret}


def envelope(token, call):
    return (
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{metadata}">'
        f"<soapenv:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></soapenv:Header>"
        f"<soapenv:Body>{call}</soapenv:Body></soapenv:Envelope>"
    )


retrieve_call = (
    "<retrieve><retrieveRequest><apiVersion>67.0</apiVersion><singlePackage>true</singlePackage><unpackaged>"
    "<types><members>*</members><name>ApexClass</name></types><version>67.0</version>"
    "</unpackaged></retrieveRequest></retrieve>"
)
soap = {"url": f"{host}/services/Soap/m/67.0", "headers": {"Content-Type": "text/xml", "SOAPAction": '""'}}


def check_call(reply):
    job = ET.fromstring(reply).find(f".//{{{metadata}}}id").text
    return f"<checkRetrieveStatus><asyncProcessId>{job}</asyncProcessId><includeZip>true</includeZip></checkRetrieveStatus>"


def archived(reply):
    """Returns the names of the files in the archive of a reply, or `None` while the retrieve is not done."""
    result = ET.fromstring(reply)
    if result.find(f".//{{{metadata}}}done").text != "true":
        return None
    return names(base64.b64decode(result.find(f".//{{{metadata}}}zipFile").text))


def names(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
        if unpacked.testzip() is not None:
            sys.exit("the archive is damaged")
        return sorted(unpacked.namelist())


def retrieve(post, token):
    """Retrieves with a session's own `post`, which returns the body of the answer, and returns the names of the files."""
    check = check_call(post(**soap, data=envelope(token, retrieve_call)))
    for _ in range(60):
        found = archived(post(**soap, data=envelope(token, check)))
        if found is not None:
            return found
        time.sleep(0.2)
    sys.exit("the retrieve does not end")


def brought(userinfo, introspection, classes, files):
    return {
        "user": userinfo["preferred_username"],
        "active": introspection["active"],
        "classes": [row["Name"] for row in classes],
        "files": files,
    }


def simple_salesforce():
    from simple_salesforce import Salesforce

    org = Salesforce(
        username=username, consumer_key=consumer_key, privatekey_file=key_file, domain=f"{domain}.my", version="67.0"
    )
    bearer = {"Authorization": f"Bearer {org.session_id}"}
    job, _ = org.mdapi.retrieve("", unpackaged={"ApexClass": ["*"]}, single_package=True)
    for _ in range(60):
        if org.mdapi.check_retrieve_status(job)[0] == "Succeeded":
            break
        time.sleep(0.2)
    return brought(
        org.session.get(f"{host}/services/oauth2/userinfo", headers=bearer).json(),
        org.session.post(f"{host}/services/oauth2/introspect", data=form(org.session_id)).json(),
        org.query_all(query)["records"],
        names(org.mdapi.retrieve_zip(job)[3]),
    )


def authlib():
    from authlib.integrations.requests_client import AssertionSession, OAuth2Session

    with open(key_file) as file:
        key = file.read()
    session = AssertionSession(
        f"{host}/services/oauth2/token",
        issuer=consumer_key,
        subject=username,
        audience=host,
        key=key,
        header={"alg": "RS256"},
    )
    session.refresh_token()
    token = session.token["access_token"]
    inspector = OAuth2Session(consumer_key, secret, token_endpoint_auth_method="client_secret_post")
    return brought(
        session.get(f"{host}/services/oauth2/userinfo").json(),
        inspector.introspect_token(f"{host}/services/oauth2/introspect", token=token).json(),
        session.get(f"{host}/services/data/v67.0/query", params={"q": query}).json()["records"],
        retrieve(lambda **request: session.post(**request).content, token),
    )


def cumulusci():
    import requests
    from cumulusci.core.exceptions import ServiceNotConfigured
    from cumulusci.oauth.salesforce import jwt_session
    from cumulusci.salesforce_api.metadata import ApiRetrieveUnpackaged
    from cumulusci.salesforce_api.utils import get_simple_salesforce_connection

    with open(key_file) as file:
        token = jwt_session(consumer_key, file.read(), username, url=host)
    # Stands in for the project and its keychain, from which its tasks take the org.
    org = types.SimpleNamespace(
        instance_url=token["instance_url"],
        access_token=token["access_token"],
        org_id=token["id"].split("/")[-2],
        refresh_token=None,
    )
    task = types.SimpleNamespace(org_config=org, logger=logging.getLogger("task"))

    def get_service(name):
        raise ServiceNotConfigured(name)

    project = types.SimpleNamespace(keychain=types.SimpleNamespace(get_service=get_service))
    connection = get_simple_salesforce_connection(project, org, api_version="67.0")
    package = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="{metadata}">\n'
        "<types><members>*</members><name>ApexClass</name></types>\n<version>67.0</version>\n</Package>"
    )
    return brought(
        requests.get(f"{host}/services/oauth2/userinfo", headers={"Authorization": f"Bearer {org.access_token}"}).json(),
        requests.post(f"{host}/services/oauth2/introspect", data=form(org.access_token)).json(),
        connection.query_all(query)["records"],
        sorted(ApiRetrieveUnpackaged(task, package, "67.0")().namelist()),
    )


def aiosalesforce():
    from aiosalesforce import Salesforce
    from aiosalesforce.auth import JwtBearerFlow
    from httpx import AsyncClient

    async def session():
        async with AsyncClient() as http:
            org = Salesforce(http, host, JwtBearerFlow(consumer_key, username, key_file), version="67.0")

            async def post(call):
                token = await org.auth.get_access_token(org)
                return (await org.request("POST", **soap, content=envelope(token, call))).content

            check = check_call(await post(retrieve_call))
            files = None
            for _ in range(60):
                files = archived(await post(check))
                if files is not None:
                    break
                await asyncio.sleep(0.2)
            token = await org.auth.get_access_token(org)
            return brought(
                (await org.request("GET", f"{host}/services/oauth2/userinfo")).json(),
                (await http.post(f"{host}/services/oauth2/introspect", data=form(token))).json(),
                [row async for row in org.query(query)],
                files,
            )

    return asyncio.run(session())


def salesforce_tools():
    from salesforce_tools import RestAPI

    org = RestAPI(
        api_version="67.0", client_id=consumer_key, username=username, private_key_filename=key_file, auth_url=host
    )
    token = org.session.token["access_token"]
    return brought(
        org.session.get(f"{host}/services/oauth2/userinfo").json(),
        org.session.post(f"{host}/services/oauth2/introspect", data=form(token)).json(),
        org.query(query)[0]["records"],
        retrieve(lambda **request: org.session.post(**request).content, token),
    )


clients = {
    "simple-salesforce": simple_salesforce,
    "authlib": authlib,
    "cumulusci": cumulusci,
    "aiosalesforce": aiosalesforce,
    "salesforce-tools": salesforce_tools,
}
print(json.dumps(clients[client]()))
