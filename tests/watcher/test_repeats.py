"""What a watcher takes down of statements that are repeated, rows, flushes, and reads."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from tests.watcher.conftest import Author, Comment, Post

from dbwright.collect.watched import recording
from dbwright.core.recording import Group, Recording
from dbwright.recipes.queries import repeats
from dbwright.watcher.facts import facts
from dbwright.watcher.hook import Watcher


def seen(watcher: Watcher) -> Recording:
    return recording(facts(watcher), Path.cwd())


def only(found: Recording, how: str = "direct") -> Group:
    (group,) = [each for scope in found.scopes for each in scope.groups if each.how == how]
    return group


def test_a_chain_of_joined_collections_is_no_product(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        query = select(Author).options(joinedload(Author.posts).joinedload(Post.comments))
        assert len(session.scalars(query).unique().all()) == 20
    found = seen(watcher)
    group = only(found)
    shape = found.shape(group)
    assert shape is not None
    assert (group.rows, shape.siblings) == (40, ())
    assert len(shape.joined) == 2


def test_parameters_are_told_by_class_and_attribute(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for key in range(1, 4):
            session.query(Post).filter(Post.author_id == key).count()
    ((_, group, shape),) = repeats.reads(seen(watcher))
    assert shape.aggregates == ("count",)
    assert [(each[0].rpartition(".")[2], each[2]) for each in repeats.equal(shape)] == [
        ("Post", "author_id")
    ]
    assert (group.count, group.parameters, group.transactions) == (3, 3, 1)


def test_text_is_read_by_its_tree(engine: Engine, watcher: Watcher) -> None:
    query = text("select id from post where id > :last and author_id = :a order by id limit 3")
    with Session(engine) as session:
        for last in (0, 3, 6):
            session.execute(query, {"last": last, "a": 1}).all()
    found = seen(watcher)
    shape = found.shape(only(found))
    assert shape is not None
    # its literals are taken out of a text: that there is a limit is all that is known
    assert (shape.verb, shape.tables, shape.page) == ("select", ("post",), 2)
    assert shape.compared == (("", "post", "author_id", "eq"), ("", "post", "id", "gt"))
    assert repeats.paged(shape)
    assert not list(repeats.reads(found))


def test_each_session_has_transactions_of_its_own(engine: Engine, watcher: Watcher) -> None:
    for key in (1, 2, 3, 4):
        with Session(engine) as session:
            session.get(Post, key)
    found = seen(watcher)
    assert only(found, "get").transactions == 4
    assert not list(repeats.reads(found, "get"))


def test_a_flush_tells_what_it_writes(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for _ in range(3):
            session.add_all([Post(author_id=1), Comment(post_id=1)])
            session.flush()
    group = only(seen(watcher), "flush")
    flushed = {name.rpartition(".")[2]: number for name, number in group.flushed.items()}
    assert flushed == {"Post": 3, "Comment": 3}
    assert group.sessions == 1


def test_savepoints_are_one_statement(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        for _ in range(5):
            with session.begin_nested():
                session.execute(insert(Comment).values(post_id=1))
    shapes = [each.sql for each in seen(watcher).shapes if "SAVEPOINT" in each.sql]
    assert sorted(shapes) == ["RELEASE SAVEPOINT", "SAVEPOINT"]


def test_the_getter_is_put_back_exactly(engine: Engine) -> None:
    before = vars(InstrumentedAttribute)["__get__"]
    first, second = Watcher(engine, reads=True), Watcher(engine, reads=True)
    first.start()
    second.start()
    assert vars(InstrumentedAttribute)["__get__"] is not before
    with Session(engine) as session:
        query = select(Author).options(selectinload(Author.posts)).limit(3)
        assert [len(each.posts) for each in session.scalars(query)] == [2, 2, 2]
    first.stop()
    assert vars(InstrumentedAttribute)["__get__"] is not before
    second.stop()
    assert vars(InstrumentedAttribute)["__get__"] is before
    reads = seen(second).reads
    assert reads is not None
    known = {(owner.rpartition(".")[2], name) for owner, name, _ in reads}
    assert known == {("Author", "posts"), ("Editor", "posts")}
    assert seen(second).reads == seen(first).reads


def test_counting_changes_nothing_of_what_is_fetched(engine: Engine, watcher: Watcher) -> None:
    with Session(engine) as session:
        result = session.execute(select(Post.id).order_by(Post.id))
        rows = [result.fetchone(), *result.fetchmany(2), *result.all()]
        assert len(rows) == session.scalar(select(func.count(Post.id))) == 40
        parts = session.execute(select(Post.id)).yield_per(7).partitions()
        assert [len(part) for part in parts] == [7, 7, 7, 7, 7, 5]
