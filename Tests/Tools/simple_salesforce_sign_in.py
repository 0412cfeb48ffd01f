"""Signs in with simple-salesforce and reads the org's limits. Prints one JSON object. The environment says how to reach the org and
which authorities to trust (HTTPS_PROXY, REQUESTS_CA_BUNDLE), as for any program.

usage: simple_salesforce_sign_in.py DOMAIN INSTANCE USERNAME CONSUMER_KEY KEY_FILE     (INSTANCE may be empty)
"""

import json
import sys

from simple_salesforce import Salesforce, SalesforceAuthenticationFailed

domain, instance, username, consumer_key, key_file = sys.argv[1:]
try:
    org = Salesforce(
        username=username,
        consumer_key=consumer_key,
        privatekey_file=key_file,
        domain=domain,
        instance_url=instance or None,
        version="67.0",
    )
except SalesforceAuthenticationFailed as refusal:
    print(json.dumps({"refused": [refusal.code, refusal.auth_message]}))
    sys.exit(1)
print(json.dumps({"instance": org.sf_instance, "limit": org.limits()["DailyApiRequests"]["Max"]}))
