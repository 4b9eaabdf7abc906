"""What has to change so that the dimensions of both systems agree: a plan, which `dimension_changes` carries out.

Who leads is the policy of a kind. Where Paychex leads (`create_in_intacct`), what it has is created in Intacct and its
new names are followed; what the connector itself created also follows Paychex's moves and, late, its ends. Where
Intacct leads (`create_in_paychex`, jobs alone), it is the other way round. Nothing that a person has changed since is
touched: a change is followed only where the other side still stands as both had agreed. Nothing is ever deleted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from connector_assets.accounting.findings import Finding, finding
from connector_assets.flows.paychex_intacct.dimension_values import Side, SourceValue, TargetValue

INTACCT, PAYCHEX = "intacct", "paychex"
CREATE, RENAME, MOVE, INACTIVATE, REACTIVATE, END = "create", "rename", "move", "inactivate", "reactivate", "end"
MADE, MADE_IN_PAYCHEX = "created", "created_in_paychex"
LONGEST_JOB_NAME, LONGEST_JOB_NUMBER = 30, 25

Fields = tuple[tuple[str, str | bool], ...]
Agreed = Mapping[str, str]
Memory = Mapping[str, Agreed]
"""What both sides last agreed on, by Paychex id: name, parent, the day since when it is over, all as texts."""


@dataclass(frozen=True)
class Change:
    """One value to create or change in one system; `fields` are written as they are, `depth` is 0 at the top."""

    kind: str
    system: str
    action: str
    source_id: str
    target_id: str
    name: str
    why: str
    fields: Fields = ()
    depth: int = 0


@dataclass
class Plan:
    """The changes of one kind, what to remember once they are made, and what only a person can settle."""

    changes: list[Change] = field(default_factory=list)
    memory: dict[str, dict[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What is known of a kind beside both sides: pairs (Paychex id -> Intacct id), their origins, near misses, …"""

    pairs: Mapping[str, str]
    origins: Mapping[str, str]
    near: Mapping[str, TargetValue]
    memory: Memory
    today: date
    late: timedelta


def plan(side: Side, known: Known) -> Plan:
    """What has to change for one kind."""
    return _Planner(side, known).plan()


class _Planner:
    def __init__(self, side: Side, known: Known) -> None:
        self._side, self._known = side, known
        self._targets = side.targets
        self._source = {value.source_id: value for value in side.source}
        self._plan = Plan()
        self._paychex_leads = side.policy == "create_in_intacct"
        self._intacct_leads = side.policy == "create_in_paychex"

    def plan(self) -> Plan:
        """Creations first, parents before children, then what changed, then what is over."""
        if self._paychex_leads:
            self._plan.changes += self._creations()
        for value in self._side.source:
            target = self._targets.get(self._known.pairs.get(value.source_id, ""))
            if target is not None:
                self._plan.changes += self._of_pair(value, target)
        for source_id in sorted(set(self._known.pairs) - set(self._source)):
            self._plan.changes += self._vanished(source_id)
        if self._intacct_leads:
            self._plan.changes += self._jobs()
        return self._plan

    # -- what Intacct lacks ---------------------------------------------------------------------------------------

    def _creations(self) -> Iterator[Change]:
        counts = Counter(value.number for value in self._side.source)
        made, settled = dict(self._known.pairs), set(self._known.pairs.values())
        depths = {value.source_id: self._depth(value) for value in self._side.source}
        wanted = [value for value in self._side.source if self._lacks_partner(value)]
        for value in sorted(wanted, key=lambda one: (depths[one.source_id] or 0, one.source_id)):
            new_id, depth = value.number or value.source_id, depths[value.source_id]
            if depth is None:
                self._tell(value, "stands below itself", "Correct the hierarchy in Flex.")
            elif value.number and counts[value.number] > 1:
                self._tell(value, f"shares its number {value.number} with another", "Give it one of its own in Flex.")
            elif new_id in self._targets or new_id in settled:
                self._tell(value, f"would be {new_id}, which stands for another", "Pair it with `connector pair`.")
            elif value.parent_id in self._source and value.parent_id not in made:
                self._tell(value, "stands below one without a partner", "Settle its parent first.")
            else:
                made[value.source_id] = new_id
                settled.add(new_id)
                yield self._creation(value, new_id, depth, made.get(value.parent_id or ""))

    def _lacks_partner(self, value: SourceValue) -> bool:
        known = self._known
        return (
            value.source_id not in known.pairs
            and value.source_id not in known.near
            and value.is_open(known.today)
            and bool(value.title)
        )

    def _creation(self, value: SourceValue, new_id: str, depth: int, parent: str | None) -> Change:
        side = self._side
        fields = {side.id_field: new_id, side.name_field: value.title, **side.extra}
        fields |= {"parent_id": parent} if parent else {}
        self._remember(value, name=value.title, parent=value.parent_id or "")
        why = f"Paychex has it as '{value.name}', Intacct lacked it"
        return Change(side.kind, INTACCT, CREATE, value.source_id, new_id, value.title, why, _sorted(fields), depth)

    def _depth(self, value: SourceValue) -> int | None:
        """How many values stand above; None in a circle."""
        seen = {value.source_id}
        while (above := self._source.get(value.parent_id or "")) is not None:
            if above.source_id in seen:
                return None
            seen.add(above.source_id)
            value = above
        return len(seen) - 1

    # -- what both have -------------------------------------------------------------------------------------------

    def _of_pair(self, value: SourceValue, target: TargetValue) -> Iterator[Change]:
        agreed = dict(self._known.memory.get(value.source_id, {}))
        yield from self._renamed(value, target, agreed)
        yield from self._moved(value, target, agreed)
        yield from self._over(value.source_id, target, agreed, value.ended_on, is_open=value.is_open(self._known.today))
        if self._intacct_leads:
            yield from self._ended(value, target, agreed)
        self._remember(value, **agreed)

    def _renamed(self, value: SourceValue, target: TargetValue, agreed: dict[str, str]) -> Iterator[Change]:
        before, side = agreed.get("name", value.title), self._side
        agreed["name"] = value.title
        if before != value.title and target.name == before:
            if self._paychex_leads:
                fields = {side.id_field: target.target_id, side.name_field: value.title}
                why = f"Paychex renamed '{before}'"
                yield self._change(INTACCT, RENAME, value.source_id, target.target_id, value.title, why, fields)
            else:
                agreed["name"] = before
                why = f"Paychex renamed {side.word} '{before}' to '{value.title}', Intacct's still bears the old name."
                self._plan.findings.append(finding("W09", f"{side.kind} {target.target_id}", why, _FOLLOW))
        called, agreed["called"] = agreed.get("called", target.name), target.name
        if self._intacct_leads and called != target.name and value.name == called:
            why = f"Intacct renamed '{called}'"
            fields = {"name": target.name}
            yield self._change(PAYCHEX, RENAME, value.source_id, target.target_id, target.name, why, fields)
            agreed["name"] = target.name

    def _moved(self, value: SourceValue, target: TargetValue, agreed: dict[str, str]) -> Iterator[Change]:
        before, now = agreed.get("parent"), value.parent_id or ""
        agreed["parent"] = now
        pairs = self._known.pairs
        if before is None or before == now or not self._is_ours(value.source_id):
            return
        wanted, was = pairs.get(now, ""), pairs.get(before, "")
        if (target.parent_id or "") == was and (wanted or not now):
            fields = {self._side.id_field: target.target_id, "parent_id": wanted}
            why = f"Paychex moved it from '{was or 'the top'}'"
            yield self._change(INTACCT, MOVE, value.source_id, target.target_id, target.name, why, fields)

    # -- what is over ---------------------------------------------------------------------------------------------

    def _vanished(self, source_id: str) -> Iterator[Change]:
        """A value that Paychex shows no more, though it was paired."""
        target = self._targets.get(self._known.pairs[source_id])
        agreed = dict(self._known.memory.get(source_id, {}))
        if target is not None:
            since = date.fromisoformat(agreed.setdefault("gone_since", self._known.today.isoformat()))
            yield from self._over(source_id, target, agreed, since, is_open=False)
            self._plan.memory[source_id] = agreed

    def _over(
        self, source_id: str, target: TargetValue, agreed: dict[str, str], since: date | None, *, is_open: bool
    ) -> Iterator[Change]:
        """Inactivate what the connector created and Paychex ended long ago; activate it again when it is back."""
        fields: dict[str, str | bool] = {self._side.id_field: target.target_id, "is_active": is_open}
        change = (source_id, target.target_id, target.name)
        if is_open and not target.is_active and agreed.pop("inactivated", ""):
            yield self._change(INTACCT, REACTIVATE, *change, "Paychex uses it again", fields)
        elif (
            not is_open
            and target.is_active
            and self._is_ours(source_id)
            and since is not None
            and self._known.today > since + self._known.late
            and not self._is_needed(source_id, target)
        ):
            agreed["inactivated"] = "yes"
            yield self._change(INTACCT, INACTIVATE, *change, f"Over in Paychex since {since}", fields)

    def _is_needed(self, source_id: str, target: TargetValue) -> bool:
        """Whether another open Paychex value stands for it, or an active value stands below it."""
        others = [other for other, paired in self._known.pairs.items() if paired == target.target_id]
        is_used = any(
            other != source_id and other in self._source and self._source[other].is_open(self._known.today)
            for other in others
        )
        return is_used or any(value.is_active and value.parent_id == target.target_id for value in self._side.target)

    def _is_ours(self, source_id: str) -> bool:
        return self._paychex_leads and self._known.origins.get(source_id) == MADE

    # -- what Paychex lacks ---------------------------------------------------------------------------------------

    def _jobs(self) -> Iterator[Change]:
        """Active projects without a job; parents do not matter, for jobs have none."""
        taken = set(self._known.pairs.values())
        suggested = {near.target_id for near in self._known.near.values()}
        for target in self._side.target:
            if not target.is_active or target.target_id in taken or target.target_id in suggested:
                continue
            if len(target.name) > LONGEST_JOB_NAME or len(target.target_id) > LONGEST_JOB_NUMBER:
                why = f"Project {target.target_id} cannot become a job: Paychex takes {LONGEST_JOB_NAME} characters of"
                fix = "Shorten the project's name in Intacct, or create the job in Flex and pair it."
                self._plan.findings.append(finding("W22", f"project {target.target_id}", f"{why} a name.", fix))
                continue
            fields = {"number": target.target_id, "name": target.name}
            why = "Intacct has it, Paychex lacked it"
            yield self._change(PAYCHEX, CREATE, "", target.target_id, target.name, why, fields)

    def _ended(self, value: SourceValue, target: TargetValue, agreed: dict[str, str]) -> Iterator[Change]:
        """End a job that the connector created, long after its project became inactive."""
        if target.is_active or value.ended_on is not None:
            agreed.pop("inactive_since", None)
            return
        since = date.fromisoformat(agreed.setdefault("inactive_since", self._known.today.isoformat()))
        is_ours = self._known.origins.get(value.source_id) == MADE_IN_PAYCHEX
        if is_ours and self._known.today > since + self._known.late:
            why = f"Inactive in Intacct since {since}"
            fields = {"end": self._known.today.isoformat()}
            yield self._change(PAYCHEX, END, value.source_id, target.target_id, value.name, why, fields)

    # -- words ----------------------------------------------------------------------------------------------------

    def _change(
        self,
        system: str,
        action: str,
        source_id: str,
        target_id: str,
        name: str,
        why: str,
        fields: Mapping[str, str | bool],
    ) -> Change:
        depth = self._target_depth(target_id)
        return Change(self._side.kind, system, action, source_id, target_id, name, why, _sorted(fields), depth)

    def _target_depth(self, target_id: str) -> int:
        depth, seen = 0, {target_id}
        here = self._targets.get(target_id)
        while here is not None and here.parent_id and here.parent_id not in seen:
            seen.add(here.parent_id)
            depth, here = depth + 1, self._targets.get(here.parent_id)
        return depth

    def _remember(self, value: SourceValue, **agreed: str) -> None:
        agreed.pop("gone_since", None)
        self._plan.memory[value.source_id] = agreed

    def _tell(self, value: SourceValue, why: str, fix: str) -> None:
        subject = f"{self._side.kind} {value.source_id}"
        told = f"Paychex {self._side.word} '{value.name}' {why}, and is not created in Intacct."
        self._plan.findings.append(finding("W22", subject, told, fix))


_FOLLOW = "Rename it in Intacct too, or leave it: pairs are kept by id."


def in_order(changes: Sequence[Change]) -> list[Change]:
    """The order in which changes are made: creations and moves parents first, inactivations children first."""
    first = [change for change in changes if change.action != INACTIVATE]
    last = [change for change in changes if change.action == INACTIVATE]
    first.sort(key=lambda change: (_RANK[change.action], change.depth, change.target_id))
    last.sort(key=lambda change: (-change.depth, change.target_id))
    return [*first, *last]


_RANK = {CREATE: 0, REACTIVATE: 1, RENAME: 2, MOVE: 3, END: 4}


def _sorted(fields: Mapping[str, str | bool]) -> Fields:
    return tuple(sorted(fields.items()))
