"""A ledger asset takes the requests that its rows need, and says in its metadata how many it took."""

from math import ceil

from dagster import AssetKey

from connector_assets.systems import intacct_client
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_tests.flows.house import LLC, House, problem_of

PAGE_ROWS = 1000
SESSION = 1


def test_the_number_of_requests_is_the_bound_and_stands_in_the_metadata(house: House) -> None:
    connection = house.connection(LLC)
    master = IntacctMasterData(
        intacct_client(connection, connection.intacct, house.records().credentials, house.settings)
    )
    master.create("CLASS", [{"class_id": f"N{number}", "name": f"Class {number}"} for number in range(1_050)], "many:1")
    rows = {"classes": len(master.classes()), "departments": len(master.departments())}
    assert rows["classes"] > PAGE_ROWS > rows["departments"]
    for name, count in rows.items():
        house.reset_calls()
        result = house.materialize(LLC, [f"intacct/{name}"])
        assert result.success, problem_of(result)
        (made,) = result.asset_materializations_for_node(f"{LLC}__intacct__{name}")
        assert made.asset_key == AssetKey([LLC, "intacct", name])
        assert made.metadata["api_calls"].value == SESSION + ceil(count / PAGE_ROWS)
        assert house.calls()["intacct request"] == made.metadata["api_calls"].value
