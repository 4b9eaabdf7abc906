"""Frames at rest: exact on the way back, replaced in one step, and errors that name the asset to materialize."""

import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from dagster import AssetIn, AssetKey, asset, materialize
from fsspec.implementations.memory import MemoryFileSystem

from connector_assets.accounting.register import PAY_CHECKS
from connector_assets.orchestration.io import FrameStore, ParquetIOManager

KEY = AssetKey(["acme", "pay_checks"])
PARTITION = "2026-04-10_1"


def checks(net_cents: int = 123456789012345) -> pd.DataFrame:
    row = ("1", "c-1", "w-1", None, date(2026, 4, 10), "Regular", net_cents, "USD", False, None)
    return PAY_CHECKS.conform(pd.DataFrame([row], columns=PAY_CHECKS.names))


@pytest.fixture(params=["folder", "memory"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A local folder, and a store of another kind behind an fsspec URL."""
    if request.param == "folder":
        return str(tmp_path / "frames")
    MemoryFileSystem.store.clear()
    return "memory://frames"


def test_a_frame_comes_back_as_it_was(base: str) -> None:
    store = FrameStore(base)
    store.write(KEY, checks(), PARTITION)
    back = PAY_CHECKS.conform(store.read(KEY, PARTITION))
    pd.testing.assert_frame_equal(back, checks())
    assert back["net_cents"].tolist() == [123456789012345]
    assert back["check_date"].tolist() == [date(2026, 4, 10)]
    assert list(store.read(KEY, PARTITION, columns=["check_id"]).columns) == ["check_id"]


def test_an_empty_frame_keeps_its_columns(base: str) -> None:
    store = FrameStore(base)
    store.write(KEY, PAY_CHECKS.empty())
    assert list(PAY_CHECKS.conform(store.read(KEY)).columns) == PAY_CHECKS.names


def test_partitions_and_the_latest_stand_apart_and_a_write_replaces(base: str) -> None:
    store = FrameStore(base)
    store.write(KEY, checks(1))
    store.write(KEY, checks(2), PARTITION)
    store.write(KEY, checks(3), PARTITION)
    assert store.read(KEY)["net_cents"].tolist() == [1]
    assert store.read(KEY, PARTITION)["net_cents"].tolist() == [3]


def test_what_is_not_there_is_named_with_what_to_do(base: str) -> None:
    store = FrameStore(base)
    assert not store.exists(KEY, PARTITION)
    with pytest.raises(FileNotFoundError, match=f"acme/pay_checks, partition {PARTITION} has no frame yet. Fix: mat"):
        store.read(KEY, PARTITION)


def test_a_frame_that_parquet_cannot_hold_leaves_the_old_one_and_no_half_one(tmp_path: Path) -> None:
    store = FrameStore(str(tmp_path))
    store.write(KEY, checks(1), PARTITION)
    path = Path(store.path(KEY, PARTITION))
    before = path.read_bytes()
    with pytest.raises((TypeError, ValueError)):
        store.write(KEY, pd.DataFrame({"what": [1, "two", object()]}), PARTITION)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_disk_without_room_leaves_the_old_frame_and_nothing_that_fills_it_further(tmp_path: Path) -> None:
    store = FrameStore(str(tmp_path))
    store.write(KEY, checks(1), PARTITION)
    path = Path(store.path(KEY, PARTITION))
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            store.write(KEY, checks(2), PARTITION)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_empty_file_as_a_power_cut_leaves_it_is_no_frame(tmp_path: Path) -> None:
    store = FrameStore(str(tmp_path))
    store.write(KEY, checks(1), PARTITION)
    Path(store.path(KEY, PARTITION)).write_bytes(b"")
    assert not store.exists(KEY, PARTITION)
    with pytest.raises(FileNotFoundError, match=r"has no frame yet. Fix: materialize it first"):
        store.read(KEY, PARTITION)


def test_readers_see_the_old_frame_or_the_new_one_and_never_half_of_one(tmp_path: Path) -> None:
    """A reader at every moment of forty writes by another thread."""
    store = FrameStore(str(tmp_path))
    store.write(KEY, pd.concat([checks(0)] * 500), PARTITION)

    def write() -> None:
        for number in range(1, 40):
            store.write(KEY, pd.concat([checks(number)] * 500), PARTITION)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            frame = store.read(KEY, PARTITION)
            assert (len(frame), frame["net_cents"].nunique()) == (500, 1)
        writing.result()


def test_the_io_manager_hands_frames_from_asset_to_asset_and_notes_path_and_rows(tmp_path: Path) -> None:
    @asset(key=KEY, io_manager_key="frames")
    def upstream() -> pd.DataFrame:
        return checks(7)

    @asset(ins={"frame": AssetIn(key=KEY)}, io_manager_key="frames")
    def downstream(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(net_cents=frame["net_cents"] + 1)

    result = materialize([upstream, downstream], resources={"frames": ParquetIOManager(base=str(tmp_path))})
    assert FrameStore(str(tmp_path)).read(AssetKey("downstream"))["net_cents"].tolist() == [8]
    (event,) = result.asset_materializations_for_node("acme__pay_checks")
    assert event.metadata["dagster/row_count"].value == 1
    assert Path(str(event.metadata["path"].value)).is_file()
