"""Which databases of a fleet have another schema than the rest, and in what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.fleet import FleetDrift, SchemaGroup, TargetRun
from dbwright.deploy.run import opened
from dbwright.fleet.digest import digest_of, lines_of
from dbwright.fleet.inventory import Inventory, Member

Lines = tuple[str, ...]


def drift(
    inventory: Inventory,
    against: str = "majority",
    at_once: int = 4,
    say: Callable[[str], None] = lambda text: None,
) -> FleetDrift:
    """Reads each schema and compares it with the majority's, the first's, or a named database's.

    Only one schema of each kind is kept, so memory does not grow with the fleet.
    """
    names = [member.name for member in inventory.members]
    if against not in ("majority", "first", *names):
        raise UsageError(
            f"--against {against!r} is neither majority, first nor a database of the inventory"
        )
    kinds: dict[str, Lines] = {}
    groups: dict[str, list[str]] = {}
    unread: list[TargetRun] = []
    with ThreadPoolExecutor(at_once) as pool:
        read = pool.map(_read, inventory.members)
        for number, (member, found) in enumerate(zip(inventory.members, read, strict=True), 1):
            say(f"reading schemas: {number} of {len(names)}")
            if isinstance(found, str):
                unread.append(
                    TargetRun(member.name, member.target.host, state="unreachable", error=found)
                )
                continue
            digest = digest_of(found)
            kinds.setdefault(digest, found)
            groups.setdefault(digest, []).append(member.name)
    chosen = _reference(groups, against, names)
    return FleetDrift(
        _compared(kinds, groups, chosen), tuple(unread), inventory.duplicates, against
    )


def _read(member: Member) -> Lines | str:
    try:
        with opened(member.target) as connection:
            return lines_of(connection)
    except (DbwrightError, SQLAlchemyError) as error:
        return str(error).splitlines()[0]


def _reference(groups: dict[str, list[str]], against: str, names: Sequence[str]) -> str | None:
    if not groups:
        return None
    if against == "majority":
        return max(groups, key=lambda digest: len(groups[digest]))
    wanted = names[0] if against == "first" else against
    return next((digest for digest, members in groups.items() if wanted in members), None)


def _compared(
    kinds: dict[str, Lines], groups: dict[str, list[str]], chosen: str | None
) -> tuple[SchemaGroup, ...]:
    if groups and chosen is None:
        raise UsageError(
            "the database that the others are compared with could not be read",
            way_out="Compare with the majority, or with another one.",
        )
    base = set(kinds[chosen]) if chosen is not None else set()
    found = [
        SchemaGroup(
            digest,
            tuple(members),
            digest == chosen,
            tuple(
                [f"- {line}" for line in sorted(base - set(kinds[digest]))]
                + [f"+ {line}" for line in sorted(set(kinds[digest]) - base)]
            ),
        )
        for digest, members in groups.items()
    ]
    return tuple(sorted(found, key=lambda g: (not g.is_reference, -len(g.targets), g.targets)))
