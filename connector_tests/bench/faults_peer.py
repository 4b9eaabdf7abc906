"""`sageintacctsdk` as it is: tries to post one journal, and tries again after an error, as a nightly job would.

Usage: python faults_peer.py <endpoint> <reference> <tries>; credentials in INTACCT_* variables. It runs in an
environment of its own. The SDK's address is fixed, so its `requests.post` is pointed at the simulated gateway.
"""

import importlib
import json
import os
import sys
from typing import Any


def main(endpoint: str, reference: str, tries: int) -> None:
    """Try to post the journal, and print how it ended as JSON."""
    base: Any = importlib.import_module("sageintacctsdk.apis.api_base")
    sdk: Any = importlib.import_module("sageintacctsdk")
    real = base.requests.post
    base.requests.post = lambda _url, **rest: real(endpoint, **rest)
    lines = [
        {"ACCOUNTNO": "6000", "TR_TYPE": "1", "TRX_AMOUNT": "1450.80", "LOCATION": "NYC", "DEPARTMENT": "200"},
        {"ACCOUNTNO": "1051", "TR_TYPE": "-1", "TRX_AMOUNT": "1450.80", "LOCATION": "NYC"},
    ]
    header = {"JOURNAL": "PYRJ", "BATCH_DATE": "03/14/2025", "BATCH_TITLE": "Pay run", "REFERENCENO": reference}
    for attempt in range(1, tries + 1):
        try:
            connection = sdk.SageIntacctSDK(
                sender_id=os.environ["INTACCT_SENDER"],
                sender_password=os.environ["INTACCT_SENDER_SECRET"],
                user_id=os.environ["INTACCT_USER"],
                company_id=os.environ["INTACCT_COMPANY"],
                user_password=os.environ["INTACCT_USER_SECRET"],
            )
            connection.journal_entries.post(header | {"STATE": "Posted", "ENTRIES": {"GLENTRY": lines}})
        except Exception as error:
            if os.environ.get("PEER_DEBUG"):
                print(repr(error), file=sys.stderr)
        else:
            print(json.dumps({"posted": True, "attempts": attempt}))
            return
    print(json.dumps({"posted": False, "attempts": tries}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
