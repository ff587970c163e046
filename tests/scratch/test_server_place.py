"""Where the server may live: as root, as a user, with a full disk, without permission."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dbwright.core.errors import SandboxError, ServerError
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import ServerChoice, server
from dbwright.scratch.server_place import (
    Identity,
    cache_root,
    reachable,
    server_identity,
    spread,
)

pytestmark = pytest.mark.usefixtures("from_nothing")

Choose = Callable[..., ServerChoice]
SOURCE = Path(__file__).parents[2] / "src"

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to become others"
)

USE = """
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import ServerChoice, server, stop
choice = ServerChoice()
try:
    with server(choice) as running, Sandbox(running).clone(None) as database:
        with database.superuser() as connection:
            print(connection.execute("show data_directory").fetchone()[0])
        with database.connect() as connection:
            print(connection.execute("select current_user").fetchone()[0])
finally:
    stop(choice)
"""


def interpreter() -> str:
    """Give a Python that others can run and that takes our environment's packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        if path and reachable(Path(path).resolve().parent, Identity(65534, 65534)):
            return path
    pytest.skip(f"needs a {version} that other users can run")


def run_as(uid: int | None, home: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    """Use the server as another user, in an environment that has next to nothing."""
    environment = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{SOURCE}{os.pathsep}{sysconfig.get_path('purelib')}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    identity = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    return subprocess.run(
        [interpreter(), "-c", USE],
        env=environment,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **identity,  # type: ignore[call-overload]
    )


@pytest.fixture
def home(cache: Path) -> Path:
    """A home that everybody can reach."""
    path = cache.parent / "home"
    path.mkdir(mode=0o755)
    return path


@pytest.fixture
def temporary(cache: Path) -> Path:
    """A temporary folder that everybody can use."""
    path = cache.parent / "tmp"
    path.mkdir()
    path.chmod(0o1777)
    return path


@needs_root
def test_an_ordinary_user_has_it_in_the_own_cache(home: Path, temporary: Path) -> None:
    os.chown(home, 65534, 65534)
    done = run_as(65534, home, temporary)
    assert done.returncode == 0, done.stderr
    folder, role = done.stdout.split()
    assert folder.startswith(f"{home}/.cache/dbwright/")
    assert role == "dbwright_owner"
    assert Path(folder).parents[1].stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


@needs_root
def test_a_read_only_home_moves_it_to_a_private_temporary_folder(
    home: Path, temporary: Path
) -> None:
    done = run_as(65534, home, temporary)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{temporary}/dbwright-65534/")
    assert (temporary / "dbwright-65534").stat().st_mode & 0o777 == 0o700
    assert list(home.iterdir()) == []


@needs_root
def test_a_home_that_does_not_exist_is_no_obstacle(cache: Path, temporary: Path) -> None:
    done = run_as(65534, Path("/nonexistent"), temporary)
    assert done.returncode == 0, done.stderr


@needs_root
def test_root_with_a_closed_home_changes_no_mode_of_it(home: Path, temporary: Path) -> None:
    home.chmod(0o700)
    done = run_as(None, home, temporary)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{temporary}/dbwright-0/")
    assert home.stat().st_mode & 0o777 == 0o700
    data = Path(done.stdout.split()[0])
    assert (data.stat().st_uid, data.stat().st_mode & 0o777) == (65534, 0o700)
    assert (data.parents[2].stat().st_uid, data.parents[2].stat().st_mode & 0o777) == (0, 0o711)


@needs_root
def test_root_with_an_open_home_keeps_it_there(home: Path, temporary: Path) -> None:
    done = run_as(None, home, temporary)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{home}/.cache/dbwright/")


@needs_root
def test_a_folder_that_another_user_planted_is_not_used(home: Path, temporary: Path) -> None:
    home.chmod(0o755)
    planted = temporary / "dbwright-65533"
    planted.mkdir()
    os.chown(planted, 65534, 65534)
    planted.chmod(0o777)
    fallback = Path("/tmp/dbwright-65533")
    try:
        done = run_as(65533, home, temporary)
        assert str(planted) not in done.stdout + done.stderr
        assert list(planted.glob("servers/*")) == []
    finally:
        shutil.rmtree(fallback, ignore_errors=True)


@needs_root
def test_a_user_number_without_a_name_is_told_what_to_do(home: Path, temporary: Path) -> None:
    done = run_as(54321, home, temporary)
    assert "Give it a line in /etc/passwd" in done.stderr
    assert "ServerError" in done.stderr


@needs_root
def test_without_permission_anywhere_the_error_names_the_folders(
    home: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbwright.scratch import server_place

    def refuse(folder: Path, _: object) -> Path:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(server_place, "_prepared", refuse)
    choice = ServerChoice(cache_dir=home / "cache")
    with pytest.raises(ServerError, match="no folder for its data") as caught, server(choice):
        pass
    assert f"{home}/cache: Permission denied" in str(caught.value)
    assert "XDG_CACHE_HOME=FOLDER" in str(caught.value)


@pytest.fixture
def small_disk(cache: Path) -> Iterator[Callable[[int], Path]]:
    """Make small disks, where mounting is allowed."""
    mounted: list[Path] = []

    def make(megabytes: int) -> Path:
        path = cache.parent / f"disk{megabytes}"
        path.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", str(path)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("needs the right to mount a small disk")
        mounted.append(path)
        return path

    yield make
    for path in mounted:
        subprocess.run(["umount", "-l", str(path)], check=True)


@needs_root
@pytest.mark.parametrize("megabytes", [20, 45, 65])
def test_a_full_disk_at_the_start_says_what_to_do(
    small_disk: Callable[[int], Path], choose: Choose, megabytes: int
) -> None:
    disk = small_disk(megabytes)
    choice = choose(cache_dir=disk / "cache")
    full = pytest.raises(ServerError, match=r"the disk that holds .* is full")
    with full as caught, server(choice):
        pass
    assert "Free about 100 MB there" in str(caught.value)
    assert not list(disk.rglob("*.part"))


@needs_root
def test_a_disk_that_fills_up_later_says_so(
    small_disk: Callable[[int], Path], choose: Choose
) -> None:
    disk = small_disk(130)
    with server(choose(cache_dir=disk / "cache")) as running:
        sandbox = Sandbox(running)
        with sandbox.clone(None):
            pass
        with contextlib.suppress(OSError), open(disk / "filler", "wb") as filler:
            while True:
                filler.write(b"x" * 65536)
        with pytest.raises(SandboxError, match="disk of the server is full"), sandbox.clone(None):
            pass
        (disk / "filler").unlink()
        with sandbox.clone(None) as database, database.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)


@needs_root
def test_those_who_make_the_cache_at_once_agree_on_its_place(cache: Path) -> None:
    """One that saw another's folder before its mode was set took it for closed, went elsewhere."""

    def place(_: int) -> Path:
        barrier.wait()
        return cache_root(root, server_identity())

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for turn in range(80):
                barrier, root = threading.Barrier(4), cache.parent / f"cache-{turn}"
                assert set(pool.map(place, range(4))) == {root / "servers"}
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.skipif(shutil.which("lsattr") is None, reason="needs lsattr")
def test_databases_are_spread_over_the_disk(choose: Choose) -> None:
    """Copies beside dropped ones take ten times as long on an ext4 without a journal."""
    with server(choose()) as running, running.connect() as connection:
        (data,) = connection.execute("show data_directory").fetchone() or ("",)
    shown = subprocess.run(["lsattr", "-d", f"{data}/base"], capture_output=True, text=True)
    if shown.returncode != 0:
        pytest.skip("no such flags on this file system")
    assert "T" in shown.stdout.split()[0]


def test_spreading_is_passed_over_where_it_cannot_be(tmp_path: Path) -> None:
    spread(tmp_path / "not there")
    spread(Path("/proc/self"))
