"""What Alembic says of its graph and of where a database stands in it."""

from __future__ import annotations

import re

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.failure import Failure, Known
from dbwright.core.finding import Alternative
from dbwright.core.place import Place

_HEADS = re.compile(r"multiple head", re.IGNORECASE)
_LOST = re.compile(
    r"(?:can't locate revision identified by|no such revision or branch) '?\"?([\w.@-]+)", re.I
)
_BEHIND = re.compile(r"target database is not up to date", re.IGNORECASE)
_TWICE = re.compile(r"revision ([\w.@-]+) is present more than once", re.IGNORECASE)
NOT_LIVE = "where your database stands was not asked: `alembic current` tells it"


def explains(failure: Failure) -> bool:
    """Whether it is Alembic that says so."""
    return any(p.search(failure.message) for p in (_HEADS, _LOST, _BEHIND, _TWICE))


def explain(failure: Failure, known: Known) -> Explanation:
    """Gives what is wrong with the graph or the version, and the commands that mend it."""
    lost = _LOST.search(failure.message)
    twice = _TWICE.search(failure.message)
    if _HEADS.search(failure.message):
        return _heads(known)
    if lost is not None:
        return _lost(lost[1], known)
    return _twice(twice[1], known) if twice else _behind(known)


def _heads(known: Known) -> Explanation:
    heads = known.history.heads if known.history else ()
    places = _places(heads, known)
    few = len(heads) == 1
    parent = _shared(heads, known)
    names = " ".join(heads) if len(heads) > 1 else "heads"
    answer = (
        f"The revisions have {len(heads)} heads: {' and '.join(heads)}. Alembic cannot tell which "
        "one you mean."
        if len(heads) > 1
        else "Two branches each added a revision behind the same one. In this folder there is "
        f"{'one head, ' + heads[0] if few else 'no revision'}: look in the one that runs."
    )
    do = [Do("Join them by a revision that does nothing", f"alembic merge -m merge {names}", "sh")]
    if len(heads) == 2:
        do.append(
            Do(
                f"Or, where {heads[1]} has run nowhere yet, put it behind {heads[0]}: one line in "
                "its file, and the history stays straight",
                f'down_revision = "{heads[0]}"  # in {places[1].file if places[1:] else heads[1]}',
            )
        )
    reasons = [
        Reason(f"{head} is a head", place) for head, place in zip(heads, places, strict=False)
    ]
    reasons += [Reason(f"both stand on {parent}")] if parent else []
    return _explained(
        "more than one head in the revisions",
        answer,
        tuple(do),
        tuple(reasons),
        (
            Alternative(
                "alembic upgrade heads", "runs both and leaves the heads; the next one asks again"
            ),
        ),
        "both may change the same table: the order in which they ran then differs between "
        "databases",
        "alembic merge writes one file: delete it before anybody ran it",
        "dbwright migrations review  # it runs both orders' result up, down and up",
        known,
    )


def _lost(name: str, known: Known) -> Explanation:
    head = _head(known)
    there = known.history and any(m.revision.startswith(name) for m in known.history.migrations)
    reasons = [
        Reason(f"alembic_version in the database says {name}"),
        Reason(
            f"there is a file with {name} here: another folder, or another alembic.ini, ran"
            if there
            else f"no file in the versions folder has revision = {name!r}"
        ),
    ]
    do = [
        Do(
            "Find its file: it is on another branch, or was deleted",
            f"git log --all --oneline -S{name} -- '*.py'",
            "sh",
        ),
        Do(
            "Bring it back, go back below it, then return to your branch",
            f"git checkout BRANCH\nalembic downgrade {name}~1  # or -1\ngit checkout -",
            "sh",
        ),
    ]
    if head:
        do.append(
            Do(
                "Only where its file is lost for good, and the tables are as the revisions here "
                "make them: say so",
                f"alembic stamp --purge {head}",
                "sh",
            )
        )
    return _explained(
        f"a database that stands at {name}, which no file here is",
        f"The database's table alembic_version names {name}, and this checkout has no such "
        "revision: it was run from another branch, or its file was deleted or renamed.",
        tuple(do),
        tuple(reasons),
        (
            Alternative(
                "make a development database anew",
                "dropdb, createdb, alembic upgrade head: its rows are gone",
            ),
        ),
        "a stamp runs nothing: tables that differ stay different, and later revisions fail",
        f"alembic stamp --purge {name} puts the old mark back",
        "dbwright check --db URL  # tells where the live tables differ from the revisions",
        known,
        backup="pg_dump --schema-only, and the one row of alembic_version, before a stamp",
    )


def _behind(known: Known) -> Explanation:
    head = _head(known) or "head"
    return _explained(
        "a database that is behind the newest revision",
        f"The database does not stand at the newest revision ({head}), so Alembic does not compare "
        "the models with it: what the missing revisions do would be written once more.",
        (
            Do("See where it stands", "alembic current\nalembic history -r current:head", "sh"),
            Do("Run what is missing, then try again", "alembic upgrade head", "sh"),
        ),
        (Reason(f"the newest revision here is {head}"),),
        (
            Alternative(
                "alembic stamp head",
                "only where the tables are there already, made without the revisions: it runs "
                "nothing",
            ),
        ),
        "an upgrade of production takes locks: `dbwright check` says which, before you run it",
        "alembic downgrade to the revision that `alembic current` told",
        "alembic check  # says whether models and database are the same afterwards",
        known,
        backup="a dump before an upgrade of a database whose rows matter",
    )


def _twice(name: str, known: Known) -> Explanation:
    files = known.history.duplicates.get(name, ()) if known.history else ()
    return _explained(
        f"two files with the revision {name}",
        f"Two files say revision = {name!r}, so Alembic takes one of them by chance.",
        (
            Do(
                "Give the one that ran nowhere a name of its own",
                f'revision = "{name[:-1]}0"  # and mend down_revision of those behind it',
            ),
        ),
        tuple(Reason(f"{name} stands here", Place(file)) for file in files),
        (Alternative("delete one", "only where both are the same"),),
        "a database that ran the other file has other tables",
        "put the old name back",
        "dbwright migrations review",
        known,
    )


def _explained(
    reading: str,
    answer: str,
    do: tuple[Do, ...],
    reasons: tuple[Reason, ...],
    others: tuple[Alternative, ...],
    risk: str,
    undo: str,
    tests: str,
    known: Known,
    *,
    backup: str = "none needed: no row changes",
) -> Explanation:
    count = len(known.history.migrations) if known.history else 0
    read = f"observed: {count} revisions of this folder were read; {NOT_LIVE}"
    return Explanation(
        f"Alembic's error; {reading}", answer, do, reasons, others, risk, undo, tests, backup,
        read if count else f"reasoned: there are no revisions here; {NOT_LIVE}",
        more=("dbwright migrations review",),
    )  # fmt: skip


def _head(known: Known) -> str:
    heads = known.history.heads if known.history else ()
    return heads[-1] if heads else ""


def _places(heads: tuple[str, ...], known: Known) -> list[Place]:
    if known.history is None:
        return []
    return [known.history.places.get(head) or Place(head) for head in heads]


def _shared(heads: tuple[str, ...], known: Known) -> str:
    if known.history is None or len(heads) != 2:
        return ""
    parents = {m.revision: set(m.down_revisions) for m in known.history.migrations}
    both = parents.get(heads[0], set()) & parents.get(heads[1], set())
    return next(iter(both), "")
