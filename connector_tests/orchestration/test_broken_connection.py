"""One connection file that cannot be used stops no other connection, and nobody can overlook it."""

from dagster import AssetKey

from connector_tests.cli_runner import failing
from connector_tests.flows.house import LLC, NJ, House
from connector_tests.orchestration.test_gate_matrix import LAST_PAY_RUN


def test_the_others_go_on_and_the_broken_one_is_named_everywhere(house: House) -> None:
    house.only_from(LAST_PAY_RUN, LLC)
    path = house.settings.connections_dir / f"{NJ}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "posting: [\n", encoding="utf-8")

    shown = failing("sync")
    assert f"{path}: line " in shown
    assert [one["state"] for one in house.journals()] == ["Posted"]

    shown = failing("status")
    assert f"{path}: line " in shown
    assert LLC in shown

    for command in (
        ["retry"],
        ["webhooks", "dead"],
        ["audit", "export", "--from", "2025-12-01", "--until", "2025-12-31"],
    ):
        shown = failing(*command)
        assert f"{path}: line " in shown
    assert f"Not in this export: {path}: line " in shown
    assert str(house.journals()[0]["reference"]) in shown

    graph = house.definitions().resolve_asset_graph()
    node = graph.get(AssetKey([NJ, "connection_file"]))
    assert node.group_name == "broken_connections"
    assert f"{path}: line " in (node.description or "")
    assert AssetKey([LLC, "gl_post"]) in graph.get_all_asset_keys()
    assert AssetKey([NJ, "gl_post"]) not in graph.get_all_asset_keys()
