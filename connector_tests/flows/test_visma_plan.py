"""The decisions of the flow into Visma, without any system: three sides of a field, partners of a dimension."""

from collections.abc import Mapping
from datetime import date
from itertools import product
from pathlib import Path

import pytest
import yaml
from dagster import AssetsDefinition, Definitions

from connector_assets.connections import load_connection
from connector_assets.flows.paychex_visma import alignment as aligning
from connector_assets.flows.paychex_visma.alignment import Pair, Rules, Side, SourceValue, TargetValue
from connector_assets.flows.paychex_visma.assets import build
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.flows.paychex_visma.notices import wish_of
from connector_assets.flows.paychex_visma.plan import decide, described
from connector_assets.orchestration.inbox_sensor import Burst
from connector_assets.records.inbox import Notification
from connector_assets.settings import ConfigError, Settings
from connector_tests.orchestration.test_graph import PERSONAL, assets_of, both_with_resources, columns_of

NONE = Rules()
ALL = Rules(creates=True, renames=True, closes=True, repairs=True, length=4, pad="0", prefix="R")
BODY = {
    "name": "acme",
    "flow": "paychex_visma",
    "start_date": date(2025, 1, 1),
    "paychex": {"display_id": "01080012"},
    "visma": {"tenant_id": "7b1d2f0e-5c3a-4a86-9d1e-0f2a3b4c5d6e"},
    "employees": {"employee_class": "STD", "calendar": "NORM"},
    "segments": [{"segment": 1, "source": "organization"}],
}


@pytest.mark.parametrize(
    ("wanted", "held", "settled", "sent"), list(product("AB", "ABC", ("A", "B", ""), ("", "B", "C")))
)
@pytest.mark.parametrize("repairs", [True, False])
def test_every_case_of_a_field(wanted: str, held: str, settled: str, sent: str, *, repairs: bool) -> None:
    """What Visma was given by us, or still holds as agreed, is ours to write; anything else is drift; never both."""
    found = decide({"f": wanted}, {"f": held}, {"f": settled} if settled else None, {"f": sent}, repairs=repairs)
    assert [bool(found.write), bool(found.repair), bool(found.drift)].count(True) == (wanted != held)
    is_ours = not settled or held in {settled, sent}
    if wanted == held:
        return
    if is_ours:
        assert found.to_send == {"f": wanted}
    elif repairs:
        assert (found.to_send, found.repair) == ({"f": wanted}, {"f": wanted})
    else:
        assert (found.to_send, found.drift) == ({}, {"f": held})


def test_a_field_that_the_connection_takes_on_later_is_written() -> None:
    found = decide({"title": "new", "status": "A"}, {"title": "old", "status": "A"}, {"status": "A"}, {}, repairs=False)
    assert found.write == {"title": "new"}


def test_values_that_may_be_personal_are_not_told() -> None:
    told = described({"name": "digest", "status": "Inactive"}, {"name": "other", "status": "Active"})
    assert told == "name, status Active -> Inactive"


def pair_of(
    source: SourceValue,
    targets: Mapping[str, tuple[str, bool]],
    *,
    known: str = "",
    settled: Mapping[str, str] | None = None,
    rules: Rules = NONE,
) -> Pair:
    values = {key: TargetValue(key, *one) for key, one in targets.items()}
    pairs = {source.source_id: known} if known else {}
    agreed = {source.source_id: settled} if settled else {}
    (found,) = aligning.align(Side("segment 1", "organization", [source], values, pairs, agreed, rules))
    return found


OPS = SourceValue("S1", "200", "Operations")


@pytest.mark.parametrize(
    ("targets", "known", "target", "origin"),
    [
        ({"0200": ("Other", True), "0300": ("Operations", True)}, "0300", "0300", "crosswalk"),
        ({"0200": ("Other", True), "0300": ("Operations", True)}, "", "0200", "id"),
        ({"0300": ("operations", True)}, "", "0300", "name"),
        ({"0300": ("Operations", True), "0400": ("Operations", True)}, "", "", "missing"),
    ],
)
def test_partners_by_crosswalk_number_and_a_name_that_stands_once(
    targets: Mapping[str, tuple[str, bool]], known: str, target: str, origin: str
) -> None:
    found = pair_of(OPS, targets, known=known, rules=Rules(length=4, pad="0"))
    assert (found.target_id, found.origin) == (target, origin)


def test_codes_of_what_is_created() -> None:
    assert (pair_of(OPS, {}, rules=ALL).target_id, pair_of(OPS, {}, rules=ALL).wish) == ("0200", ("create",))
    title = SourceValue("Engineer", "", "Engineer")
    assert pair_of(title, {"R001": ("Clerk", True)}, rules=ALL).target_id == "R002"
    assert "longer than the 4" in pair_of(SourceValue("S2", "20000", "X"), {}, rules=ALL).problem
    assert "has no segment 1" in pair_of(title, {}, rules=Rules(creates=True, length=4)).problem
    assert pair_of(SourceValue("J", "900", "Done", is_over=True), {}, rules=ALL).wish == ()


AGREED = {"name": "Operations", "active": "yes"}


@pytest.mark.parametrize(
    ("name", "active", "source", "settled", "rules", "wish", "drifted"),
    [
        ("Operations", True, OPS, AGREED, ALL, (), False),
        ("Operations", True, SourceValue("S1", "200", "Ops"), AGREED, ALL, ("rename",), False),
        ("Operations", True, SourceValue("S1", "200", "Ops"), AGREED, Rules(repairs=True), (), False),
        ("By hand", True, OPS, AGREED, ALL, ("rename",), False),
        ("By hand", True, OPS, AGREED, Rules(renames=True), (), True),
        ("By hand", True, OPS, None, Rules(renames=True), ("rename",), False),
        ("Operations", False, OPS, AGREED, ALL, ("open",), False),
        ("Operations", False, OPS, AGREED, Rules(), (), True),
        ("Operations", False, OPS, None, ALL, (), False),
        ("Operations", False, OPS, {**AGREED, "active": "no"}, Rules(closes=True), ("open",), False),
        ("Operations", True, SourceValue("S1", "200", "Operations", is_over=True), AGREED, ALL, ("close",), False),
        ("Operations", False, SourceValue("S1", "200", "Operations", is_over=True), AGREED, ALL, (), False),
    ],
)
def test_three_sides_of_a_value(
    name: str,
    active: bool,
    source: SourceValue,
    settled: Mapping[str, str] | None,
    rules: Rules,
    wish: tuple[str, ...],
    drifted: bool,
) -> None:
    found = pair_of(source, {"0200": (name, active)}, known="0200", settled=settled, rules=rules)
    assert (found.wish, found.is_drift) == (wish, drifted)
    assert bool(found.problem) is (not wish and (name != source.name or (not active and not source.is_over)))


def test_a_value_that_is_gone_is_drift_and_made_again_where_that_is_wished() -> None:
    assert pair_of(OPS, {}, known="0200", settled=AGREED).is_drift
    assert pair_of(OPS, {}, known="0200", settled=AGREED, rules=ALL).wish == ("create",)


@pytest.mark.parametrize(
    ("topics", "subject", "job"),
    [
        ("WRKR_DEM", "W1", "acme_workers"),
        ("WRKR_CMP", "W1", "acme_workers"),
        ("WRKR_EMPL", "W1", "acme_workers"),
        ("WRKR_ADD", "", "acme_workers"),
        ("CLT_ACCESS", "", "acme_refresh"),
        ("CLT_ORG", "", "acme_refresh"),
        ("CLT_PYRN", "", ""),
    ],
)
def test_what_a_notification_comes_to(topics: str, subject: str, job: str) -> None:
    notice = Notification("paychex", "n1", "C1", topics, "UPDATE", "worker" if subject else "", subject)
    assert wish_of(Burst("worker" if subject else "", subject, (notice,)), "acme").job == job


def definitions() -> Definitions:
    return build(PaychexVismaConnection.model_validate(BODY), 26)


def test_every_asset_explains_itself() -> None:
    Definitions.validate_loadable(both_with_resources(definitions()))
    for definition, spec in assets_of(definitions()).values():
        assert isinstance(definition, AssetsDefinition)
        assert (spec.description or "").endswith(".")
        assert spec.kinds
        assert {"connection", "flow"} <= spec.tags.keys()
        assert (spec.group_name or "") in {"acme_reference", "acme_workers"}
        assert all(check.description for check in definition.check_specs)
        for column in columns_of(spec).columns:
            assert column.description
            assert not any(word in column.name for word in PERSONAL), column.name


def test_a_wrong_connection_file_names_place_and_fix(tmp_path: Path) -> None:
    (tmp_path / "connections").mkdir()
    path = tmp_path / "connections" / "acme.yaml"
    for wrong, told in (
        ({"visma": {"tenant_id": "4711"}}, "visma.tenant_id"),
        ({"segments": [{"segment": 1, "source": "colour"}]}, "segments.0.source"),
        ({"segments": [{"segment": 1, "source": "job"}] * 2}, "named twice"),
        ({"employees": {"calendar": "NORM"}}, "employees.employee_class"),
    ):
        path.write_text(yaml.safe_dump({**BODY, **wrong}), encoding="utf-8")
        with pytest.raises(ConfigError, match=told):
            load_connection(Settings(home=tmp_path), "acme")
