"""How documents stand on the wire and in the simulated books: journals, bills, payments of bills, each as one shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

_CREATED = re.compile(rb"<create><(\w+)>")


@dataclass(frozen=True)
class Shape:
    """One kind of document: the element of its own number, and of its lines what says where an amount goes.

    `renamed` are elements that are called otherwise when they are read. Lines of a signed kind come as a side and an
    absolute amount, and add up to nothing.
    """

    name: str
    number: str
    lines: str
    amount: str
    place: tuple[str, str, str]
    is_signed: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict, hash=False)

    def header(self, document: etree._Element) -> dict[str, str]:
        """The document's own fields, as they are read back."""
        return {self.renamed.get(str(item.tag), str(item.tag)): item.text or "" for item in document if not len(item)}


SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            *("GLBATCH", "REFERENCENO", "ENTRIES/GLENTRY", "TRX_AMOUNT", ("ACCOUNTNO", "LOCATION", "DEPARTMENT")),
            is_signed=True,
        ),
        Shape(
            *("APBILL", "RECORDID", "APBILLITEMS/APBILLITEM", "TRX_AMOUNT"),
            ("ACCOUNTNO", "LOCATIONID", "DEPARTMENTID"),
        ),
        Shape(
            *("APPYMT", "DOCNUMBER", "APPYMTDETAILS/APPYMTDETAIL", "TRX_PAYMENTAMOUNT", ("RECORDKEY", "", "")),
            renamed={"PAYMENTDATE": "WHENCREATED"},
        ),
    )
}


@dataclass(frozen=True)
class Line:
    """One line in the books; a debit is positive. `account` is of a payment the bill that it pays."""

    account: str
    amount: Fraction
    location: str
    department: str
    fields: dict[str, str] = field(compare=False, hash=False)


@dataclass(frozen=True)
class Booked:
    """A document in the books."""

    key: int
    reference: str
    control_id: str
    header: dict[str, str]
    lines: tuple[Line, ...]
    sent_lines: int
    shape: Shape = SHAPES["GLBATCH"]

    @property
    def is_whole(self) -> bool:
        """Whether every line that was sent is there."""
        return len(self.lines) == self.sent_lines

    @property
    def imbalance(self) -> Fraction:
        """Debits minus credits; nothing for what the ledger balances itself."""
        return sum((line.amount for line in self.lines), Fraction(0)) if self.shape.is_signed else Fraction(0)


def number_in(body: bytes) -> str:
    """The own number of the document that a request creates."""
    found = _CREATED.search(body)
    assert found is not None
    number = SHAPES[found[1].decode()].number.encode()
    return body.split(b"<" + number + b">", 1)[1].split(b"<", 1)[0].decode()


def line_of(shape: Shape, entry: etree._Element) -> Line:
    """A line as the books take it: the amount in fractions of the text that came over the wire."""
    fields = {str(item.tag): item.text or "" for item in entry}
    amount = Fraction(fields[shape.amount]) * (int(fields["TR_TYPE"]) if shape.is_signed else 1)
    fields["AMOUNT"] = fields[shape.amount] = fields[shape.amount].rstrip("0").rstrip(".")  # as the gateway spells it
    account, location, department = (fields.get(name, "") for name in shape.place)
    return Line(account, amount, location, department, fields)
