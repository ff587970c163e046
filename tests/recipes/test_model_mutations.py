"""Changes in place: whose value the code changes, and where it settles the change itself."""

from __future__ import annotations

import pytest

from dbwright.core.mapping import Attribute, Mapper, SQLType
from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_mutations

TAGS = Attribute("tags", "users", "tags", SQLType("JSON"), place=Place("app/models.py", 3))
USER = Mapper("User", "app.models.User", "users", (TAGS,))
MODELS = Source("app/models.py", "class User(Base):\n    id = 1\n    tags = 2\n")


def mutated(code: str, path: str = "app/views.py") -> bool:
    return model_mutations.of([MODELS, Source(path, code)], USER, TAGS) is not None


@pytest.mark.parametrize(
    "code",
    [
        "def f(user):\n    user.tags.append('x')",
        "def f(user):\n    user.tags['a'] = 1",
        "def f(user):\n    user.tags['a']['b'] += 1",
        "def f(user):\n    del user.tags['a']",
        "def f(current_user):\n    current_user.tags.update(a=1)",
        "def f(found: User):\n    found.tags.pop('a')",
        "async def f(found: 'models.User | None', user):\n    user.tags.clear()",
    ],
)
def test_change_in_place_of_a_known_owner_is_found(code: str) -> None:
    assert mutated(code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(page):\n    page.tags.append('x')",
        "def f(user: Page):\n    user.tags.append('x')",
        "def f(user):\n    user.tags = [*user.tags, 'x']",
        "def f(user):\n    user.tags.append('x')\n    user.tags = list(user.tags)",
        "def f(user):\n    user.tags.append('x')\n    flag_modified(user, 'tags')",
        "def f():\n    user = User(tags=[])\n    user.tags.append('x')",
        "def f(user):\n    return user.tags.count('x')",
        "def f(user):\n    user.names.append('x')",
    ],
)
def test_change_that_is_stored_or_of_something_else_is_left_alone(code: str) -> None:
    assert not mutated(code)


def test_self_counts_in_the_class_alone() -> None:
    method = "class {}:\n    def f(self):\n        self.tags.append('x')"
    assert mutated(method.format("User"))
    assert not mutated(method.format("Page"))


def test_tests_guard_nothing() -> None:
    assert not mutated("def f(user):\n    user.tags.append('x')", "tests/test_users.py")
