"""Carrying source documents through their stages, one partition each, in one step.

A document that fails stops at the stage that failed and takes no other with it; the others go on, and the step fails at
its end, naming the bad ones.
"""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetMaterialization,
    AssetObservation,
    Failure,
    MetadataValue,
)

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, Severity, blocking
from connector_assets.orchestration import gate
from connector_assets.orchestration.metadata import findings_metadata
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.outages import OUTAGES, may_wait, wait
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.waiting import waiting_metadata, waiting_row
from connector_assets.posting import PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.vendors.errors import VendorError

EXPECTED = (AccountingError, RecordsError, VendorError, FileNotFoundError)
"""What a document may be stopped by; their texts are made for people and hold no personal datum."""

NOT_FINISHED = "not_finished"
"""The metadata of a failed step: why each document could not be finished, by partition."""

Event = AssetMaterialization | AssetObservation | AssetCheckEvaluation
Metadata = dict[str, MetadataValue]


class Work(Protocol):
    """The work on one document."""

    @property
    def partition(self) -> str:
        """Its partition."""


AnyWork = TypeVar("AnyWork", bound=Work)


@dataclass(frozen=True)
class StageResult:
    """What a stage tells of one document: metadata by asset, findings, and a few words for the progress line.

    `waiting` are its postings that the ledger does not hold, or is not known to hold.
    """

    metadata: dict[str, Metadata]
    findings: list[Finding]
    outcome: str
    waiting: Sequence[PostingResult] = ()


@dataclass(frozen=True)
class Stage(Generic[AnyWork]):
    """One stage: the assets it makes, and the check on the last of them that says how it went.

    A `gated` stage passes the gate first. `watch` and `watched` are name and meaning of a second check, for what is
    only to be looked at; without one the first check shows that too.
    """

    assets: tuple[str, ...]
    check: str
    meaning: str
    run: Callable[[AnyWork], StageResult]
    gated: bool = False
    watch: str = ""
    watched: str = ""

    @property
    def checked_asset(self) -> str:
        """The asset that the stage's check belongs to."""
        return self.assets[-1]


def check_specs(names: ConnectionNames, stages: Sequence[Stage[AnyWork]]) -> list[AssetCheckSpec]:
    """The checks of each stage: one that blocks, and one that only warns where the stage has it."""
    told = [
        (stage, name, meaning)
        for stage in stages
        for name, meaning in ((stage.check, stage.meaning), (stage.watch, stage.watched))
        if name
    ]
    return [
        AssetCheckSpec(
            name,
            asset=names.own(stage.checked_asset),
            description=meaning,
            blocking=name == stage.check,
            partitions_def=names.documents,
        )
        for stage, name, meaning in told
    ]


@dataclass(frozen=True)
class Carrier(Generic[AnyWork]):
    """Carries documents through the selected stages; what went wrong is kept by partition, in `bad`.

    `away` are the partitions that an outage has stopped, and nothing else; `waiting` says of each partition what its
    postings wait for.
    """

    context: AssetExecutionContext
    names: ConnectionNames
    stages: Sequence[Stage[AnyWork]]
    requirements: Sequence[gate.Requirement]
    bad: dict[str, str] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    waiting: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def carry(self, work: AnyWork) -> Iterator[Event]:
        """Every event of one document, stage by stage, until it is through or something stops it.

        An error does not stop a document whose stage has made its assets: it goes on, and is not counted as done.
        """
        outcome = "nothing selected"
        for stage in self.stages:
            chosen = [name for name in stage.assets if self._is_selected(name)]
            if not chosen:
                continue
            try:
                evidence = self._pass_gate() if stage.gated else {}
                result = stage.run(work)
            except Exception as error:  # one document must not take the others of its batch with it
                outcome = self._told(error)
                self.bad[work.partition] = outcome
                self.away.update([work.partition] if isinstance(error, OUTAGES) else [])
                yield from self._verdict(stage, work.partition, [], outcome)
                break
            yield from self._events(stage, chosen, work.partition, result, evidence)
            outcome = result.outcome
            if stops := stopping(result.findings):
                self.bad.setdefault(work.partition, told(stops[0]))
                if not result.metadata or blocking(stops):
                    break
        announce(self.names.connection.name, work.partition, self.bad.get(work.partition, outcome))

    def finish(self, what: str) -> None:
        """End the step: well, or by failing when some of the documents, which `what` names, could not be finished.

        What was done of the others stands. After an outage the step is tried again; what is done then is found done.
        """
        if not self.bad:
            return
        listed = "; ".join(f"{partition}: {why}" for partition, why in list(self.bad.items())[:5])
        failure = Failure(
            f"{len(self.bad)} of {len(self.context.partition_keys)} {what} could not be finished. {listed}",
            metadata={NOT_FINISHED: MetadataValue.json(self.bad), "waiting": MetadataValue.json(self.waiting)},
        )
        if self.away and may_wait(self.context):
            raise wait(self.context) from failure
        raise failure

    def _is_selected(self, name: str) -> bool:
        return self.names.own(name) in self.context.selected_asset_keys

    def _pass_gate(self) -> dict[str, str]:
        limit_hours = self.names.connection.freshness_hours
        return gate.require(self.context.instance, self.requirements, now=time.time, limit_hours=limit_hours)

    def _told(self, error: Exception) -> str:
        """What stopped a document, for people; of a defect only where it stands, for its text may hold anything."""
        if isinstance(error, Failure):
            return str(error.description)
        if isinstance(error, EXPECTED):
            return str(error)
        if isinstance(error, OUTAGES):
            return f"The records' database is away ({type(error).__name__}). Fix: nothing is lost; run it again."
        place = traceback.extract_tb(error.__traceback__)[-1]
        self.context.log.error("".join(traceback.format_tb(error.__traceback__)))
        where = f"{type(error).__name__} in {place.name}, line {place.lineno}"
        return f"A defect of the connector: {where}. Fix: report it with this run's log."

    def _events(
        self,
        stage: Stage[AnyWork],
        chosen: Sequence[str],
        partition: str,
        result: StageResult,
        evidence: dict[str, str],
    ) -> Iterator[Event]:
        for name in chosen:
            if name in result.metadata:
                gate_metadata = {"gate": MetadataValue.json(evidence)} if evidence else {}
                metadata = {**result.metadata[name], **gate_metadata}
                yield AssetMaterialization(self.names.own(name), partition=partition, metadata=metadata)
        if result.waiting and self._is_selected(stage.checked_asset):
            self.waiting[partition] = [waiting_row(one) for one in result.waiting]
            observed = waiting_metadata(result.waiting)
            yield AssetObservation(self.names.own(stage.checked_asset), partition=partition, metadata=observed)
        yield from self._verdict(stage, partition, result.findings, "")

    def _verdict(self, stage: Stage[AnyWork], partition: str, findings: list[Finding], problem: str) -> Iterator[Event]:
        """The checks of a stage; `problem` is what stopped it before it could find anything."""
        if not self._is_selected(stage.checked_asset):
            return
        grave = [one for one in findings if one in stopping(findings)] if stage.watch else findings
        yield self._evaluation(stage, stage.check, partition, grave, problem)
        if stage.watch and not problem:
            yield self._evaluation(stage, stage.watch, partition, [one for one in findings if one not in grave], "")

    def _evaluation(
        self, stage: Stage[AnyWork], check: str, partition: str, findings: list[Finding], problem: str
    ) -> AssetCheckEvaluation:
        stops = bool(problem) or bool(stopping(findings))
        notable = [one for one in findings if one.severity is not Severity.INFO]
        return AssetCheckEvaluation(
            asset_key=self.names.own(stage.checked_asset),
            check_name=check,
            passed=not stops and not notable,
            partition=partition,
            blocking=check == stage.check,
            severity=AssetCheckSeverity.ERROR if stops else AssetCheckSeverity.WARN,
            description=problem or (told(findings[0]) if findings else "Nothing found."),
            metadata=findings_metadata(findings),
        )


def told(found: Finding) -> str:
    """A finding in one line, with its fix."""
    return f"{found.code} {found.subject}: {found.why} Fix: {found.fix}"


def stopping(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that keep a stage from counting as done, the gravest first."""
    stops = [one for one in findings if one.severity in {Severity.BLOCK, Severity.ERROR}]
    return sorted(stops, key=lambda one: one.severity is not Severity.BLOCK)


def stop_if_blocked(findings: Sequence[Finding]) -> None:
    """Raise AccountingError naming the first of the findings with which nothing may be posted."""
    stops = blocking(findings)
    if stops:
        more = f" (and {len(stops) - 1} more)" if stops[1:] else ""
        raise AccountingError(f"{stops[0].code} {stops[0].subject}: {stops[0].why}{more}", fix=stops[0].fix)


def posted_row(result: PostingResult) -> tuple[object, ...]:
    """A posting as a row of POSTINGS."""
    posting = result.posting
    known = (posting.reference, posting.key.kind, posting.state.value, posting.ledger_key or None)
    return (*known, posting.ledger_number or None, posting.amount_cents)
