"""Errors that a person has looked at and accepts: the pay run counts as done, and says who accepted what, and why.

An error never keeps a journal out of the ledger; it keeps the pay run from being called done. Some errors are not
mistakes (a worker may be paid the same net twice), and only a person can tell. What blocks cannot be accepted.
"""

from collections.abc import Sequence
from dataclasses import replace

from connector_assets.accounting.findings import CODES, Finding, Severity
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.status import PAY_RUN
from connector_assets.records.errors import RecordsError

ACCEPTED = "accepted_findings"
ACCEPTABLE = frozenset({"S08", "S16"})
"""Errors of the register, which only the payroll can judge; the others are about the ledger, and are mended."""


def accept(
    home: Deployment, connection: PaychexIntacctConnection, partition: str, code: str, *, actor: str, reason: str
) -> None:
    """Note that a person accepts the findings of a code on a pay run, in the audit trail as well.

    Raises RecordsError for a code that cannot be accepted, or a pay run that has not been read.
    """
    if code not in ACCEPTABLE:
        known = "; ".join(f"{one}: {CODES[one].meaning}" for one in sorted(ACCEPTABLE))
        raise RecordsError(f"Findings {code} cannot be accepted.", fix=f"Those that can: {known}.")
    read = {one.partition for one in home.sources.list(connection.name, PAY_RUN)}
    if partition not in read:
        raise RecordsError(
            f"Connection {connection.name} has read no pay run {partition}.", fix="`connector status` lists them."
        )
    entry = home.audit.append(actor, "finding accepted", f"{connection.name}/{partition}", f"{code}: {reason}")
    known_now = home.snapshots.get(connection.name, ACCEPTED) or {}
    of_run = {**known_now.get(partition, {}), code: f"{actor}, entry {entry.sequence}: {reason}"}
    home.snapshots.put(connection.name, ACCEPTED, {**known_now, partition: of_run})


def judged(home: Deployment, connection: str, partition: str, findings: Sequence[Finding]) -> list[Finding]:
    """The findings of a pay run; an error that was accepted is only told, with who accepted it and why."""
    accepted: dict[str, str] = (home.snapshots.get(connection, ACCEPTED) or {}).get(partition, {})
    return [
        replace(one, severity=Severity.INFO, why=f"{one.why} Accepted by {accepted[one.code]}.")
        if one.code in accepted and one.severity is Severity.ERROR
        else one
        for one in findings
    ]
