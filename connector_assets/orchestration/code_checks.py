"""An asset check for every code of the catalogue: `accounting.findings.CODES` has its name and its severity.

Nothing else lists the checks: a stage or an asset names the codes that it looks for.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    PartitionsDefinition,
)

from connector_assets.accounting.findings import CODES, Finding, Severity, check_name, stopping, told
from connector_assets.orchestration.metadata import findings_metadata

NOTHING = "Nothing found."
EFFECTS = {
    Severity.BLOCK: "Blocks",
    Severity.ERROR: "Is an error",
    Severity.WARN: "Warns",
    Severity.INFO: "Tells",
}


def code_specs(
    asset_key: AssetKey,
    codes: Iterable[str],
    partitions: PartitionsDefinition | None = None,
    *,
    forewarned: Collection[str] = (),
) -> list[AssetCheckSpec]:
    """The check of each code on an asset: it blocks exactly when the code does.

    Those that are `forewarned` of only warn: here nothing depends on them yet, and a document that does is stopped.
    """
    return [
        AssetCheckSpec(
            check_name(code),
            asset=asset_key,
            description=_meaning(code, Severity.WARN if code in forewarned else CODES[code].severity),
            blocking=CODES[code].severity is Severity.BLOCK and code not in forewarned,
            partitions_def=partitions,
        )
        for code in codes
    ]


def _meaning(code: str, severity: Severity) -> str:
    meaning = CODES[code].meaning
    return f"{EFFECTS[severity]} when {meaning[0].lower()}{meaning[1:]}."


def evaluation(asset_key: AssetKey, code: str, partition: str, findings: Iterable[Finding]) -> AssetCheckEvaluation:
    """What the check of a code says of a partition; a severity raised or lowered for the case shows as that."""
    found = [one for one in findings if one.code == code]
    return AssetCheckEvaluation(
        asset_key=asset_key,
        check_name=check_name(code),
        passed=not _notable(found),
        partition=partition,
        blocking=Severity.BLOCK in _severities(code, found),
        severity=_severity(_severities(code, found)),
        description=summary(found),
        metadata=findings_metadata(found),
    )


def code_results(findings: Sequence[Finding], codes: Iterable[str]) -> Iterator[AssetCheckResult]:
    """The same for an asset without partitions: the result of each code's check."""
    return (finding_check(check_name(code), [one for one in findings if one.code == code]) for code in codes)


def finding_check(name: str, found: Sequence[Finding]) -> AssetCheckResult:
    """A result from findings: failed when one is more than information, an error when one is more than a warning."""
    return AssetCheckResult(
        passed=not _notable(found),
        check_name=name,
        severity=_severity({one.severity for one in found}),
        description=summary(found),
        metadata=findings_metadata(list(found)),
    )


def summary(found: Sequence[Finding]) -> str:
    """The gravest finding in one line, and how many there are besides."""
    if not found:
        return NOTHING
    more = f" And {len(found) - 1} more." if found[1:] else ""
    return told([*stopping(found), *found][0]) + more


def _notable(found: Iterable[Finding]) -> list[Finding]:
    return [one for one in found if one.severity is not Severity.INFO]


def _severities(code: str, found: Iterable[Finding]) -> set[Severity]:
    return {one.severity for one in _notable(found)} or {CODES[code].severity}


def _severity(severities: set[Severity]) -> AssetCheckSeverity:
    return AssetCheckSeverity.ERROR if severities & {Severity.BLOCK, Severity.ERROR} else AssetCheckSeverity.WARN
