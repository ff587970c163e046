"""The describe job: what tables there are, in the models of a project or in a database."""

from __future__ import annotations

from dbwright.collect.live import read_live
from dbwright.core.described import Described
from dbwright.core.errors import ProjectError
from dbwright.core.finding import Unverified
from dbwright.jobs.check import read
from dbwright.jobs.workplace import Workplace


def run(place: Workplace) -> Described:
    """Gives the tables of the project's models; what stops their import is raised."""
    found = read(place)
    if found.mapping is None:
        raise found.models_error or ProjectError(
            "no models were found",
            file=str(place.path),
            way_out="--models MODULE:BASE names them; a file of models can be given as PATH.",
        )
    mapping = found.mapping
    return Described(mapping.schema, mapping, dict(place.rows), "", tuple(place.unverified))


def run_database(url: str) -> Described:
    """Gives the tables of a user's database with their sizes; it is opened read-only."""
    live = read_live(url)
    way_out = "Name a role with --db that may read it."
    hidden = tuple(Unverified("a part of the database", text, way_out) for text in live.hidden)
    return Described(live.schema, None, dict(live.rows), live.server, hidden)
