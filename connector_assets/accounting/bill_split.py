"""A bill's lines, split by their allocations: to the cent, and adding up to the bill's total.

Amounts come in hundred-millionths of the currency (`_e8`). Whether an allocation holds the tax is documented nowhere,
so only its share counts: net amount and tax of a line are each split by the largest remainder.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.money import largest_remainder, text_from_cents

CENT_E8 = 10**6


@dataclass(frozen=True)
class Line:
    """A line as the source has it: net amount and tax, and the shares of its parts."""

    line_id: str
    net_e8: int
    tax_e8: int
    shares_e8: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """What one share of a line comes to."""

    net_cents: int
    tax_cents: int


def split_lines(bill_id: str, lines: Sequence[Line], total_cents: int) -> tuple[list[list[Part]], list[Finding]]:
    """The parts of each line, in order, and what stands against them.

    Rounding may take as many cents as there are lines with parts of a cent: they go to the largest of those.
    """
    net, tax = [_rounded(line.net_e8) for line in lines], [_rounded(line.tax_e8) for line in lines]
    off_cents = total_cents - sum(net) - sum(tax)
    found: list[Finding] = []
    broken = [place for place, line in enumerate(lines) if line.net_e8 % CENT_E8 or line.tax_e8 % CENT_E8]
    if off_cents:
        why = f"Bill {bill_id} states {text_from_cents(total_cents)}, its lines differ by {text_from_cents(off_cents)}."
        if abs(off_cents) > len(broken):
            fix = "Compare it in Procurify; freight and the like must stand on the bill as coded costs."
            found.append(finding("S50", bill_id, why, fix))
        else:
            largest = max(broken, key=lambda place: (abs(net[place]), -place))
            net[largest] += off_cents
            found.append(finding("S51", bill_id, why, "Nothing: the largest line with parts of a cent takes it."))
    parts = [
        _parts(net_cents, tax_cents, line.shares_e8) for line, net_cents, tax_cents in zip(lines, net, tax, strict=True)
    ]
    return parts, found


def _parts(net_cents: int, tax_cents: int, shares_e8: Sequence[int]) -> list[Part]:
    """By the shares; shares that come to nothing count alike."""
    weights = [abs(share) for share in shares_e8] if any(shares_e8) else [1] * max(1, len(shares_e8))
    both = zip(largest_remainder(net_cents, weights), largest_remainder(tax_cents, weights), strict=True)
    return [Part(net, tax) for net, tax in both]


def _rounded(amount_e8: int) -> int:
    """Whole cents, halves away from zero."""
    size = (2 * abs(amount_e8) + CENT_E8) // (2 * CENT_E8)
    return size if amount_e8 >= 0 else -size
