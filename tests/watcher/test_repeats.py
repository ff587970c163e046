"""What a watcher takes down of statements that are repeated, rows, flushes, and reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, func, insert, select, text
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from tests.watcher.conftest import Author, Comment, Post

from dbwright.collect.watched import recording
from dbwright.core.finding import Recommendation
from dbwright.core.recording import Group, Recording
from dbwright.jobs.watch import Watch
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


def repeat(engine: Engine, query: Any, rows: list[dict[str, Any]]) -> list[Recommendation]:
    """What is told of a query that a loop sends with these values."""
    with Watch(engine) as watch, Session(engine) as session:
        for row in rows:
            session.execute(query, row).all()
    return list(watch.report().recommendations)


def test_a_count_is_grouped_by_what_changes(engine: Engine) -> None:
    query = select(func.count()).where(Post.author_id == bindparam("a"), Post.id == bindparam("p"))
    (found,) = repeat(engine, query, [{"a": 1, "p": number} for number in range(6)])
    assert (found.rule, found.location.object) == ("count-per-row", "Post.id")
    assert "group_by(Post.id)  # and where Post.author_id …" in found.advice.fix.code
    (found,) = repeat(engine, query, [{"a": number, "p": number} for number in range(6)])
    assert "group_by(Post.author_id, Post.id)" in found.advice.fix.code
    assert "tuple_(Post.author_id, Post.id).in_(keys)" in found.advice.fix.code


def test_a_value_that_is_more_than_a_key_is_no_lookup(engine: Engine) -> None:
    rows = [{"a": number, "p": number} for number in range(6)]
    more = Post.id > bindparam("p")
    assert repeat(engine, select(Post.id).where(Post.author_id == bindparam("a"), more), rows) == []
    plus = Post.id + bindparam("p") < 9
    assert repeat(engine, select(Post.id).where(Post.author_id == bindparam("a"), plus), rows) == []
    rows = [{"a": number, "p": 1} for number in range(6)]
    (found,) = repeat(engine, select(Post.id).where(Post.author_id == bindparam("a"), more), rows)
    assert "(Post.author_id.in_(values))  # and where Post.id …" in found.advice.fix.code


def test_a_table_under_another_name_is_named(engine: Engine) -> None:
    posts = Post.__table__.alias()
    query = select(posts.c.id).where(posts.c.author_id == bindparam("a"))
    (found,) = repeat(engine, query, [{"a": number} for number in range(6)])
    assert "select(post.c.author_id, …)" in found.advice.fix.code


@pytest.mark.parametrize("loader", [selectinload, joinedload])
def test_what_the_query_loads_already_is_no_lazy_load_when_it_has_expired(
    engine: Engine, loader: Any
) -> None:
    """The option is there: it is the commit between that has each object asked for again."""
    query = select(Author).options(loader(Author.posts))
    with Watch(engine) as watch, Session(engine) as session:
        authors = session.scalars(query).unique().all()
        session.commit()
        assert sum(post.id for author in authors for post in author.posts)
    assert {each.rule for each in watch.report().recommendations} == {"expired-load"}


def test_what_is_refreshed_on_purpose_is_no_lazy_load(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for author in session.scalars(select(Author)).all():
            session.refresh(author, ["posts"])
    assert {each.rule for each in watch.report().recommendations} == {"refresh-loop"}


def test_what_the_end_of_a_savepoint_expires_is_not_told_in_tests(engine: Engine) -> None:
    """As suites have it whose Session has a transaction around it: no COMMIT is sent."""
    with engine.connect() as connection, connection.begin() as around:
        mode: Any = "create_savepoint"
        with Watch(engine) as watch, Session(connection, join_transaction_mode=mode) as session:
            authors = session.scalars(select(Author)).all()
            authors[0].name = "Grace"
            session.commit()
            assert sum(author.id for author in authors)
        around.rollback()
    assert watch.report().recommendations == ()


def test_a_key_of_a_joined_table_is_selected_too(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for key in range(1, 9):
            query = select(Author).join(Author.posts).where(Post.id == key)
            assert session.scalars(query).all()
    (found,) = watch.report().recommendations
    assert "query = select(Author, Post.id).where(Post.id.in_(values))" in found.advice.fix.code
    assert "for row in session.execute(query)" in found.advice.fix.code


def test_rows_that_may_be_there_already_keep_their_clause(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for key in range(100, 112):
            values = upsert(Author).values(id=key)
            session.execute(values.on_conflict_do_nothing())
        session.rollback()
    (found,) = watch.report().recommendations
    assert found.rule == "write-loop"
    assert "query = insert(Author).on_conflict" in found.advice.fix.code


def test_rows_that_a_text_says_may_be_there_already_keep_their_clause(engine: Engine) -> None:
    written = text("insert into post (id, author_id) values (:id, 1) on conflict do nothing")
    with Watch(engine) as watch, Session(engine) as session:
        for key in range(100, 112):
            session.execute(written, {"id": key})
        session.rollback()
    (found,) = watch.report().recommendations
    assert found.rule == "write-loop"
    assert "query = insert(post).on_conflict" in found.advice.fix.code


def test_the_option_of_a_refresh_goes_through_what_lies_between(engine: Engine) -> None:
    """The objects are reached by another relationship from those that the query gave."""
    with Watch(engine) as watch, Session(engine) as session:
        query = select(Author).options(selectinload(Author.posts))
        for author in session.scalars(query).all():
            for post in author.posts:
                session.refresh(post, ["comments"])
    (found,) = (r for r in watch.report().recommendations if r.rule == "refresh-loop")
    chain = ".options(selectinload(Author.posts).selectinload(Post.comments))"
    assert found.advice.fix.code.endswith(chain)


def test_a_line_is_quoted_without_its_comma(engine: Engine) -> None:
    with Watch(engine) as watch, Session(engine) as session:
        for author in session.scalars(select(Author).order_by(Author.id)):
            session.info["a name that is as long as those of a large program's response"] = (
                author.posts[0].id,
                [author.id, "of a statement that is too long to be quoted as a whole in one line"],
            )
    (found,) = watch.report().recommendations
    assert "the line is author.posts[0].id, in the loop at" in " ".join(found.evidence)
