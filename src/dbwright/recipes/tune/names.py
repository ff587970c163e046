"""Names of new indexes, as SQLAlchemy's users call them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import replace

from dbwright.core.candidate import Candidate

_LONGEST = 63


def free_name(candidate: Candidate, taken: Collection[str]) -> str:
    """Gives `index_name`, of what is not taken: with the schema's name in it, else with a number.

    >>> from dbwright.core.candidate import IndexKey
    >>> free_name(Candidate("eu", "orders", (IndexKey("day"),)), {"ix_orders_day"})
    'ix_eu_orders_day'
    """
    schema = replace(candidate, table=f"{candidate.schema}_{candidate.table}")
    for name in (index_name(candidate), index_name(schema)):
        if name not in taken:
            return name
    number = 2
    while True:
        name = f"{index_name(candidate)[: _LONGEST - 5]}_{number}"
        if name not in taken:
            return name
        number += 1


def index_name(candidate: Candidate) -> str:
    """Gives ix_TABLE_COLUMNS, with a word for what is partial or no b-tree; at most 63 bytes.

    >>> from dbwright.core.candidate import IndexKey
    >>> index_name(Candidate("public", "orders", (IndexKey("customer_id"),), where="x IS NULL"))
    'ix_orders_customer_id_where_x_is_null'
    """
    words = [candidate.table, *(key.expression for key in candidate.keys)]
    words += [] if candidate.method == "btree" else [candidate.method]
    words += ["with", *candidate.include] if candidate.include else []
    words += ["where", candidate.where] if candidate.where else []
    text = "_".join(["ix", *words])
    text = re.sub(r"::[\w. ]+(\[\])?", "", text).lower()
    text = re.sub(r"\W+", "_", text).strip("_")
    text = re.sub(r"_+", "_", text)
    if len(text.encode()) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text.encode()[: _LONGEST - 7].decode(errors='ignore').rstrip('_')}_{digest}"
