"""How high a b-tree is, and the pages that make an empty one as high.

The planner charges a scan for each page on the way down, and reads the height from the index's
first page (btcostestimate in src/backend/utils/adt/selfuncs.c; the pages' layout in
src/include/access/nbtree.h and src/include/storage/bufpage.h).
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import psycopg

from dbwright.core.statistics import PAGE
from dbwright.dialects.postgresql.question import ask

_SPECIAL = PAGE - 16
_HEADER = 24
_LEAF, _ROOT = 1, 2
_MAGIC = 0x053162
_FILLED = 0.7
"""How full CREATE INDEX makes the pages above the leaves (BTREE_NONLEAF_FILLFACTOR)."""
_FIRST = 100
"""From so many pages on a server is asked: below, a b-tree is hardly higher than one level."""

_KEYS = """
    select n.nspname as schema, x.relname as name, format('%%I.%%I', n.nspname, c.relname) as table,
           pg_get_expr(i.indpred, i.indrelid) as predicate, x.reltuples::float8 as rows,
           (select string_agg(
                pg_get_indexdef(x.oid, k, false)
                || case when i.indoption[k - 1] & 1 = 1 then ' desc' else '' end
                || case when i.indoption[k - 1] & 2 = 2 then ' nulls first' else ' nulls last' end,
                ', ' order by k) from generate_series(1, i.indnkeyatts) k) as keys
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_am m on m.oid = x.relam and m.amname = 'btree'
    where x.relkind = 'i' and x.relpages > %(first)s and i.indisvalid
      and has_table_privilege(c.oid, 'select')
    order by x.relpages desc limit 2000
"""


def predicted_height(pages: int, width: float) -> int:
    """Gives the levels above the leaves of a b-tree of so many pages, and bytes of a key.

    >>> predicted_height(2, 8), predicted_height(100, 8), predicted_height(2745, 8)
    (0, 1, 2)
    """
    entry = 8 * math.ceil((8 + max(width, 1)) / 8) + 4
    branches = max(2, int(_FILLED * (_SPECIAL - _HEADER) / entry))
    height, level = 0, max(1, pages - 1)
    while level > 1:
        level = math.ceil(level / branches)
        height += 1
    return height


def planned_heights(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], int]:
    """Gives the heights of the larger b-trees, by schema and name, as the planner shows them.

    Each is seen in the start-up cost of a plan that reads the index in its order: nothing is run.
    Where the planner prefers another index, the height is not in what is given.
    """
    operator = float(ask(connection, "select current_setting('cpu_operator_cost') as c")[0].c)
    wanted = ask(connection, _KEYS, first=_FIRST)
    found = {}
    with connection.transaction(force_rollback=True):
        for setting in ("seqscan", "sort", "bitmapscan", "indexonlyscan"):
            ask(connection, "select set_config(%(name)s, 'off', true)", name=f"enable_{setting}")
        for row in wanted:
            plan = _plan(connection, row)
            if plan is not None and plan.get("Index Name") == row.name:
                height = _height(plan["Startup Cost"], row.rows, operator)
                if height is not None:
                    found[row.schema, row.name] = height
    return found


def _plan(connection: psycopg.Connection[Any], row: Any) -> dict[str, Any] | None:
    where = f" where {row.predicate}" if row.predicate else ""
    sql = f"explain (format json) select 1 from only {row.table}{where} order by {row.keys}"
    try:
        with connection.transaction(), psycopg.Cursor(connection) as cursor:
            cursor.execute(sql.encode())
            answer = cursor.fetchone()
    except psycopg.Error:
        return None
    found: dict[str, Any] = answer[0][0]["Plan"] if answer else {}
    return found


def _height(startup: float, tuples: float, operator: float) -> int | None:
    compared = math.ceil(math.log2(tuples)) * operator if tuples > 1 else 0.0
    levels = (startup - compared) / (50 * operator)
    height = round(levels) - 1
    return height if height >= 0 and abs(levels - round(levels)) < 0.2 else None


def plant(file: Path, height: int, leaf: bytes | None = None) -> None:
    """Makes an empty b-tree's file so high: one page a level, the first one pointing at its top.

    `leaf` is a page of another tree, its only one, to stand for the leaves. The server must not
    run, and its cluster must keep no checksums of pages.
    """
    with open(file, "r+b") as pages:
        meta = bytearray(pages.read(PAGE))
        magic, _ = struct.unpack_from("<II", meta, _HEADER)
        if magic != _MAGIC:
            raise ValueError(f"{file} is no b-tree")
        struct.pack_into("<IIII", meta, _HEADER + 8, 1, height, 1, height)
        pages.seek(0)
        pages.write(meta)
        for number, level in enumerate(range(height, -1, -1), start=1):
            top = level == height
            given = None if level else leaf
            pages.write(_page(number, level, top=top) if given is None else _leaf(given, top=top))


def _leaf(page: bytes, *, top: bool) -> bytes:
    found = bytearray(page)
    struct.pack_into("<IIIHH", found, _SPECIAL, 0, 0, 0, _LEAF | (_ROOT if top else 0), 0)
    return bytes(found)


def show_first_page(table: Path) -> Path:
    """Makes all rows of a table's first page visible to all, and gives the file that says so.

    Index entries that lead there are believed without a look at it, which holds nothing
    (src/backend/access/heap/visibilitymap.c).
    """
    file = table.with_name(f"{table.name}_vm")
    page = bytearray(PAGE)
    struct.pack_into("<HHHHI", page, 12, _HEADER, PAGE, PAGE, PAGE | 4, 0)
    page[_HEADER] = 3
    file.write_bytes(bytes(page))
    return file


def _page(number: int, level: int, *, top: bool) -> bytes:
    page = bytearray(PAGE)
    upper = _SPECIAL
    lower = _HEADER
    if level:
        # one pivot that stands below all keys and leads to the next page
        upper, lower = _SPECIAL - 8, _HEADER + 4
        struct.pack_into("<I", page, _HEADER, upper | 1 << 15 | 8 << 17)
        struct.pack_into("<HHHH", page, upper, 0, number + 1, 0, 8 | 0x2000)
    struct.pack_into("<HHHHI", page, 12, lower, upper, _SPECIAL, PAGE | 4, 0)
    flags = (_ROOT if top else 0) | (0 if level else _LEAF)
    struct.pack_into("<IIIHH", page, _SPECIAL, 0, 0, level, flags, 0)
    return bytes(page)


def stretch(file: Path, pages: int, segment: int = 2**30) -> list[Path]:
    """Makes a relation's file as long as so many pages, without a byte on the disk.

    Longer than a segment it goes on in further files, as the server's own do, which are given.
    """
    wanted, number, made = pages * PAGE, 0, []
    while True:
        part = file if number == 0 else file.with_name(f"{file.name}.{number}")
        size = min(wanted, segment)
        made += [part] if number else []
        with open(part, "ab") as end:
            if end.tell() < size:
                end.truncate(size)
        wanted -= size
        if wanted <= 0 and size < segment:
            return made
        number += 1
