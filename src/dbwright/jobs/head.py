"""The head of a project's chain, run to it: what new revisions are written behind."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.collect.revisions import read_history
from dbwright.core.errors import CollectError, NoScratchError, ProjectError
from dbwright.core.mapping import Mapping
from dbwright.core.migration import History
from dbwright.core.schema import Schema
from dbwright.jobs.chain import Chain, Replayed
from dbwright.jobs.collected import Collected
from dbwright.jobs.history import chain_of
from dbwright.jobs.migrations import read_source, replay
from dbwright.jobs.models import mapping_of
from dbwright.jobs.workplace import Workplace


@dataclass(slots=True)
class Head:
    """The chain, its revisions as they ran, the schema behind the last, and the models.

    `mapping` is None where the models could not be read.
    """

    chain: Chain
    history: History
    replayed: Replayed
    schema: Schema
    mapping: Mapping | None


def at_head(place: Workplace, *, models: bool = True) -> Head:
    """Runs the project's revisions up to the one head.

    Without `models` those that cannot be read are no hindrance. ProjectError where there is no
    project, NoScratchError without a scratch database, CollectError where something does not run.
    """
    place.progress("reading the revisions")
    asked = place.ask_models()
    if place.project.script_location is None and not place.project.version_locations:
        raise ProjectError("there is no Alembic project here", file=str(place.path))
    history = read_history(place.project, exclude=place.settings.exclude)
    place.ready()
    if place.worker is None or place.sandbox is None or asked is None:
        why = "; ".join(item.why for item in place.unverified) or place.why_no_sandbox
        raise NoScratchError(
            f"revisions are run before they are written, and here: {why}",
            way_out=place.way_to_sandbox or None,
        )
    place.progress("configuring the models")
    found = Collected(history=history, source=place.source)
    try:
        read = mapping_of(asked.result(), place.source, place.project.root)
        found.mapping, found.environment = read
    except CollectError:
        if models:
            raise
    chain = chain_of(place, found, None)
    history = read_source(history, frozenset(), chain, place.target.dialect)
    place.progress("running the revisions")
    replayed = replay(history, frozenset(), chain, place.progress)
    _check_whole(replayed)
    assert replayed.head is not None
    return Head(chain, history, replayed, replayed.head, found.mapping)


def _check_whole(replayed: Replayed) -> None:
    """Raises CollectError unless every revision ran and one head is left."""
    if replayed.stopped is not None:
        name, error = replayed.stopped
        raise CollectError(
            f"{name} stops the chain: {error.message}",
            file=error.file,
            line=error.line,
            way_out=error.way_out or "Mend that revision first: dbwright check says how.",
        )
    left = {m.revision for m in replayed.history.migrations} - set(replayed.ran)
    if left:
        raise CollectError(
            f"{len(left)} revisions cannot run, {sorted(left)[0]} is one of them",
            way_out="Mend the graph first: dbwright migrations review says where.",
        )
    if len(replayed.history.heads) > 1:
        heads = " ".join(replayed.history.heads)
        raise CollectError(
            f"the revisions have {len(replayed.history.heads)} heads: {heads}",
            way_out=f"Merge them first: alembic merge -m merge {heads}",
        )
