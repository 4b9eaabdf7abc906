"""Carrying source documents through their stages, one partition each, in one step.

A document that fails stops at the stage that failed and takes no other with it; the others go on, and the step fails at
its end, naming the bad ones.
"""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetMaterialization,
    AssetObservation,
    Failure,
    MetadataValue,
)

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, FoundError, blocking, finding, stopping, told
from connector_assets.orchestration import gate
from connector_assets.orchestration.code_checks import code_specs, evaluation, summary
from connector_assets.orchestration.evaluations import record
from connector_assets.orchestration.metadata import findings_metadata
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.outages import OUTAGES, may_wait, wait
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.waiting import waiting_metadata, waiting_row
from connector_assets.posting import Outcome, PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.vendors.errors import VendorError

EXPECTED = (AccountingError, RecordsError, VendorError, FileNotFoundError)
"""What a document may be stopped by; their texts are made for people and hold no personal datum."""

NOT_FINISHED = "not_finished"
"""The metadata of a failed step: why each document could not be finished, by partition."""

RAN_THROUGH = "ran_through"
"""The check of every stage beside those of its codes: it got as far as to judge them, or says what stopped it."""

Event = AssetMaterialization | AssetObservation
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

    `waiting` are its postings that the ledger does not hold, or is not known to hold; `unjudged` are the codes that it
    could not look for this time, of which nothing is said.
    """

    metadata: dict[str, Metadata]
    findings: list[Finding]
    outcome: str
    waiting: Sequence[PostingResult] = ()
    unjudged: AbstractSet[str] = frozenset()


@dataclass(frozen=True)
class Stage(Generic[AnyWork]):
    """One stage: the assets it makes, in their order, each with the codes of the findings that concern it.

    Each code is an asset check of its own. A `gated` stage passes the gate first.
    """

    codes: Mapping[str, tuple[str, ...]]
    run: Callable[[AnyWork], StageResult]
    gated: bool = False

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets that it makes."""
        return tuple(self.codes)

    @property
    def last_asset(self) -> str:
        """The asset that says whether the stage ran through, and what waits."""
        return self.assets[-1]


def check_specs(names: ConnectionNames, stages: Sequence[Stage[AnyWork]]) -> list[AssetCheckSpec]:
    """The checks of each stage: whether it ran through, and one for each code on the asset that it concerns."""
    ran_through = [
        AssetCheckSpec(
            RAN_THROUGH,
            asset=names.own(stage.last_asset),
            description=f"Blocks when something stops the stage ({', '.join(stage.assets)}) before its checks can be "
            "judged: their last verdicts are then those of an earlier run.",
            blocking=True,
            partitions_def=names.documents,
        )
        for stage in stages
    ]
    of_codes = [(asset, codes) for stage in stages for asset, codes in stage.codes.items()]
    found = [spec for asset, codes in of_codes for spec in code_specs(names.own(asset), codes, names.documents)]
    return sorted([*ran_through, *found], key=lambda spec: (spec.asset_key, spec.name))


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
                self._stopped(stage, work.partition, outcome, [error.found] if isinstance(error, FoundError) else [])
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
        if result.waiting and self._is_selected(stage.last_asset):
            self.waiting[partition] = [waiting_row(one) for one in result.waiting]
            observed = waiting_metadata(result.waiting)
            yield AssetObservation(self.names.own(stage.last_asset), partition=partition, metadata=observed)
        self._judged(stage, partition, result)

    def _judged(self, stage: Stage[AnyWork], partition: str, result: StageResult) -> None:
        """What each check of a stage says of a document; a finding that has none is told by the stage's own."""
        codes = {code for of_asset in stage.codes.values() for code in of_asset}
        found = {one.code for one in result.findings}
        stray = [one for one in result.findings if one.code not in codes]
        by_code = self._evaluations(stage, partition, result.findings, codes - (result.unjudged - found))
        ran_through = self._ran_through(stage, partition, summary(stray) if stray else "", result.findings)
        record(self.context, [ran_through, *by_code])

    def _stopped(self, stage: Stage[AnyWork], partition: str, problem: str, found: Sequence[Finding]) -> None:
        """What stopped a stage before it could judge; of its other checks only those that `found` is about say it."""
        by_code = self._evaluations(stage, partition, found, {one.code for one in found})
        record(self.context, [self._ran_through(stage, partition, problem, found), *by_code])

    def _evaluations(
        self, stage: Stage[AnyWork], partition: str, findings: Sequence[Finding], judged: AbstractSet[str]
    ) -> list[AssetCheckEvaluation]:
        return [
            evaluation(self.names.own(asset), code, partition, findings)
            for asset, codes in stage.codes.items()
            for code in codes
            if code in judged
        ]

    def _ran_through(
        self, stage: Stage[AnyWork], partition: str, problem: str, findings: Sequence[Finding]
    ) -> AssetCheckEvaluation:
        return AssetCheckEvaluation(
            asset_key=self.names.own(stage.last_asset),
            check_name=RAN_THROUGH,
            passed=not problem,
            partition=partition,
            blocking=True,
            description=problem or f"Every check was judged; {len(findings)} findings.",
            metadata={} if problem and not findings else findings_metadata(list(findings)),
        )


def stop_if_blocked(findings: Sequence[Finding]) -> None:
    """Raise FoundError naming the first of the findings with which nothing may be posted."""
    stops = blocking(findings)
    if stops:
        raise FoundError(stops[0], f" (and {len(stops) - 1} more)" if stops[1:] else "")


def not_posted(what: str, asset: str, result: PostingResult) -> Finding:
    """P09: why a document is not in the ledger, and what happens next; P04 where another stands in its place."""
    when = f" It may be sent again from {result.next_try_at:%Y-%m-%d %H:%M} UTC." if result.next_try_at else ""
    return finding(
        "P04" if result.outcome is Outcome.ALARM else "P09",
        result.posting.reference,
        f"The {what} is {result.outcome.value.replace('_', ' ')}: {result.message}{when}",
        f"Materialize {asset} again: what stands in the ledger is found there and never sent twice.",
    )


def posted_row(result: PostingResult) -> tuple[object, ...]:
    """A posting as a row of POSTINGS."""
    posting = result.posting
    known = (posting.reference, posting.key.kind, posting.state.value, posting.ledger_key or None)
    return (*known, posting.ledger_number or None, posting.amount_cents)
