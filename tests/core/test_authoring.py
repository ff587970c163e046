"""What a user says about a changed model, as options."""

import pytest

from dbwright.core.authoring import Meant
from dbwright.core.errors import UsageError


def test_a_value_keeps_its_colons() -> None:
    meant = Meant.parse((("fill", "users.at:now()::text"),))
    assert meant.fills == {"users.at": "now()::text"}


@pytest.mark.parametrize("text", ["users.name", "users.name:", ":full_name"])
def test_a_rename_without_both_names_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Meant.parse((("rename", text),))
    assert "--rename orders.buyer_id:customer_id" in str(raised.value)


def test_every_option_that_was_given_is_told_with_its_subject() -> None:
    given = (("drop", "users.old"), ("rename-table", "a:b"), ("no-nulls", "users.email"))
    assert set(Meant.parse(given).given()) == {
        ("drop", "users.old"),
        ("rename-table", "a"),
        ("no-nulls", "users.email"),
    }
