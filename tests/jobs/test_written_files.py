"""Files that a change writes: their form is kept, and what cannot be written whole stays whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from dbwright import api
from dbwright.core.errors import DbwrightError, FixError
from dbwright.core.finding import Edit
from dbwright.core.options import Options

MODELS = '''"""Kunden."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
'''
REQUEST = "add a phone and a required city, default 'Ulm', to Customer"
LATIN = "# -*- coding: latin-1 -*-\n" + MODELS.replace("Kunden", "Käufer")
FORMS = {
    "plain": MODELS.encode(),
    "crlf": MODELS.replace("\n", "\r\n").encode(),
    "mark": b"\xef\xbb\xbf" + MODELS.encode(),
    "mark and crlf": b"\xef\xbb\xbf" + MODELS.replace("\n", "\r\n").encode(),
    "tabs": MODELS.replace("    ", "\t").encode(),
    "latin-1": LATIN.encode("latin-1"),
    "no line end at last": MODELS.rstrip("\n").encode(),
}
REQUESTS = (
    "add a phone to Customer",
    "make Customer.name unique",
    "User.name is optional".replace("User", "Customer"),
    "add a status (new, old) to Customer",
    "add an Invoice model with number belonging to Customer",
    "remove name from Customer",
)


def change(folder: Path, request: str) -> None:
    options = Options(models="models:Base", sandbox=False, target="postgresql-18")
    found = api.change_models(request, folder, options)
    assert found.edits, found.request.problems
    api.apply_edits(folder, found.edits)


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_file_keeps_its_form(form: str, tmp_path: Path) -> None:
    file = tmp_path / "models.py"
    for request in REQUESTS if form == "plain" else REQUESTS[:1]:
        file.write_bytes(FORMS[form])
        change(tmp_path, request)
        content = file.read_bytes()
        assert content != FORMS[form]
        assert content.startswith(b"\xef\xbb\xbf") == form.startswith("mark")
        ends = content.count(b"\n")
        assert content.count(b"\r\n") == (ends if "crlf" in form else 0)
        text = content.decode("latin-1" if form == "latin-1" else "utf-8-sig")
        assert ("Käufer" in text) == (form == "latin-1")
        compile(content, "models.py", "exec")
        if form == "tabs":
            own = [line for line in text.splitlines() if "phone" in line]
            assert all(line.startswith("\t") for line in own)


ALIASED = """from sqlalchemy import Integer
from sqlalchemy import String
from sqlalchemy.orm import declarative_base
from sqlalchemy.orm import mapped_column

_Column = mapped_column
Base = declarative_base()


class Customer(Base):
    __tablename__ = "customers"
    id = _Column(Integer, primary_key=True)
    name = _Column(String(40), nullable=False)
"""


def test_a_column_call_under_another_name_is_written_so(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(ALIASED)
    change(tmp_path, "add a note text to Customer")
    text = (tmp_path / "models.py").read_text()
    assert "    note = _Column(Text)\n" in text
    assert "import String\nfrom sqlalchemy import Text\n" in text


def test_lines_that_end_in_two_ways_are_refused_with_the_way_out(tmp_path: Path) -> None:
    content = MODELS.replace("\n", "\r\n", 3).encode()
    (tmp_path / "models.py").write_bytes(content)
    with pytest.raises(FixError, match="end in two ways"):
        change(tmp_path, "add a phone to Customer")
    assert (tmp_path / "models.py").read_bytes() == content


def test_a_sign_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_bytes(LATIN.encode("latin-1"))
    with pytest.raises(FixError, match="which has no '€'"):
        change(tmp_path, "add a currency (€, $) to Customer")
    assert (tmp_path / "models.py").read_bytes() == LATIN.encode("latin-1")


def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "models.py"
    file.write_text(MODELS)
    file.chmod(0o444)
    with pytest.raises(FixError, match="read-only"):
        change(tmp_path, "add a phone to Customer")
    assert file.read_text() == MODELS
    assert list(tmp_path.glob(".models*")) == []


def test_a_file_in_no_known_encoding_is_named(tmp_path: Path) -> None:
    content = MODELS.replace("Kunden", "Käufer").encode("latin-1")
    (tmp_path / "models.py").write_bytes(content)
    with pytest.raises(DbwrightError, match=r"models\.py|utf-8"):
        change(tmp_path, "add a phone to Customer")
    assert (tmp_path / "models.py").read_bytes() == content


WRITER = """
import sys
from pathlib import Path
from dbwright.core.finding import Edit
from dbwright.jobs.fix import apply
root = Path(sys.argv[1])
files = sorted(root.glob("m*.py"))
print("ready", flush=True)
apply(root, [Edit(f.name, f.read_text(), f.read_text().replace("old", "new")) for f in files])
"""


def test_a_kill_in_the_middle_leaves_every_file_whole(tmp_path: Path) -> None:
    old = "x = 'old'\n" * 4_000
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1):
        for number in range(60):
            (tmp_path / f"m{number:02}.py").write_text(old)
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path)],
            stdout=subprocess.PIPE, env={**os.environ},
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        texts = {file.read_text() for file in tmp_path.glob("m*.py")}
        assert texts <= {old, old.replace("old", "new")}


def test_one_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"a = 1\r\n")
    (tmp_path / "b.py").write_text("b = 1\n")
    edits = [Edit("a.py", "a = 1\n", "a = 2\n"), Edit("b.py", "b = 3\n", "b = 2\n")]
    with pytest.raises(FixError, match="has changed since"):
        api.apply_edits(tmp_path, edits)
    assert (tmp_path / "a.py").read_bytes() == b"a = 1\r\n"
