"""Waivers: comments and table info that allow a finding with a reason; unused ones are told."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from dbwright.collect.waivers import Waiver, read_waivers
from dbwright.core.finding import Recommendation, Unverified, Waived
from dbwright.core.mapping import Mapping
from dbwright.core.source import Source


def waive(
    items: Sequence[Recommendation],
    sources: Iterable[Source],
    mapping: Mapping | None,
    rules_run: frozenset[str],
    known: frozenset[str],
) -> tuple[list[Recommendation], list[Waived], list[Unverified]]:
    """Gives the recommendations that stand, those allowed, and what is wrong with the waivers.

    A waiver without a reason allows nothing. One of a rule that was run and found nothing there
    is reported as unused, one of a name that no `known` rule has with the nearest.
    """
    waivers = read_waivers(sources)
    used: set[Waiver] = set()
    kept: list[Recommendation] = []
    waived: list[Waived] = []
    for item in items:
        reason = _by_comment(item, waivers, used) or _by_info(item, mapping)
        if reason is None:
            kept.append(item)
        else:
            text, by = reason
            waived.append(Waived(item.rule, item.message, item.location, text, by))  # type: ignore[arg-type]
    return kept, waived, list(_complaints(waivers, used, rules_run, known))


def _by_comment(
    item: Recommendation, waivers: Sequence[Waiver], used: set[Waiver]
) -> tuple[str, str] | None:
    for waiver in waivers:
        if waiver.covers(item.rule, item.location.file, item.location.line):
            used.add(waiver)
            if waiver.reason:
                return waiver.reason, "comment"
    return None


def _by_info(item: Recommendation, mapping: Mapping | None) -> tuple[str, str] | None:
    if mapping is None or item.job == "migrations" or not item.location.object:
        return None
    for table in (table for table in mapping.schema.tables if "dbwright" in table.info):
        mine = item.location.object == table.key or item.location.object.startswith(f"{table.key}.")
        said = table.info.get("dbwright") if mine else None
        if isinstance(said, dict) and item.rule in said.get("allow", ()) and said.get("reason"):
            return str(said["reason"]), "info"
    return None


def _complaints(
    waivers: Sequence[Waiver],
    used: set[Waiver],
    rules_run: frozenset[str],
    known: frozenset[str],
) -> Iterable[Unverified]:
    for waiver in waivers:
        place = f"{waiver.file}:{waiver.line}"
        if waiver.reason is None:
            yield Unverified(
                f"the waiver of {waiver.rule} at {place}",
                "it gives no reason, so it allows nothing",
                f"Write: # dbwright: allow {waiver.rule} because …",
            )
        elif waiver.rule not in known:
            near = difflib.get_close_matches(waiver.rule, known, n=1, cutoff=0)[0]
            yield Unverified(
                f"the waiver of {waiver.rule} at {place}",
                f"there is no rule of that name, so it allows nothing; the nearest is {near}",
                "`dbwright rule` lists all of them.",
            )
        elif waiver not in used and waiver.rule in rules_run:
            yield Unverified(
                f"the waiver of {waiver.rule} at {place}",
                "nothing there needs it any more",
                "Delete the comment.",
            )
