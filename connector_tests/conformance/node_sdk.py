"""The vendor's JavaScript SDK, installed by itself into a cache folder outside this repository, or a reason why not."""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

PACKAGE, VERSION = "@intacct/intacct-sdk", "2.2.1"
INSTALL_TIMEOUT_S = 300


def cache_folder() -> Path:
    """Where tools of other ecosystems are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "connector-assets"


@cache
def node_sdk() -> Path | str:
    """The SDK's folder; in its place, as text, the reason why it cannot be used here."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node and npm are not installed"
    home = cache_folder() / f"intacct-sdk-{VERSION}"
    folder = home / "node_modules" / "@intacct" / "intacct-sdk"
    if (home / "complete").exists():
        return folder
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        wanted = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"]
        try:
            subprocess.run(wanted, cwd=scratch, check=True, capture_output=True, timeout=INSTALL_TIMEOUT_S)
        except (subprocess.SubprocessError, OSError) as error:
            return f"npm could not install {PACKAGE}@{VERSION}: {type(error).__name__}"
        (Path(scratch) / "complete").touch()
        if not home.exists():
            shutil.copytree(scratch, home, dirs_exist_ok=True)
    return folder
