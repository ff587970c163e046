"""Names as PostgreSQL prints them: quoted where they must be, `public` left out."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

import postgast
from postgast import pg_query_pb2 as pb

from dbwright.core.schema import qualified

DEFAULT_SCHEMA = "public"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
# ScanToken.keyword_kind: 0 is no keyword, 1 an unreserved one; PostgreSQL quotes all others.
_QUOTED_FROM_KIND = 2


@functools.lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """Give the name as it stands in SQL, as the server's quote_identifier does.

    >>> quoted("order"), quoted("orders"), quoted("Order")
    ('"order"', 'orders', '"Order"')
    """
    if _PLAIN.fullmatch(name):
        tokens = postgast.scan(name).tokens
        if tokens and tokens[0].keyword_kind < _QUOTED_FROM_KIND:
            return name
    return '"' + name.replace('"', '""') + '"'


def key(name: str, schema: str | None) -> str:
    """Give the key of an object: its schema in front unless it is the default one."""
    return qualified(name, own_schema(schema))


def own_schema(schema: str | None) -> str | None:
    """Give the schema as facts name it: None for the default one."""
    return None if schema in (None, "", DEFAULT_SCHEMA) else schema


def key_of(relation: pb.RangeVar) -> str:
    """Give the key of a relation in a syntax tree."""
    return key(relation.relname, relation.schemaname)


def strings(nodes: Iterable[pb.Node]) -> tuple[str, ...]:
    """Give the texts of a list of names."""
    return tuple(node.string.sval for node in nodes)


def split_name(nodes: Sequence[pb.Node]) -> tuple[str, str | None]:
    """Give the name and the schema of a qualified name in a syntax tree."""
    parts = strings(nodes)
    return parts[-1], own_schema(parts[-2]) if len(parts) > 1 else None


def key_of_names(nodes: Sequence[pb.Node]) -> str:
    """Give the key of a qualified name in a syntax tree."""
    return qualified(*split_name(nodes))
