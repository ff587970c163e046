"""Types of MySQL and MariaDB: their spelling, family, and what a change of type costs."""

from __future__ import annotations

import re

from dbwright.core.target import Target

_SPELLED = {"integer": "int", "dec": "decimal", "numeric": "decimal", "fixed": "decimal"}
_SPELLED |= {"bool": "tinyint(1)", "boolean": "tinyint(1)", "double precision": "double"}
_FAMILIES = {
    **dict.fromkeys(("tinyint", "smallint", "year"), "smallint"),
    **dict.fromkeys(("mediumint", "int"), "integer"),
    "bigint": "bigint",
    "decimal": "numeric",
    **dict.fromkeys(("float", "double", "real"), "float"),
    **dict.fromkeys(("text", "tinytext", "mediumtext", "longtext"), "text"),
    "varchar": "varchar",
    "char": "char",
    "datetime": "timestamp",
    "timestamp": "timestamptz",
    "date": "date",
    "time": "time",
    "json": "json",
    "uuid": "uuid",
    "bit": "smallint",
    **dict.fromkeys(("blob", "tinyblob", "mediumblob", "longblob"), "bytes"),
    **dict.fromkeys(("binary", "varbinary"), "bytes"),
    "enum": "enum",
    **dict.fromkeys(("inet4", "inet6"), "inet"),
}
# The first word of a type and the values it admits, about VALUE.
_RANGES = {
    "tinyint": "VALUE between -128 and 127",
    "year": "VALUE between 1901 and 2155",
    "timestamp": "VALUE between '1970-01-02 00:00:00' and '2038-01-18 00:00:00'",
    "bit": "VALUE between 0 and 1",
}
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_RANKS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 5}
# One byte holds the length of a value up to 255 bytes; four of them may make a character.
_ONE_BYTE = 255
_BYTES_OF_CHARACTER = 4


def canonical(type_text: str) -> str:
    """Give a type as information_schema spells it, widths of integers left out.

    >>> canonical("INTEGER(11) UNSIGNED"), canonical("NUMERIC(10, 2)"), canonical("BOOL")
    ('int unsigned', 'decimal(10,2)', 'tinyint(1)')
    """
    outside = re.split(r"('(?:[^']|'')*')", type_text)
    outside[::2] = [re.sub(r"\s*([(,])\s*|\s+(?=\))", r"\1", part.lower()) for part in outside[::2]]
    text = " ".join("".join(outside).split())
    head = re.match(r"[a-z ]*[a-z]", text)
    base = head[0].removesuffix(" unsigned") if head else ""
    text = _SPELLED.get(base, base) + text[len(base) :]
    text = re.sub(r"\)(?=[a-z])", ") ", text)
    # The width of an integer only pads; tinyint(1) alone means a truth value to the drivers.
    return re.sub(r"^(smallint|mediumint|int|bigint|tinyint(?!\(1\)))\(\d+\)", r"\1", text)


def base_of(type_text: str) -> tuple[str, tuple[int, ...]]:
    """Give the first word of a type and its numbers.

    >>> base_of("VARCHAR(40)"), base_of("bigint unsigned")
    (('varchar', (40,)), ('bigint', ()))
    """
    text = canonical(type_text)
    match = re.match(r"([a-z0-9]+)(?:\((\d+(?:,\d+)*)\))?", text)
    if not match:
        return text, ()
    return match[1], tuple(int(part) for part in (match[2] or "").split(",") if part)


def family(type_text: str) -> str:
    """Give the family of a type: `integer`, `varchar`, `timestamp`, `enum`, `other`, …"""
    base, numbers = base_of(type_text)
    if (base, numbers) == ("tinyint", (1,)):
        return "boolean"
    return _FAMILIES.get(base, "other")


def rewrites(old: str, new: str, target: Target) -> bool | None:
    """Whether the table is copied; a longer VARCHAR and labels added to an ENUM's end are not.

    https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html
    """
    if canonical(old) == canonical(new):
        return False
    (before, old_size), (after, new_size) = base_of(old), base_of(new)
    if before == after == "varchar" and old_size and new_size:
        return not _extends(old_size[0], new_size[0], target)
    if before == after == "enum":
        return not canonical(new).startswith(canonical(old).removesuffix(")") + ",")
    return True


def _extends(old: int, new: int, target: Target) -> bool:
    if new < old:
        return False
    # MariaDB lengthens without a copy whatever the size [10.4].
    return target.dialect == "mariadb" or (old > _ONE_BYTE // _BYTES_OF_CHARACTER) == (
        new > _ONE_BYTE // _BYTES_OF_CHARACTER
    )


def fits(old: str, new: str) -> bool:
    """Whether every value of the old type is surely kept, unchanged, by the new one."""
    (before, old_size), (after, new_size) = base_of(old), base_of(new)
    if canonical(old) == canonical(new):
        return True
    if before in _RANKS and after in _RANKS:
        same_sign = ("unsigned" in canonical(old)) == ("unsigned" in canonical(new))
        return same_sign and _RANKS[before] <= _RANKS[after]
    if before == after == "varchar" and old_size and new_size:
        return new_size[0] >= old_size[0]
    if before == after == "decimal" and len(old_size) == len(new_size) == 2:
        whole = new_size[0] - new_size[1] >= old_size[0] - old_size[1]
        return whole and new_size[1] >= old_size[1]
    return before in ("varchar", "char", "text") and after == "longtext"


def labels(type_text: str) -> tuple[str, ...]:
    """Give the labels of an ENUM or SET, in order.

    >>> labels("enum('a','it''s')")
    ('a', "it's")
    """
    if base_of(type_text)[0] not in ("enum", "set"):
        return ()
    return tuple(text.replace("''", "'") for text in _LABEL.findall(type_text))


def limits(type_text: str) -> tuple[str, ...]:
    """Give the conditions that values of the type meet, about VALUE; empty where all do.

    >>> limits("int unsigned"), limits("tinyint")
    (('VALUE >= 0',), ('VALUE between -128 and 127',))
    """
    base, _ = base_of(type_text)
    unsigned = ("VALUE >= 0",) if "unsigned" in canonical(type_text) else ()
    # the range of tinyint unsigned begins where the other half of this one does
    return unsigned + ((_RANGES[base],) if base in _RANGES else ())
