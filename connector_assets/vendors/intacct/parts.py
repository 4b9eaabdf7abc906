"""Large journals in parts, each of which balances by itself.

The gateway names no largest journal and warns that thousands of lines run into its time limit. A journal over
`most_lines` goes out as several, all in one request under `transaction="true"`: the gateway does all of them or rolls
all of them back. A reversal after the fact would be the other way to undo half a journal; it would leave both in the
books, and could fail itself. So whatever does not fit into one request is refused before anything is sent.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.vendors.intacct.errors import refused_here

MOST_LINES = 500
MOST_PARTS = 50
MOST_LINES_IN_ALL = 15_000
"""What one request takes: a line is some 330 bytes, and 5 MB is what the gateway is trusted with."""

_PART = re.compile(r" \[(\d+)/(\d+)\]$", re.ASCII)


def journal_parts(journal: Journal, most_lines: int = MOST_LINES) -> tuple[Journal, ...]:
    """The journal itself if it is small, else parts of at most `most_lines` where that can be done, in order.

    Whole entities are kept together, and an entity too large for one part is cut between workers where each worker's
    lines balance. What cannot be cut stays whole. All parts carry the journal's reference, and `[2/3]` in their title.
    Raises RefusedError for more than one request takes.
    """
    lines = len(journal.lines)
    if lines <= most_lines:
        return (journal,)
    groups = [
        group
        for entity in _groups(journal.lines, lambda line: line.entity_id)
        for group in (_groups(entity, lambda line: line.employee_id or "") if len(entity) > most_lines else [entity])
    ]
    packed = _packed(groups, most_lines)
    if len(packed) > MOST_PARTS or lines > MOST_LINES_IN_ALL:
        why = f"{lines} lines in {len(packed)} parts are more than one transaction takes"
        fix = "Post it by department or in total, or in several journals."
        raise refused_here(f"create GLBATCH {journal.reference}", why, fix)
    if len(packed) == 1:
        return (journal,)
    return tuple(
        replace(journal, title=f"{journal.title} [{number}/{len(packed)}]", lines=tuple(part))
        for number, part in enumerate(packed, 1)
    )


def part_of(title: str) -> tuple[int, int] | None:
    """Which part a title says it is, as (2, 3); None for a journal in one piece."""
    match = _PART.search(title)
    return (int(match[1]), int(match[2])) if match else None


def is_whole_set(titles: Iterable[str]) -> bool:
    """Whether the titles are those of one journal's parts, each once."""
    parts = [part_of(title) for title in titles]
    return sorted(part for part in parts if part) == [(number, len(parts)) for number in range(1, len(parts) + 1)]


def _groups(lines: Sequence[JournalLine], key: Callable[[JournalLine], str]) -> list[Sequence[JournalLine]]:
    """The lines by `key`, in order of appearance; one group of all when some group would not balance."""
    found: dict[str, list[JournalLine]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line)
    balanced = all(sum(line.amount_cents for line in group) == 0 for group in found.values())
    return list(found.values()) if balanced else [lines]


def _packed(groups: Sequence[Sequence[JournalLine]], most_lines: int) -> list[list[JournalLine]]:
    """The groups, in order, filled into as few parts as that order allows."""
    parts: list[list[JournalLine]] = []
    for group in groups:
        if parts and len(parts[-1]) + len(group) <= most_lines:
            parts[-1] += group
        else:
            parts.append(list(group))
    return parts
