"""Mapping rules in words: what an auditor or a data engineer reads beside an amount."""

from connector_assets.accounting.mapping import ANY, CONDITION_FIELDS, MappingRule, rules_from_csv
from connector_assets.deployment import Deployment


def rules_in_words(home: Deployment, connection: str) -> dict[str, str]:
    """Every rule of every kept version by its id: what it states, and the newest version that holds it."""
    words: dict[str, str] = {}
    for version in home.mappings.versions(connection):
        for rule in rules_from_csv(version.body):
            words.setdefault(rule.rule_id, f"version {version.version}: {_in_words(rule)}")
    return words


def _in_words(rule: MappingRule) -> str:
    stated = [f"{name} {getattr(rule, name)}" for name in CONDITION_FIELDS if getattr(rule, name) != ANY]
    sides = [f"debit {rule.debit_account}"] if rule.debit_account else []
    sides += [f"credit {rule.credit_account}"] if rule.credit_account else []
    follows = f", follows {rule.burden}" if rule.burden else ""
    since = f", from {rule.effective_from}" if rule.effective_from else ""
    note = f" ({rule.note})" if rule.note else ""
    return f"{' and '.join([rule.kind, *stated])} -> {' and '.join(sides)}{follows}{since}{note}"
