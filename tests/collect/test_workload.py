"""Workloads without a server: what a file holds, bounds, entries written and read back."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.collect import sql_script
from dbwright.collect.condensed import MOST, SAMPLES, Condensed
from dbwright.collect.sql_script import Script
from dbwright.collect.workload import read_workload
from dbwright.core.errors import CollectError
from dbwright.core.identifiers import string_literal
from dbwright.core.plan import Workload
from dbwright.dialects.postgresql.log_entries import READERS
from dbwright.dialects.postgresql.log_statements import Execution, executions, with_values

WHEN = "2026-01-01 10:00:00.000 UTC"
Entry = tuple[str, str]


def as_csv(entries: list[Entry]) -> str:
    """Entries as the server's csvlog has them: each text quoted, nothing where there is none."""
    rows = []
    for message, detail in entries:
        quoted = ['"' + text.replace('"', '""') + '"' if text else "" for text in (message, detail)]
        rows.append(f'{WHEN},"u","d",7,"[local]",65f0.1,1,"SELECT",{WHEN},4/5,0,LOG,00000,'
                    f'{",".join(quoted)},,,,,,,,"web","client backend",,0\n')  # fmt: skip
    return "".join(rows)


def as_json(entries: list[Entry]) -> str:
    """Entries as jsonlog."""
    head = {"timestamp": WHEN, "pid": 7, "session_id": "65f0.1", "error_severity": "LOG"}
    several = [{**head, "message": m} | ({"detail": d} if d else {}) for m, d in entries]
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in several)


def as_text(entries: list[Entry], prefix: str = f"{WHEN} [7] u@d ") -> str:
    """Entries as the log of stderr has them: further lines behind a tab."""
    parts = []
    for message, detail in entries:
        parts.append(f"{prefix}LOG:  " + message.replace("\n", "\n\t") + "\n")
        if detail:
            parts.append(f"{prefix}DETAIL:  " + detail.replace("\n", "\n\t") + "\n")
    return "".join(parts)


WRITERS: dict[str, Callable[[list[Entry]], str]] = {
    "csvlog": as_csv,
    "jsonlog": as_json,
    "stderr": as_text,
}


def read(holds: str, log: bytes) -> list[Execution]:
    return list(executions(READERS[holds](io.BytesIO(log), Counter()), Counter()))


def workload(folder: Path, content: str | bytes, name: str = "w", **more: object) -> Workload:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return read_workload(name, "postgresql", folder, **more)  # type: ignore[arg-type]


# entries, written and read


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)
HOSTILE = st.sampled_from(
    ["'", '"', '""', "\n", "\t", "\\", "$1", "LOG:  ", f"\n{WHEN},\"u\",\"d\",", "', $2 = 'x",
     "NULL", "cut...", "DETAIL:  Parameters: $1 = 'x'",
     "duration: 1.0 ms  statement: select 2", ": ", "\ufeff"]
)  # fmt: skip
VALUES = st.lists(st.one_of(TEXTS, HOSTILE, st.none()), max_size=4)


@pytest.mark.parametrize("holds", WRITERS)
@given(st.lists(st.tuples(st.one_of(TEXTS, HOSTILE), VALUES), min_size=1, max_size=4))
def test_what_is_written_is_read_back(
    holds: str, several: list[tuple[str, list[str | None]]]
) -> None:
    """Whatever a statement and its values hold, they come back, and nothing else."""
    entries, expected = [], []
    for text, values in several:
        where = "".join(f", ${n}" for n in range(1, len(values) + 1))
        sql = f"select {string_literal(text)}{where}"
        told = [f"${n} = {literal(value)}" for n, value in enumerate(values, start=1)]
        detail = f"Parameters: {', '.join(told)}" if told else ""
        entries.append((f"duration: 1.5 ms  execute s1: {sql}", detail))
        cut = any(value and value.endswith("...") for value in values)
        filled = [literal(value).replace("NULL", "null", value is None) for value in values]
        expected.append(sql if cut else f"select {', '.join([string_literal(text), *filled])}")
    found = read(holds, WRITERS[holds](entries).encode())
    assert [with_values(each) for each in found] == expected
    assert {each.milliseconds for each in found} == {1.5}


def literal(value: str | None) -> str:
    return "NULL" if value is None else string_literal(value)


@pytest.mark.parametrize("holds", WRITERS)
@given(st.binary(max_size=200), st.binary(max_size=20))
def test_no_bytes_stop_the_reading(holds: str, noise: bytes, cut: bytes) -> None:
    """What stands around an entry may be anything; a whole entry after a whole line is read."""
    entry = WRITERS[holds]([("duration: 1.0 ms  statement: select 4711", "")]).encode()
    before = noise + (b"" if noise.endswith(b"\n") else b"\n")
    found = read(holds, before + entry + cut)
    assert "select 4711" in "".join(each.sql for each in found)
    for each in found:
        with_values(each)


STARTS = [b"", b"{", b"\x1f\x8b\x08", as_csv([("", "")]).encode(), as_text([("x", "y")]).encode(),
          b'{"sql": "select 1"}\n', as_json([("x", "")]).encode(), b"\xef\xbb\xbf"]  # fmt: skip


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.booleans())
def test_any_file_is_read_or_refused_with_words(start: bytes, rest: bytes, packed: bool) -> None:
    """Nothing but a CollectError comes of any bytes."""
    content = start + rest
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(CollectError):
        workload(Path(folder), gzip.compress(content) if packed else content)


def test_an_entry_that_was_cut_off_does_not_swallow_the_next() -> None:
    """A server that died within a quoted field: the next line cannot belong to it."""
    told: Counter[str] = Counter()
    one, two = (
        as_csv([("duration: 1.0 ms  statement: select 'a", "")]),
        as_csv([("duration: 2.0 ms  statement: select 2", "")]),
    )
    entries = READERS["csvlog"](io.BytesIO((one[: one.index("'a")] + "\n" + two).encode()), told)
    assert [each.message for each in entries] == ["duration: 2.0 ms  statement: select 2"]
    assert told == {"entries of the log that were cut off": 1}


@pytest.mark.parametrize(
    ("prefix", "other"),
    [
        (f"{WHEN} [11] ", f"{WHEN} [12] "),
        ("2026-01-01 10:00:00 UTC:10.0.0.1(500):u@d:[11]:", "2026-01-01 10:00:00 UTC::u@d:[12]:"),
        ("1767261600.123 65f0a1b2.1a2b u ", "1767261600.456 65f0a1b2.1a2c u "),
        (f"{WHEN} u=a,", f"{WHEN} u=b,"),
        ("", ""),
    ],
)
def test_times_are_of_the_session_that_the_prefix_tells(prefix: str, other: str) -> None:
    """log_statement and log_duration of two sessions, one within the other."""

    def later(text: str) -> str:
        return text.replace("10:00:00", "10:00:09").replace("1767261600", "1767261609")

    begin = as_text([("statement: select 1", "")], prefix)
    end = later(as_text([("duration: 1.0 ms", "")], prefix))
    inside = as_text([("statement: select 2", "")], other)
    inside += later(as_text([("duration: 2.0 ms", "")], other))
    log = begin + inside + end if prefix else begin + end + inside
    found = read("stderr", log.encode())
    assert sorted(found) == [("select 1", "", 1.0), ("select 2", "", 2.0)]


def test_a_statement_that_failed_has_no_time_of_another() -> None:
    """An ERROR ends what log_statement began."""
    log = as_text([("statement: selec", "")]) + f"{WHEN} [7] u@d ERROR:  syntax error\n"
    log += as_text(
        [("duration: 9.0 ms", ""), ("execute a: select 1", ""), ("duration: 1.0 ms", "")]
    )
    assert read("stderr", log.encode()) == [("select 1", "", 1.0)]


# what a file holds


def test_the_content_tells_what_a_file_holds(tmp_path: Path) -> None:
    """Neither a name nor what it is packed with matters."""
    entries = [("duration: 3.0 ms  statement: select 5", "")] * 3
    for holds, writer in WRITERS.items():
        log = writer(entries).encode()
        for content in (log, b"\xef\xbb\xbf" + log, gzip.compress(log)):
            (found,) = workload(tmp_path, content, name=f"{holds}.sql").statements
            assert (found.sql, found.calls, found.milliseconds) == ("select 5", 3, 9.0), holds
    (found,) = workload(tmp_path, '{"sql": "select 1", "calls": 4}\n', "a.log").statements
    assert (found.sql, found.calls) == ("select 1", 4)
    assert len(workload(tmp_path, "select 1; select 2", "b.csv").statements) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfeL\0O\0", "UTF-16"),
        (b"\0\1\2", "no text"),
        (b"PK\x03\x04rest", "packed as zip"),
        (b'[{"sql": "select 1"}]', "a list of JSON"),
        (b'{"textPayload": "x"}\n', "its keys are textPayload"),
        (b"time,level\n2026-01-01,info\n", "neither SQL"),
        (
            as_text([("checkpoint complete", "")]).encode(),
            "tells of no statement; its entries: 1 L",
        ),
        (as_text([("duration: 1.0 ms", "")]).encode(), "1 times without a statement"),
        (b'{"sql": "select 1"}\n{"sql": 5}\n{"sql": "select 1"}\n', "sql is a text"),
        (b'{"sql": "select 1"}\n{"sq\n{"sql": "select 1"}\n', "no statement of a workload"),
        (b"", "no SQL statement"),
    ],
)
def test_what_is_unclear_is_named_with_a_way_out(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(CollectError, match=words) as caught:
        workload(tmp_path, content)
    assert caught.value.way_out


def test_a_file_that_is_not_there_is_no_statement(tmp_path: Path) -> None:
    for name in ("nowhere.log", "logs/nowhere.csv"):
        with pytest.raises(CollectError, match="no such file"):
            read_workload(name, "postgresql", tmp_path)
    assert read_workload("select * from t", "postgresql", tmp_path).statements


def test_a_pattern_names_files_in_the_order_of_their_times(tmp_path: Path) -> None:
    """What begins in a file that was rotated ends in the next, whatever they are called."""
    (tmp_path / "z.log").write_text(as_text([("statement: select 1", "")]))
    later = as_text([("duration: 4.0 ms", "")]).replace("10:00:00", "11:00:00")
    (tmp_path / "a.log").write_text(later)
    (tmp_path / "notes.txt").write_text("no log")
    for argument in ("*.log", str(tmp_path), "."):
        found = read_workload(argument, "postgresql", tmp_path)
        assert [each.milliseconds for each in found.statements] == [4.0], argument
    assert "notes.txt: it is no log" in found.left_out


def test_several_files_of_sql_are_one_workload(tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text("select 1;\nselect 2;\n")
    (tmp_path / "two.sql").write_text("select 3 from t where a = 'x;\ny'")
    (tmp_path / "README.md").write_text("# Notes\n")
    (tmp_path / "old.sql").write_bytes(b"select '\xff'")
    for argument in (".", "*.*"):
        found = read_workload(argument, "postgresql", tmp_path)
        places = {str(each.place): each.sql for each in found.statements}
        assert places == {
            "one.sql:1": "select 1",
            "one.sql:2": "select 2",
            "two.sql:1": "select 3 from t where a = 'x;\ny'",
        }
        (first, second) = sorted(found.left_out)
        assert first == "README.md: it holds no SQL statement"
        assert second == "old.sql: it is not UTF-8 text"
    assert read_workload("*.sql", "sqlite", tmp_path).statements


def test_many_statements_of_several_files_are_condensed_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        several = (f"select c{n} from t where x = {n};\n" for n in range(600))
        (tmp_path / f"{name}.sql").write_text("".join(several))
    found = read_workload("*.sql", "postgresql", tmp_path)
    assert len(found.statements) == 600
    assert {each.calls for each in found.statements} == {2}


def test_files_of_sql_beside_json_lines_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1")
    (tmp_path / "b.jsonl").write_text('{"sql": "select 2"}\n')
    found = read_workload(".", "postgresql", tmp_path)
    assert [each.sql for each in found.statements] == ["select 2"]
    assert found.left_out == ("a.sql: it is SQL, beside JSON lines",)


def test_a_folder_without_any_statement_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Notes\n")
    (tmp_path / "CHANGES").write_text("nothing yet: see above\n")
    with pytest.raises(CollectError, match="neither SQL"):
        read_workload(".", "postgresql", tmp_path)


def test_a_last_line_that_was_cut_off_is_told(tmp_path: Path) -> None:
    found = workload(tmp_path, '{"sql": "select 1"}\n{"sql": "sele')
    assert [each.sql for each in found.statements] == ["select 1"]
    assert found.left_out == ("1 lines that were cut off",)


def test_progress_says_how_far_it_is(tmp_path: Path) -> None:
    said: list[str] = []
    workload(tmp_path, as_text([("duration: 1.0 ms  statement: select 1", "")] * 20_000),
             progress=said.append)  # fmt: skip
    assert said[0] == "reading w: [########............] 41%, 8,192 lines"
    assert len(said) == 2


# a workload in bounded memory


def test_few_executions_are_kept_as_they_are() -> None:
    condensed = Condensed()
    condensed.add("select 1 from t where a = 1", calls=10, milliseconds=5.0)
    condensed.add("select 1 from t where a = 2")
    condensed.add("select 1 from t where a = 1")
    found = {each.sql: each.calls for each in condensed.workload().statements}
    assert found == {"select 1 from t where a = 1": 11, "select 1 from t where a = 2": 1}


def test_many_executions_are_a_uniform_sample() -> None:
    """Each tenth of a thousand executions has its share of the samples, and calls and time hold."""
    tenths: Counter[int] = Counter()
    condensed = Condensed()
    for statement in range(100):
        for number in range(1000):
            condensed.add(f"select c{statement} from t where a = {number}", "", 2.0)
    found = condensed.workload().statements
    assert sum(each.calls for each in found) == pytest.approx(100_000)
    assert sum(each.milliseconds or 0 for each in found) == pytest.approx(200_000)
    for each in found:
        tenths[int(each.sql.rpartition("= ")[2]) // 100] += round(each.calls / 1000 * SAMPLES)
    assert all(35 <= count <= 85 for count in tenths.values()), tenths


def test_rare_statements_go_and_are_counted() -> None:
    """Of many statements those stay that take the most, by calls or by time."""
    condensed = Condensed(most=10, held=40, room=20_000)
    condensed.add("select slow from t", "", 500.0)
    for number in range(300):
        condensed.add(f"select rare{number} from t", "", 1.0, 2)
        condensed.add("select often from t where a = " + str(number), "", 0.0)
    found = condensed.workload()
    assert len({each.sql[:12] for each in found.statements}) <= 10
    calls = Counter[str]()
    for each in found.statements:
        calls[each.sql.split()[1]] += round(each.calls)
    assert calls["often"] == 300
    assert calls["slow"] == 1
    (told,) = found.left_out
    assert told.endswith("64.8% of all calls and 36.5% of the time"), told


def test_what_has_no_plan_is_counted_once() -> None:
    condensed = Condensed()
    for sql in ("begin", "select 1; select 2", "set a = 1", "commit", "selec 1", "-- nothing"):
        condensed.add(sql, "", 4.0)
    found = condensed.workload()
    assert [(each.sql, each.milliseconds) for each in found.statements] == [
        ("select 1", 4.0),
    ] or [each.sql for each in found.statements] == ["select 1", "select 2"]
    assert found.left_out == (
        "3 executions of what reads and writes no rows (BEGIN, SET …)",
        "1 executions of statements that do not parse, such as `selec 1`",
        "1 executions of texts that are no statement",
    )


# a file of SQL of any length


def many(number: int) -> Iterator[str]:
    """Statements that differ in what they ask, with all that may hide a semicolon."""
    for each in range(number):
        yield f"select c{each} from t where a = 'x;\ny' and b = $$;\n$$ /* ;\n*/ and c = \"d;\""


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_a_file_of_sql_of_any_length_is_read_in_bounded_memory(
    tmp_path: Path, dialect: str
) -> None:
    """11,000 different statements: at most 10,000 stay, and what the others were is told."""
    path = tmp_path / "w.sql"
    with path.open("w") as file:
        for each in range(11_000):
            sql = f"select c{each % 50}, d{each // 50} from t{each % 7} where a = {each}"
            file.write(f"{sql} -- {'x' * 200}\n;\n")
    assert path.stat().st_size > 2_000_000
    found = read_workload("w.sql", dialect, tmp_path)
    assert len(found.statements) == MOST
    assert found.left_out == (
        "1,000 statements that took the least, as at most 10,000 are tuned for: 9.1% of all calls",
    )
    # of those that took the same any may stay, and not those at the file's begin
    tables = Counter(each.sql.split()[4] for each in found.statements)
    halves = Counter(int(each.sql.split()[8]) < 5_500 for each in found.statements)
    assert len(tables) == 7
    assert 0.9 < halves[True] / halves[False] < 1.1


@pytest.mark.parametrize("line", ["\n", "\r\n", ""])
@pytest.mark.parametrize("piece", [1, 70, 100_000])
def test_pieces_end_where_statements_do(
    monkeypatch: pytest.MonkeyPatch, piece: int, line: str
) -> None:
    """Whatever the size of a piece: quotes, comments and lists with semicolons stay whole."""
    monkeypatch.setattr(sql_script, "_PIECE", piece)
    expected = [*many(200), "select last from t"]
    text = f"-- begins;\n{f';{line}'.join(expected)}"
    found = list(Script("w", "postgresql", Counter()).statements(io.BytesIO(text.encode())))
    assert [each.sql for each in found] == expected
    lines = [each.place.line for each in found if each.place]
    position = 0
    for each, told in zip(expected, lines, strict=True):
        position = text.index(each, position)
        assert told == text.count("\n", 0, position) + 1


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
@pytest.mark.parametrize("bad", ["select 'it's' from t;", 'select "a from t;', "select /* a;"])
@pytest.mark.parametrize("piece", [1, 65_536])
def test_a_stray_quote_does_not_swallow_the_rest(
    monkeypatch: pytest.MonkeyPatch, dialect: str, bad: str, piece: int
) -> None:
    monkeypatch.setattr(sql_script, "_PIECE", piece)
    good = [f"select c{each} from t" for each in range(300)]
    lines = [f"{each};\n".encode() for each in good]
    lines.insert(100, f"{bad}\n".encode())
    found = list(Script("w", dialect, Counter()).statements(lines))
    whole = {each.sql: each.place.line for each in found if each.place}
    assert set(good) <= whole.keys()
    assert (whole[good[99]], whole[good[100]]) == (100, 102)


def test_a_statement_without_an_end_is_left_out_and_told() -> None:
    told: Counter[str] = Counter()
    rows = [b"insert into t values (0)", *(b", (%d)\n" % each for each in range(700_000)), b";\n"]
    lines = [b"select 1;\n", *rows, b"select 2;\n"]
    found = list(Script("w", "postgresql", told, longest=1_000_000).statements(lines))
    assert [each.sql for each in found] == ["select 1", "select 2"]
    assert [each.place.line for each in found if each.place] == [1, 700_003]
    assert told == {"statements longer than 1 MB": 1}


def test_sql_that_is_packed_is_read_as_it_is(tmp_path: Path) -> None:
    found = workload(tmp_path, gzip.compress(b"\xef\xbb\xbfselect 1;\nselect 2", mtime=0))
    assert [each.sql for each in found.statements] == ["select 1", "select 2"]


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="UTF-8") as caught:
        workload(tmp_path, b"select 1;\n" * 9000 + b"select '\xff';\n")
    assert caught.value.line == 9001


def test_statements_of_sqlite_are_one_by_their_shape(tmp_path: Path) -> None:
    """JSON lines of many values: each statement once, some of its runs, its calls and time."""
    lines = (
        json.dumps({"sql": f"select * from t{n % 3} where a = {n}", "milliseconds": 2, "calls": 2})
        for n in range(6_000)
    )
    (tmp_path / "w").write_text("\n".join([*lines, json.dumps({"sql": "begin"})]))
    found = read_workload("w", "sqlite", tmp_path, most=2)
    assert len(found.statements) == 2 * SAMPLES
    assert found.left_out[0].endswith("as at most 2 are tuned for: 33.3% of all calls and 33.3% of "
                                      "the time")  # fmt: skip
    found = read_workload("w", "sqlite", tmp_path)
    assert len(found.statements) == 3 * SAMPLES
    assert sum(each.calls for each in found.statements) == pytest.approx(12_000)
    assert sum(each.milliseconds or 0 for each in found.statements) == pytest.approx(12_000)
    assert found.left_out == ("1 executions of what reads and writes no rows (BEGIN, SET …)",)
