"""What is proved of a design does not depend on how a database keeps its keys."""

from __future__ import annotations

import pytest

from dbwright.collect.brief import parse
from dbwright.core.options import Options
from dbwright.jobs.design_proof import proved
from dbwright.recipes.design import designer, write

UUIDS = """
keys: uuid
entities:
  - {name: User, public_id: true, attributes: [{name: email, type: email, unique: true}]}
  - {name: Order, attributes: [{name: trace, type: uuid}]}
  - {name: Tag, attributes: [{name: label, length: 30}]}
relationships:
  - {source: Order, target: User}
  - {source: Order, target: Tag, kind: many-to-many}
"""


@pytest.mark.database
def test_rows_with_uuids_are_loaded_where_there_is_no_such_type() -> None:
    plan = designer.designed(parse(UUIDS), "sqlite")
    proof = proved(plan, {"models.py": write.module(plan)}, Options(), lambda text: None)
    counts = {item.what: item.count for item in proof.proved}
    assert counts["relationships loaded"] == 4
    assert counts["deletions through the ORM"] == 1
    assert proof.unverified == ()
