"""Intacct's snapshots as bills need them: what may be named and how it is called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from connector_assets.accounting.bill_build import LedgerWords
from connector_assets.accounting.bill_mapping import BillMapping, BillRuleKind, bill_rules_from_csv
from connector_assets.accounting.findings import Finding, finding
from connector_assets.deployment import Deployment
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.names import ConnectionNames

US_DOLLAR, TAX_FIELD = "USD", "bill.TAXSOLUTIONID"
"""Prebuilt tax solutions are for companies outside of the U.S.; the field of a bill that names one."""

DIMENSION_TARGETS = {"line.PROJECTID": ("projects", "project_id"), "line.CLASSID": ("classes", "class_id")}
"""The dimensions that a custom field may stand for: the snapshot of their values, and its key."""


def mapping_of(home: Deployment, connection: str, today: date) -> tuple[BillMapping, int]:
    """The mapping in force today with its version; one without rules, 0, when there is none. Raises AccountingError."""
    version = home.mappings.current(connection, today)
    return (BillMapping(), 0) if version is None else (bill_rules_from_csv(version.body), version.version)


class Words:
    """The words of one connection's ledger, each snapshot read from the store once."""

    def __init__(self, names: ConnectionNames, store: FrameStore) -> None:
        self._names, self._store = names, store

    def _live(self, name: str) -> pd.DataFrame:
        frame = self._store.read(self._names.intacct(name))
        return frame[frame["active"]]

    @cached_property
    def words(self) -> LedgerWords:
        """Everything that a bill may name."""
        departments, locations = self._live("departments"), self._live("locations")
        known = locations[locations["entity_id"].notna()]
        banks = self._live("bank_accounts")
        taxes = self._live("tax_details")
        return LedgerWords(
            vendors=self._vendors,
            departments=_unique(departments, "title", "department_id"),
            department_ids=frozenset(departments["department_id"]),
            locations=_by_name(locations),
            entities=dict(zip(known["location_id"], known["entity_id"], strict=True)),
            bank_accounts=dict(zip(banks["account_no"], banks["bank_account_id"], strict=True)),
            values=self._values,
            tax_details=frozenset(taxes.loc[taxes["is_purchase"], "detail_id"]),
        )

    @cached_property
    def _vendors(self) -> dict[str, str]:
        """Each vendor with why it cannot be used; empty when it can."""
        frame = self._store.read(self._names.intacct("vendors"))
        return {
            str(row["vendor_id"]): "inactive" if not row["active"] else "on hold" if row["on_hold"] else ""
            for row in frame.to_dict("records")
        }

    @cached_property
    def vendor_names(self) -> dict[str, str]:
        """Vendor ids by the exact names of the active ones; a name that stands twice stands for nothing."""
        live = self._live("vendors")
        return _unique(live[live["title"] != ""], "title", "vendor_id")

    @cached_property
    def _values(self) -> dict[str, dict[str, str]]:
        """What each field that a rule may name can hold: dimensions by name and id, custom fields by their choices."""
        frame = self._store.read(self._names.intacct("bill_fields"))
        chosen = frame[frame["is_custom"] & ~frame["is_read_only"]]
        found = {str(row["target"]): _choices(str(row["choices"])) for row in chosen.to_dict("records")}
        fields = set(frame["target"])
        for target, name, key in (
            ("line.PROJECTID", "projects", "project_id"),
            ("line.CLASSID", "classes", "class_id"),
        ):
            if target in fields:
                live = self._live(name)
                found[target] = {**{str(one): str(one) for one in live[key]}, **_unique(live, "name", key)}
        return found


def _choices(text: str) -> dict[str, str]:
    values: Sequence[str] = json.loads(text) if text else ()
    return {value: value for value in values}


def _unique(frame: pd.DataFrame, name: str, key: str) -> dict[str, str]:
    """Ids by name; a name that stands twice stands for nothing."""
    once = frame[~frame.duplicated(name, keep=False)]
    return dict(zip(once[name], once[key], strict=True))


def _by_name(locations: pd.DataFrame) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, location_id in zip(locations["name"], locations["location_id"], strict=True):
        found.setdefault(str(name), []).append(str(location_id))
    return found


@dataclass(frozen=True)
class Taxes:
    """What Intacct says of taxes: the snapshots of its tax solutions, tax details, entities and fields of bills."""

    solutions: pd.DataFrame
    details: pd.DataFrame
    entities: pd.DataFrame
    bill_fields: pd.DataFrame

    @property
    def usable(self) -> set[str]:
        """The tax solutions there are with an active purchase tax detail, which a bill can therefore name."""
        live = self.details[self.details["active"] & self.details["is_purchase"]]
        return set(self.solutions["solution_id"]) & set(live["solution_id"])


def tax_findings(solution: str, entity_id: str, currency: str, taxes: Taxes) -> list[Finding]:
    """P24: a prebuilt tax solution is switched on that bills cannot name; or none is, and Intacct uses one there.

    `currency` is that of the books where Intacct names none for the entity.
    """
    return _on_wrongly(solution, taxes) if solution else _off_wrongly(entity_id, currency, taxes)


def _on_wrongly(solution: str, taxes: Taxes) -> list[Finding]:
    there = ", ".join(sorted(taxes.usable)) or "none"
    if TAX_FIELD not in set(taxes.bill_fields["target"]):
        why = f"Tax solution {solution!r} is switched on, and Intacct's bills have no field for one"
    elif solution not in set(taxes.solutions["solution_id"]):
        why = f"Tax solution {solution!r} is switched on, and Intacct has none of that name"
    elif solution not in taxes.usable:
        why = f"Tax solution {solution!r} is switched on, and Intacct has no active purchase tax detail of it"
    else:
        return []
    fix = "Empty tax.prebuilt_solution in the connection file, or name one that bills can use."
    return [finding("P24", solution, f"{why} (bills can use: {there}).", fix)]


def _off_wrongly(entity_id: str, currency: str, taxes: Taxes) -> list[Finding]:
    named = taxes.entities.loc[taxes.entities["entity_id"] == entity_id, "currency"].dropna()
    own = next(iter(named), currency)
    if own == US_DOLLAR or not taxes.usable:
        return []
    why = f"Entity {entity_id} keeps its books in {own}, outside of the U.S., and Intacct has the tax solution "
    why += f"{', '.join(sorted(taxes.usable))} with purchase tax details, but no prebuilt tax solution is switched on: "
    why += "tax would become part of the cost and be missing from the tax return."
    return [finding("P24", entity_id, why, "Name the solution in tax.prebuilt_solution of the connection file.")]


def custom_field_findings(mapping: BillMapping, fields: pd.DataFrame, values: Mapping[str, object]) -> list[Finding]:
    """P29: a rule names a field that Intacct does not have, or that no rule may set."""
    known = set(fields["target"])
    found = []
    for rule in mapping.of(BillRuleKind.CUSTOM_FIELD):
        if rule.target in values:
            continue
        why = f"Custom field {rule.source!r} is mapped to {rule.target}, which "
        why += "only Intacct itself sets." if rule.target in known else "Intacct's field list does not have."
        listed = ", ".join(sorted(values)) or "none"
        fix = f"Map it to one of: {listed}; a new one is made in Platform Services for the object AP Bill."
        found.append(finding("P29", rule.source, why, fix))
    return found
