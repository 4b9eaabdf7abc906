"""Writing the alignment into Visma: departments and segment values created, renamed, closed and opened, by policy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma import alignment as aligning
from connector_assets.flows.paychex_visma.alignment import Pair, Rules, Side, SourceValue, TargetValue
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection, SourceKind
from connector_assets.flows.paychex_visma.reference import DIMENSION
from connector_assets.vendors.errors import OutcomeUnknownError, RefusedError
from connector_assets.vendors.visma.client import VismaClient
from connector_assets.vendors.visma.models import Segment, ValueChange

SETTLED = "visma_dimensions"
PROBLEMS = "visma_dimension_problems"
WORDS = {"create": "created", "rename": "renamed", "close": "closed", "open": "opened"}


@dataclass(frozen=True)
class Writer:
    """What writing dimensions needs."""

    connection: PaychexVismaConnection
    home: Deployment
    client: VismaClient
    actor: str

    def align(
        self,
        source: Mapping[SourceKind, Sequence[SourceValue]],
        departments: pd.DataFrame,
        branches: pd.DataFrame,
        segment_values: pd.DataFrame,
    ) -> pd.DataFrame:
        """Match, write what the policies allow, keep each pair in the crosswalk; answers ALIGNMENT.

        Segments come first: a department that is created may name one of their values.
        """
        everything: list[Pair] = []
        settled = {}
        sides = [*self._segment_sides(source, segment_values), *self._people_sides(source, departments, branches)]
        for side in sides:
            pairs = aligning.align(side)
            self._write(side, pairs, everything)
            settled[side.kind] = aligning.settled_of(pairs, side)
            everything += pairs
        self._keep(everything, settled)
        return aligning.frame_of(everything)

    # -- both sides of each kind ----------------------------------------------------------------------------------

    def _known(self, kind: str) -> dict[str, str]:
        return self.home.crosswalk.all(self.connection.name, kind)

    @property
    def _settled(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        return self.home.snapshots.get(self.connection.name, SETTLED) or {}

    def _segment_sides(self, source: Mapping[SourceKind, Sequence[SourceValue]], values: pd.DataFrame) -> list[Side]:
        repairs, sides = self.connection.dimension_drift == "repair", []
        for section in self.connection.segments:
            targets, length = aligning.segment_targets(values, section.segment)
            kind = aligning.segment_kind(section.segment)
            rules = aligning.segment_rules(section, length, repairs=repairs)
            sides.append(
                Side(
                    kind,
                    section.source,
                    source[section.source],
                    targets,
                    self._known(kind),
                    self._settled.get(kind, {}),
                    rules,
                )
            )
        return sides

    def _people_sides(
        self,
        source: Mapping[SourceKind, Sequence[SourceValue]],
        departments: pd.DataFrame,
        branches: pd.DataFrame,
    ) -> list[Side]:
        policy = self.connection.departments
        rules = Rules(
            creates=policy.missing == "create",
            renames=policy.renamed == "update",
            repairs=self.connection.dimension_drift == "repair",
        )
        named = {str(r["department_id"]): str(r["description"]) for r in departments.to_dict("records")}
        live = {str(r["branch_no"]): (str(r["name"]), bool(r["active"])) for r in branches.to_dict("records")}
        return [
            Side(
                aligning.DEPARTMENT,
                "organization",
                source["organization"],
                {key: TargetValue(key, name) for key, name in named.items()},
                self._known(aligning.DEPARTMENT),
                self._settled.get(aligning.DEPARTMENT, {}),
                rules,
            ),
            Side(
                aligning.BRANCH,
                "location",
                source["location"],
                {key: TargetValue(key, *one) for key, one in live.items()},
                self._known(aligning.BRANCH),
                self._settled.get(aligning.BRANCH, {}),
            ),
        ]

    # -- writing --------------------------------------------------------------------------------------------------

    def _write(self, side: Side, pairs: Sequence[Pair], before: Sequence[Pair]) -> None:
        wishing = [pair for pair in pairs if pair.wish]
        if not wishing:
            return
        self.home.audit.append(
            actor=self.actor,
            action="dimension changes begun",
            subject=f"{self.connection.name}/{side.kind}",
            reason=", ".join(sorted({wish for pair in wishing for wish in pair.wish})),
            detail={"values": len(wishing)},
        )
        if side.kind == aligning.DEPARTMENT:
            for pair in wishing:
                self._try([pair], lambda pair=pair: self._department(pair, before))  # type: ignore[misc] # bound per turn
        else:
            number = int(side.kind.rpartition(" ")[2])
            self._try(wishing, lambda: self._segment(number, wishing))

    def _try(self, pairs: Sequence[Pair], write: Callable[[], None]) -> None:
        try:
            write()
        except (OutcomeUnknownError, RefusedError) as error:
            for pair in pairs:
                pair.problem = error.message
            return
        for pair in pairs:
            pair.outcome = " ".join(pair.wish)
            pair.origin = aligning.CREATED if pair.origin == aligning.MISSING else pair.origin
            self.home.audit.append(
                actor=self.actor,
                action=f"dimension value {' and '.join(WORDS[wish] for wish in pair.wish)}",
                subject=f"{self.connection.name}/{pair.kind}/{pair.target_id}",
                reason=f"Paychex {pair.source} {pair.value.source_id} is '{pair.value.name}'",
                detail={"source": pair.source, "source_id": pair.value.source_id},
            )

    def _department(self, pair: Pair, before: Sequence[Pair]) -> None:
        if "create" in pair.wish:
            number = self.connection.departments.cost_center_segment
            kind = aligning.segment_kind(number or 0)
            paired = [one for one in before if one.kind == kind and one.value.source_id == pair.value.source_id]
            segments = (
                {number: paired[0].target_id} if number and paired and paired[0].origin != aligning.MISSING else {}
            )
            self.client.create_department(pair.target_id, pair.value.name, segments)
        else:
            self.client.change_department(pair.target_id, pair.value.name)

    def _segment(self, number: int, pairs: Sequence[Pair]) -> None:
        """One call for all values of a segment. What of it stands already is not sent again."""

        def decide(segment: Segment) -> list[ValueChange]:
            there = {value.value: value for value in segment.values}
            changes = []
            for pair in pairs:
                known = there.get(pair.target_id)
                name = pair.value.name if {"create", "rename"} & set(pair.wish) else None
                active = None if not {"close", "open", "create"} & set(pair.wish) else "close" not in pair.wish
                if known is None:
                    changes.append(ValueChange("Insert", pair.target_id, pair.value.name, is_active=True))
                    continue
                name = None if name == known.description else name
                active = None if active == known.is_active else active
                if name is not None or active is not None:
                    changes.append(ValueChange("Update", pair.target_id, name, active))
            return changes

        self.client.change_segment(DIMENSION, self.client.segment(DIMENSION, number), decide)

    def _keep(self, pairs: Sequence[Pair], settled: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        """Keep pairs and what was agreed on; tell the trail what drifted, whenever that changes."""
        name, snapshots = self.connection.name, self.home.snapshots
        for kind in {pair.kind for pair in pairs}:
            fresh = [pair for pair in pairs if pair.kind == kind and pair.origin in aligning.NEW]
            for origin in {pair.origin for pair in fresh}:
                chosen = {pair.value.source_id: pair.target_id for pair in fresh if pair.origin == origin}
                self.home.crosswalk.put_all(name, kind, chosen, origin)
        if settled != self._settled:
            snapshots.put(name, SETTLED, settled)
        drifted = {f"{pair.kind} {pair.target_id}": pair.problem for pair in pairs if pair.is_drift}
        before = snapshots.get(name, PROBLEMS) or {}
        for subject, why in drifted.items():
            if before.get(subject) != why:
                self.home.audit.append(self.actor, "dimension drifted", f"{name}/{subject}", why)
        for subject in before.keys() - drifted.keys():
            self.home.audit.append(self.actor, "dimension in step", f"{name}/{subject}", "in step again")
        if drifted != before:
            snapshots.put(name, PROBLEMS, drifted)
