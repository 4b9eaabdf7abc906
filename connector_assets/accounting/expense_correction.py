"""What must still be posted when an expense report changed after its journal was: the difference, line by line.

Re-approval makes an adjustment, never an edit: nothing that stands in the ledger is touched, and all the journals of a
report add up to what it asks for now.
"""

from collections.abc import Sequence
from dataclasses import replace

from connector_assets.accounting.journal import Journal, JournalLine


def correction(wanted: Journal, posted: Sequence[Journal]) -> Journal | None:
    """The journal that makes the `posted` ones add up to the `wanted` one, under its head; None when they do already.

    `wanted` without lines takes back all that was posted. Each line names the last journal that it corrects.
    """
    sums: dict[JournalLine, int] = {}
    signed = [(1, wanted), *((-1, one) for one in posted)]
    for sign, journal in signed:
        for line in journal.lines:
            place = replace(line, amount_cents=0, memo="", custom_dimensions=tuple(sorted(line.custom_dimensions)))
            sums[place] = sums.get(place, 0) + sign * line.amount_cents
    memo = f"Correction of {posted[-1].reference}"
    lines = tuple(replace(place, amount_cents=cents, memo=memo) for place, cents in sums.items() if cents)
    return replace(wanted, lines=lines) if lines else None
