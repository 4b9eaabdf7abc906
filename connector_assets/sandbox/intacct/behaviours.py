"""What the fact sheet marks UNCONFIRMED, as switches; and the faults this system knows beside the transport ones."""

from connector_assets.sandbox.faults import TRANSPORT_FAULTS
from connector_assets.sandbox.switches import Switch

SYSTEM = "intacct"

SWITCHES = (
    Switch(
        "intacct.duplicate_controlid",
        ("function_failure", "control_failure"),
        "the level at which a function controlid that was already completed is refused",
    ),
    Switch(
        "intacct.duplicate_errorno",
        ("BL01001973", "XL03000006", "BL34000061", "PL05000061"),
        "the error number of that refusal",
    ),
    Switch("intacct.controlid_scope", ("company", "sender", "user"), "who shares completed function controlids"),
    Switch("intacct.controlid_retention_h", ("unbounded", "24", "1"), "how long a completed controlid is remembered"),
    Switch("intacct.failed_controlid", ("forgotten", "stored"), "whether a failed function burns its controlid"),
    Switch("intacct.rollback_culprit", ("failure", "aborted"), "status of the function that made a transaction fail"),
    Switch("intacct.control_order", ("any", "strict"), "whether the control block's elements must keep their order"),
    Switch("intacct.largest_request_bytes", ("unlimited", "5000000", "20000"), "what is more is refused with HTTP 413"),
    Switch("intacct.session_duration_s", ("7800", "600", "43200"), "the rolling timeout of a session"),
    Switch("intacct.bad_login_http", ("200", "401"), "HTTP status of a refused login: XML, or the gateway tier's 401"),
    Switch("intacct.closed_period_errorno", ("BL01001973", "BL03000018"), "error number of a closed period"),
    Switch("intacct.unbalanced_errorno", ("BL01001973", "BL03000018"), "error number of an entry out of balance"),
    Switch("intacct.amount_decimals", ("refuse", "round"), "amounts with more than two decimals"),
    Switch("intacct.zero_amounts", ("refuse", "accept"), "journal lines of zero"),
    Switch(
        "intacct.restricted_values",
        ("refuse", "accept"),
        "a journal line with a value that another entity alone may use",
    ),
    Switch("intacct.negative_amounts", ("refuse", "accept"), "negative amounts; accepted ones change the line's side"),
    Switch("intacct.duplicate_referenceno", ("accept", "refuse"), "a second journal entry with the same REFERENCENO"),
    Switch("intacct.multi_currency", ("off", "on"), "whether journal lines may be in another currency than the base"),
    Switch("intacct.journal_approval", ("off", "on"), "with approval, a posting ends as Submitted"),
    Switch("intacct.reversing_referenceno", ("same", "empty"), "REFERENCENO of the entry that REVERSEDATE creates"),
    Switch("intacct.adjustments_in_closed_periods", ("refuse", "accept"), "adjustment journals in a closed period"),
    Switch("intacct.bank_account_lines", ("refuse", "accept"), "journal lines on the account of a bank account"),
    Switch("intacct.read_by_query_picklists", ("words", "codes"), "how readByQuery spells picklists in its answers"),
    Switch("intacct.unknown_read_keys", ("omit", "fail"), "keys that a read does not find"),
    Switch("intacct.unknown_select_field", ("XL03000006", "DL02000001"), "an unknown field in the select of a query"),
    Switch("intacct.unknown_filter_field", ("DL02000001", "XL03000010"), "an unknown field in a filter"),
    Switch("intacct.unknown_write_field", ("refuse", "ignore"), "an unknown field in a generic create or update"),
    Switch("intacct.listed_attachment_data", ("empty", "full"), "the files' data in a get_list of attachments"),
    Switch("intacct.unordered_pages", ("shuffled", "by_recordno"), "the order of a query that asks for none"),
    Switch("intacct.concurrency_slots", ("unlimited", "1", "2"), "how many calls run at a time; others queue"),
    Switch("intacct.queue_patience_s", ("30", "0"), "how long a queued call waits before 429 and GW-0010"),
    Switch("intacct.retry_after", ("absent", "present"), "a Retry-After header on 429"),
    Switch(
        "intacct.timestamp_zone", ("+00:00", "-05:00"), "the zone of WHENCREATED and WHENMODIFIED: UTC or the company's"
    ),
)

STATUS_FAULTS = {
    "rate_limit": "429 with XML GW-0010",
    "rate_limit_html": "429 with an HTML page",
    "rate_limit_bare": "429 without a Content-Type, which no gateway should send and the vendor's SDK cannot bear",
    "rate_limit_200": "200 with the text of GW-0010 in a control failure",
    "unauthorized": "401 with XML XMLGW_JPP0002",
    "invalid_request": "400 with XML GW-0011",
    "internal_error": "500 with XML GW-0001",
    "internal_error_html": "500 with an HTML page",
    "bad_gateway": "502 with an HTML page",
    "unavailable": "503 with an HTML page",
    "gateway_timeout": "504 with an HTML page",
    "origin_timeout": "524 with Cloudflare's page",
    "cloudflare": "403 with Cloudflare's block page",
}
FAULTS = {
    **TRANSPORT_FAULTS,
    **{name: f"{meaning}; nothing is done, or all of it with done=true" for name, meaning in STATUS_FAULTS.items()},
    "function_error": "every function of the call fails with DL02000001, as pages of AUDITHISTORY do at random",
    "hold": "the call stays in its slot until POST /admin/intacct/release, `longest_s` (20) at most",
    "session_expired": "every session of the company ends before the call is looked at",
    "late_commit": "`reply` (drop, gateway_timeout or origin_timeout) at once; the work is done at the first call that "
    "comes `delay_s` (60) later by the sandbox's clock, or when POST /admin/intacct/release asks for it",
}
FAULT_KEYS = ("operation", "object", "controlid", "body")
