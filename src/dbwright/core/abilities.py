"""What each database can keep, as far as a design depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abilities:
    """Abilities of one database; `title` is what people call it.

    partial: indexes of some rows. expressions: indexes on expressions. exclusion: EXCLUDE over
    ranges. deferrable: UNIQUE that waits for the end of the transaction. ranges: partitions by
    range whose foreign keys hold. words: an index over the words of a text. uuids: a type of
    their own. runs_first: a first revision is written and run without a server being named.
    folds_case: texts are equal whatever their case. integer_keys: keys count up where their type
    is INTEGER, not BIGINT. nulls_equal: UNIQUE NULLS NOT DISTINCT, from version 15 on. quote:
    around names that are keywords. name_bytes: the longest name.
    """

    title: str
    partial: bool = True
    expressions: bool = True
    exclusion: bool = False
    deferrable: bool = False
    ranges: bool = False
    folds_case: bool = False
    words: bool = False
    uuids: bool = False
    runs_first: bool = True
    integer_keys: bool = False
    nulls_equal: bool = False
    quote: str = '"'
    name_bytes: int = 63


ABILITIES: Mapping[str, Abilities] = {
    "postgresql": Abilities(
        "PostgreSQL",
        exclusion=True,
        deferrable=True,
        ranges=True,
        words=True,
        uuids=True,
        nulls_equal=True,
    ),
    "sqlite": Abilities("SQLite", integer_keys=True),
    "mysql": Abilities(
        "MySQL",
        partial=False,
        expressions=False,
        folds_case=True,
        runs_first=False,
        quote="`",
        name_bytes=64,
    ),
    "mariadb": Abilities(
        "MariaDB",
        partial=False,
        expressions=False,
        folds_case=True,
        runs_first=False,
        quote="`",
        name_bytes=64,
    ),
}
