"""Replies as Paychex gives them, for scripts: written from its documentation, with invented values."""

from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.transport import Transport
from connector_tests.vendors.conftest import ScriptedReply, json_reply

COMPANY = "00COMPANY0000000TEST"
PERIOD = "850000000000001"
SECRET = "the-secret-4711"
TOKEN = json_reply({"access_token": "T1", "token_type": "Bearer", "expires_in": 3599, "scope": "oob"})
TOKEN_2 = json_reply({"access_token": "T2", "token_type": "Bearer", "expires_in": "3599"})

PAY_PERIOD = {
    "payPeriodId": PERIOD,
    "intervalCode": "BI_WEEKLY",
    "status": "COMPLETED",
    "description": "Bi-weekly Payroll (1)",
    "startDate": "2025-02-17T00:00:00Z",
    "endDate": "2025-03-02T00:00:00Z",
    "submitByDate": "2025-03-05T00:00:00Z",
    "checkDate": "2025-03-07T00:00:00Z",
    "checkCount": 3,
}

CHECK = {
    "payPeriodId": PERIOD,
    "paycheckId": "00CHECK00000000TEST1",
    "workerId": "00WORKER0000000TEST1",
    "checkDate": "2025-03-07T00:00:00Z",
    "checkType": "Regular",
    "checkNumber": "10001",
    "netPay": "1391.52",
    "aFieldFromNextYear": {"x": 1},
    "earnings": [
        {
            "componentId": "970000001000001",
            "checkComponentId": "970000002000001",
            "name": "Hourly",
            "classificationType": "Regular",
            "effectOnPay": "ADDITION",
            "memoed": False,
            "laborAssignmentId": "970000003000001",
            "organization": {"organizationId": "970000004000001", "name": "200 Strategy"},
            "jobName": "Client engagement 1000",
            "lineDate": "2025-02-28T00:00:00Z",
            "amount": "1600.0",
            "hours": "40",
            "rate": "40.00005",
        },
        {
            "componentId": "970000001000009",
            "checkComponentId": "970000002000002",
            "name": "Mileage",
            "classificationType": "REIMBURSEMENT",
            "effectOnPay": "addition",
            "amount": 71.1,
        },
    ],
    "deductions": [
        {
            "componentId": "970000001000020",
            "checkComponentId": "970000002000003",
            "name": "401k EE",
            "classificationType": "_401K",
            "effectOnPay": "REDUCTION",
            "amount": "80",
        }
    ],
    "informational": [
        {
            "componentId": "970000001000030",
            "checkComponentId": "970000002000004",
            "name": "401k ER",
            "classificationType": "INFORMATIONAL",
            "effectOnPay": "EMPLOYER_INFORMATIONAL",
            "amount": "48.0000",
        }
    ],
    "taxes": [
        {"name": "Federal Income Tax", "paidBy": "EMPLOYEE_WITHHOLDING", "amount": "77.18"},
        {"name": "Employee Social Security Tax", "paidBy": "EMPLOYEE_WITHHOLDING", "amount": "99.2", "jobId": "9701"},
        {"name": "Employee Medicare Tax", "paidBy": "EMPLOYEE_WITHHOLDING", "amount": "23.2"},
        {"name": "New Jersey Income Tax", "paidBy": "EMPLOYEE_WITHHOLDING", "amount": "0.0"},
        {"name": "Employer Social Security Tax", "paidBy": "EMPLOYER_LIABILITY", "amount": "99.2"},
    ],
}


def check(number: int, **changes: object) -> dict[str, object]:
    return {**CHECK, "paycheckId": f"00CHECK{number:08}TEST", **changes}


def page(content: object, next_href: str | None = None, total: int | None = None, **headers: str) -> ScriptedReply:
    links = [{"rel": "self", "href": "https://api.paychex.com/x"}]
    if next_href is not None:
        links.append({"rel": "next", "href": next_href})
    pagination = {} if total is None else {"pagination": {"offset": 0, "limit": 2, "itemCount": total}}
    return json_reply({"metadata": pagination, "content": content, "links": links}, 200, **headers)


def refusal(status: int, *codes: str, **headers: str) -> ScriptedReply:
    errors = [{"code": code, "description": f"About Jane Roe {SECRET}", "resolution": "?"} for code in codes]
    return json_reply({"errors": errors}, status, **headers)


def client(url: str, *, page_size_rows: int = 100, max_attempts: int = 2) -> PaychexClient:
    transport = Transport(
        "paychex", sleep=lambda _: None, jitter=lambda: 0.0, now=lambda: 0.0, max_attempts=max_attempts
    )
    return PaychexClient(f"{url}/", "the-id", SECRET, transport, page_size_rows=page_size_rows)
