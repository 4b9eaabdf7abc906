"""Frames at rest: one Parquet file per asset, or per asset and partition, on a local folder or any fsspec path."""

import io
import uuid
from collections.abc import Sequence
from contextlib import suppress

import fsspec
import pandas as pd
from dagster import AssetKey, ConfigurableIOManager, ConfigurableResource, InputContext, MetadataValue, OutputContext
from fsspec.core import url_to_fs

LATEST = "latest"


class FrameStore:
    """Reads and writes the frames of assets. A write replaces a file in one step: readers see the old or the new."""

    def __init__(self, base: str) -> None:
        fs, root = url_to_fs(base)
        self._fs: fsspec.AbstractFileSystem = fs
        self._root: str = root.rstrip("/")

    def path(self, asset_key: AssetKey, partition: str | None = None) -> str:
        """The file of an asset, or of one of its partitions."""
        return "/".join([self._root, *asset_key.path, f"{partition or LATEST}.parquet"])

    def write(self, asset_key: AssetKey, frame: pd.DataFrame, partition: str | None = None) -> str:
        """Write a frame and answer its path."""
        path = self.path(asset_key, partition)
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        scratch = f"{path}.{uuid.uuid4().hex}.tmp"
        self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        try:
            self._fs.pipe_file(scratch, buffer.getvalue())
            self._fs.mv(scratch, path)
        except BaseException:
            with suppress(OSError):  # on a full disk a half-written file would keep it full
                self._fs.rm_file(scratch)
            raise
        return path

    def exists(self, asset_key: AssetKey, partition: str | None = None) -> bool:
        """Whether the frame has been written; an empty file is what a power cut leaves of one that was on its way."""
        try:
            return bool(self._fs.size(self.path(asset_key, partition)))
        except FileNotFoundError:
            return False

    def read(
        self, asset_key: AssetKey, partition: str | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """A frame, or some of its columns. Raises FileNotFoundError naming the asset to materialize."""
        path = self.path(asset_key, partition)
        if not self.exists(asset_key, partition):
            of = f", partition {partition}" if partition else ""
            raise FileNotFoundError(f"{asset_key.to_user_string()}{of} has no frame yet. Fix: materialize it first.")
        return pd.read_parquet(io.BytesIO(self._fs.cat_file(path)), columns=list(columns) if columns else None)


class FramesResource(ConfigurableResource[None]):
    """The frames below `base`, for assets that carry many partitions in one run and read and write by themselves."""

    base: str

    @property
    def store(self) -> FrameStore:
        """The store."""
        return FrameStore(self.base)


class ParquetIOManager(ConfigurableIOManager):
    """Hands frames from asset to asset as Parquet files below `base`."""

    base: str

    def handle_output(self, context: OutputContext, obj: pd.DataFrame) -> None:
        """Write the output's frame and note where it stands and how many rows it has."""
        path = FrameStore(self.base).write(context.asset_key, obj)
        context.add_output_metadata({"path": MetadataValue.path(path), "dagster/row_count": len(obj)})

    def load_input(self, context: InputContext) -> pd.DataFrame:
        """Read the frame of the upstream asset."""
        return FrameStore(self.base).read(context.asset_key)
