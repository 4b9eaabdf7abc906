"""What to do about one employee: a comparison of three sides, field by field. Pure.

`wanted` is what Paychex says now, `now` what Visma holds, `settled` what both said when they last agreed. A field that
differs is ours to write when Visma still holds what was settled; when it holds anything else, somebody changed it
there: drift, which is reported, or set back where the connection says so, and never overwritten silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector_assets.flows.paychex_visma.facts import Comparable

SHOWN = {"status", "department", "branch"}
"""Fields whose values may be told; of the others only that they changed."""


@dataclass(frozen=True)
class Decision:
    """Fields to write because Paychex changed, fields to set back, and fields that drifted and stay as they are."""

    write: Comparable = field(default_factory=dict)
    repair: Comparable = field(default_factory=dict)
    drift: Comparable = field(default_factory=dict)

    @property
    def to_send(self) -> Comparable:
        """Everything to write."""
        return {**self.write, **self.repair}


def decide(
    wanted: Mapping[str, str],
    now: Mapping[str, str],
    settled: Mapping[str, str] | None,
    sent: Mapping[str, str],
    *,
    repairs: bool,
) -> Decision:
    """Compare the three sides. `settled` None: the pair is new, and Paychex is the source of everything.

    `sent` is what a write carried whose outcome nobody has seen: what of it stands in Visma is ours, not drift.
    """
    found = Decision()
    for name, value in wanted.items():
        held = now.get(name, "")
        if held == value:
            continue
        if settled is None or held == settled.get(name, held) or held == sent.get(name):
            found.write[name] = value
        elif repairs:
            found.repair[name] = value
        else:
            found.drift[name] = held
    return found


def described(fields: Mapping[str, str], before: Mapping[str, str]) -> str:
    """Fields with their values where those may be told, as `department 200 -> 210, name`."""
    parts = [
        f"{name} {before.get(name) or 'none'} -> {value}" if name in SHOWN else name
        for name, value in sorted(fields.items())
    ]
    return ", ".join(parts)
