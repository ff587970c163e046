"""How code uses models: values of a status, deletes, what is stored, weak generators."""

from __future__ import annotations

from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.schema import Schema
from dbwright.core.source import Source
from dbwright.recipes import model_random, model_syntax, model_usage


def source(code: str, path: str = "app.py") -> Source:
    return Source(path, code)


def test_the_words_of_a_status_are_collected_in_their_order():
    code = (
        "status = mapped_column(default='new')\n"
        "Order.status.in_(['paid', 'sent'])\n"
        "if order.status == 'gone': order.status = 'back'\n"
        "Order(status='lost')\n"
    )
    found = model_usage.values_of([source(code)], "Order", "status")
    assert set(found) == {"new", "paid", "sent", "gone", "back", "lost"}


def test_a_file_that_does_not_name_the_class_has_no_say():
    assert model_usage.values_of([source("x.status = 'a'")], "Order", "status") == ()


def test_bulk_deletes_are_told_from_deletes_of_objects():
    code = "s.execute(delete(User))\ns.query(Order).filter(x).delete()\ns.delete(tag)\n"
    assert model_usage.deleted_in_bulk([source(code)]) == {"User", "Order"}


def mapping(*sources: Source) -> Mapping:
    mapper = Mapper("User", "m.User", "users", place=Place("models.py", 1))
    return Mapping(Schema("postgresql"), (mapper,), (source("", "models.py"), *sources))


def test_a_delete_counts_for_the_class_that_its_variable_is_named_after():
    deleted = model_usage.deleted_objects(mapping(source("await session.delete(user)\n")))
    assert model_usage.deletion("User", deleted) == "likely"
    assert model_usage.deletion("Order", deleted) == "no"


def test_a_delete_of_any_object_may_be_of_every_class():
    deleted = model_usage.deleted_objects(mapping(source("self.session.delete(obj)\n")))
    assert model_usage.deletion("User", deleted) == "possible"


def test_without_the_code_a_delete_is_taken_for_likely():
    assert model_usage.deletion("User", model_usage.deleted_objects(mapping())) == "likely"


def test_what_is_stored_is_known_by_call_and_by_name():
    code = "u.password = hash_it(p)\nLink(password=password_hash)\n"
    assert {"hash_it", "password_hash"} <= model_usage.stored_names([source(code)], "password")


def weak(code: str, path: str = "app.py") -> list[tuple[str, str]]:
    return [(one.function, one.owner) for one in model_random.weak([source(code, path)])]


def test_a_code_made_by_random_is_found():
    code = "import random\ndef new_code():\n    return random.randint(0, 9)\n"
    assert weak(code) == [("random.randint", "new_code")]


def test_an_alias_and_a_bare_name_are_found():
    assert weak("import random as r\ntoken = r.choice('ab')\n") == [("random.choice", "token")]
    assert weak("from random import choices\nf(otp=choices('ab'))\n") == [("random.choices", "otp")]
    assert weak("import uuid\napi_token = uuid.uuid1()\n") == [("uuid.uuid1", "api_token")]


def test_what_guards_nothing_is_left_alone():
    assert weak("import random\ndef country_code():\n    return random.choice('ab')\n") == []
    assert weak("import random\ndelay = random.random()\n") == []
    assert weak("import secrets\ntoken = secrets.choice('ab')\n") == []
    assert weak("import random\ntoken = random.Random(1).choice('ab')\n") == []
    assert weak("import random\ntoken = random.choice('ab')\n", "tests/test_a.py") == []
    assert weak("import random\ntoken = random.choice('ab')\n", "app/seed.py") == []


def test_a_comment_beside_or_above_a_line_is_read():
    text = source("# one\n# two\nx = 1\ny = 2  # three\n\nz = 3\n")
    assert model_syntax.commented(text, 3) == "one two"
    assert model_syntax.commented(text, 4) == "three"
    assert model_syntax.commented(text, 6) == ""
