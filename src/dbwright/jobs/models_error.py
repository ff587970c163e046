"""What stood in the way of reading env.py or the models, told once with the way out."""

from __future__ import annotations

from dbwright.core.errors import DbwrightError
from dbwright.jobs.collected import Collected
from dbwright.jobs.workplace import Workplace

MEND = "Mend it, or name the models: dbwright check --models package.module:Base"


def tell_models(place: Workplace, found: Collected) -> None:
    """Says why env.py or the models could not be read, what was done instead, and the way out.

    What stops env.py stops the models and the revisions alike: it is told once.
    """
    error = found.models_error
    if error is None:
        return
    own = found.replayed.own_environment if found.replayed else None
    where = f" ({error.file}:{error.line})" if error.file and error.line else ""
    same = own is not None and same_error(own, error)
    done = []
    if found.mapping is not None:
        done.append("the models were read as its source names them")
    if same:
        done.append("the revisions ran under an environment of ours")
    what = "env.py" if same or found.mapping is not None else "the models"
    why = f"{error.message} ({', and '.join(done)})" if done else error.message
    place.miss(f"{what}{where}", why, error.way_out or MEND)


def same_error(one: DbwrightError, other: DbwrightError) -> bool:
    """Whether two errors are about one line, or say the same."""
    if one.file and one.line:
        return (one.file, one.line) == (other.file, other.line)
    return one.message == other.message
