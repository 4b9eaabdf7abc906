"""The purchasing flow as the UI shows it: every asset explains itself, two kinds of partitions, tables on and off."""

from collections.abc import Iterator
from datetime import date

import pytest
from dagster import AssetSpec, Definitions, ScheduleDefinition, TableSchema

from connector_assets.flows.procurify_intacct.assets import build
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_tests.orchestration.test_graph import assets_of, both_with_resources

PERSONAL = ("first", "last", "given", "family", "ssn", "email", "phone", "street", "iban", "contact", "address")


def definitions(name: str = "acme", **changes: object) -> Definitions:
    body = {
        "name": name,
        "flow": "procurify_intacct",
        "start_date": date(2025, 1, 1),
        "procurify": {"base_url": "https://acme.procurify.com"},
        "intacct": {"company_id": "ACME"},
        "posting": {"entity": "E100"},
        "master_data": {"vendors": True, "account_codes": True},
    }
    return build(ProcurifyIntacctConnection.model_validate({**body, **changes}), 26)


def specs() -> Iterator[AssetSpec]:
    yield from (spec for _, spec in assets_of(definitions()).values())


@pytest.mark.parametrize("spec", list(specs()), ids=lambda spec: spec.key.to_user_string())
def test_every_asset_explains_itself(spec: AssetSpec) -> None:
    assert (spec.description or "").endswith(".")
    assert spec.owners == ["team:finance-data"]
    assert {"connection", "flow"} <= spec.tags.keys()
    assert spec.kinds
    assert (spec.group_name or "").startswith("acme_")
    schema = spec.metadata["dagster/column_schema"]
    assert isinstance(schema, TableSchema)
    for column in schema.columns:
        assert column.description
        assert not any(word in column.name for word in PERSONAL), column.name


def test_it_loads_beside_another_and_every_check_says_what_it_means() -> None:
    both = Definitions.merge(definitions("acme"), definitions("borealis"))
    Definitions.validate_loadable(both_with_resources(both))
    found = assets_of(both)
    assert {key.path[0] for key in found} == {"acme", "borealis"}
    for definition, _ in found.values():
        assert all((check.description or "").endswith(".") for check in definition.check_specs)


def test_bills_and_payments_are_two_kinds_of_partitions() -> None:
    kinds = {spec.key.path[-1]: getattr(spec.partitions_def, "name", None) for spec in specs()}
    assert kinds["bill_post"] == "acme_bills"
    assert kinds["payment_post"] == "acme_bill_payments"
    assert kinds["vendors_carried"] is None


def test_master_data_runs_hourly_for_the_tables_that_are_on() -> None:
    def schedules(defs: Definitions) -> dict[str, str]:
        return {one.name: str(one.cron_schedule) for one in defs.schedules or () if isinstance(one, ScheduleDefinition)}

    assert schedules(definitions())["acme_master_data_schedule"] == "10 * * * *"
    one = definitions(master_data={"vendors": True, "account_codes": False})
    assert {key.path[-1] for key in assets_of(one) if key.path[-1].endswith("_carried")} == {"vendors_carried"}
    none = definitions(master_data={"vendors": False, "account_codes": False})
    assert "acme_master_data_schedule" not in schedules(none)
    unpaid = definitions(posting={"entity": "E100", "payments": False})
    assert not [key for key in assets_of(unpaid) if "payment" in key.path[-1]]
    assert not [job.name for job in unpaid.jobs or () if job.name.endswith("_pay")]
