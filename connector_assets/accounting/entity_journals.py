"""One journal per legal entity: the same lines, in as many documents as there are entities.

Due-from and due-to lines already let each entity balance, so that the parts balance alone. The employing entity's part
keeps reference and kind; another's carry its id, because each document has an identity of its own.
"""

from dataclasses import replace

import pandas as pd

from connector_assets.accounting.journal import Journal
from connector_assets.accounting.journal_build import JournalBuild, journal_frame


def per_entity(build: JournalBuild, employing_entity_id: str) -> JournalBuild:
    """The build with each journal split by entity; lines are numbered anew and the trace follows them."""
    journals: list[Journal] = []
    places: dict[tuple[str, int], tuple[str, int]] = {}
    for journal in build.journals:
        for entity in sorted({line.entity_id for line in journal.lines}):
            part = _part(journal, entity, employing_entity_id)
            journals.append(part)
            held = [place for place, line in enumerate(journal.lines, start=1) if line.entity_id == entity]
            places |= {
                (journal.reference, place): (part.reference, number) for number, place in enumerate(held, start=1)
            }
    return JournalBuild(
        tuple(journals),
        pd.concat([journal_frame(journal) for journal in journals], ignore_index=True) if journals else build.lines,
        _traced(build.trace, places),
    )


def _part(journal: Journal, entity: str, employing_entity_id: str) -> Journal:
    lines = tuple(line for line in journal.lines if line.entity_id == entity)
    if entity == employing_entity_id:
        return replace(journal, lines=lines)
    return replace(journal, kind=f"{journal.kind}@{entity}", reference=f"{journal.reference}-{entity}", lines=lines)


def _traced(trace: pd.DataFrame, places: dict[tuple[str, int], tuple[str, int]]) -> pd.DataFrame:
    """Each piece under its part's reference; a piece of a line of nothing stays with the employing entity's."""
    index = pd.MultiIndex.from_arrays([trace["reference"], trace["journal_line_no"]])
    codes, pairs = pd.factorize(index)
    found = [places.get((str(reference), int(line_no)), (str(reference), 0)) for reference, line_no in pairs]
    references = pd.array([reference for reference, _ in found], dtype="str")
    numbers = pd.array([number for _, number in found], dtype="int64")
    return trace.assign(reference=references.take(codes), journal_line_no=numbers.take(codes))
