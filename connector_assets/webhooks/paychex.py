"""Paychex's notifications, read loosely: ids and words of an allow-list become a Notice, everything else is dropped.

Field names as in Paychex's developer documentation; the pay period's id is spelled `payperiodId` there. A domain that
we do not know is taken like any other: a refusal would be sent again for ever and keep later ones waiting.
"""

import json
import re
from collections.abc import Mapping

from connector_assets.records.inbox import Notice

SOURCE = "paychex"
SUBJECTS = (("pay_run", ("payperiodId", "payPeriodId")), ("worker", ("workerId",)))
"""What a notification may be about, the narrower first, and the fields that name it."""
MOST_DOMAINS = 20
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]{5,18}(Z|[+-]\d\d:?\d\d)?")


class UnreadableError(ValueError):
    """A notification that cannot be kept; the message names the field and never its value, `fix` what to send."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def notice_of(body: bytes) -> Notice:
    """The notification of a request body. Raises UnreadableError."""
    fields = _fields(body)
    kind, subject_id = _subject(fields)
    moment = fields.get("asOfDate")
    return Notice(
        source=SOURCE,
        notification_id=_required(fields, "notificationId"),
        account=_required(fields, "companyId"),
        topics=",".join(_domains(fields.get("domains"))),
        action=_word(fields.get("action")),
        subject_kind=kind,
        subject_id=subject_id,
        occurred_at=moment if isinstance(moment, str) and _MOMENT.fullmatch(moment) else "",
    )


def _fields(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except ValueError:
        raise UnreadableError("The body is not JSON.", "Send one JSON object in UTF-8.") from None
    if not isinstance(fields, dict):
        raise UnreadableError("The body is JSON, but no object.", "Send one notification as a JSON object.")
    return fields


def _required(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UnreadableError(f"{name} is missing or no id.", "Send an id of at most 64 letters, digits and . _ : -")
    return value


def _subject(fields: Mapping[str, object]) -> tuple[str, str]:
    for kind, names in SUBJECTS:
        for name in names:
            if fields.get(name) is not None:
                return kind, _required(fields, name)
    return "", ""


def _domains(value: object) -> list[str]:
    """The domains that are words; Paychex sends a list of one."""
    given = value if isinstance(value, list) else [value]
    return [word for word in map(_word, given[:MOST_DOMAINS]) if word]


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
