"""Rows drawn: values from pools, keys that are new, parents that exist, now and then an edge."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbwright.core.schema import ForeignKey
from dbwright.scratch.adversarial import joints
from dbwright.scratch.adversarial.instance import MOODS, Instance, Mood, NewRow, Values
from dbwright.scratch.adversarial.numbers import INTEGERS
from dbwright.scratch.adversarial.pools import Pool
from dbwright.scratch.adversarial.tables import Facts, mandatory

_TRIES = 8
_EXACT = 0.2
_CORNER, _CLOSE = 0.08, 3
"""So many rows stand with all their values at the constants, where row comparisons turn."""
_MANY = 0.15
_ALIKE = Mood(near=0.5, meets=0.9, palette=1, crowd=0.85)
"""Rows for groups that are as large as a number of the queries says."""
_MOMENTS, _ENDLESS = ("date", "timestamp", "timestamptz"), ("infinity", "-infinity")
"""Rows may hold these; what a program gives as a parameter is a date of Python, which ends."""
_OF_ONE_ROW = 0.6
"""How often the parameters all come from one row, which then meets all of them."""
_LINKS = Mood(nulls=0.0)
_FREE, _VARIED, _OTHER = 0.1, 0.6, 0.25
"""Where rows are made after a model: so many are made freely, so many with other values."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A parameter of the queries: the family of its type, and values for it."""

    family: str
    pool: Pool


class Draw:
    """Draws small databases for some tables, from one stream of chance."""

    def __init__(
        self,
        tables: Sequence[Facts],
        rng: random.Random,
        parameters: Sequence[Asked] = (),
        counts: Sequence[int] = (),
    ) -> None:
        self.tables = tables
        self.parameters = parameters
        self.counts = counts
        self.by_key = {facts.table.key: facts for facts in tables}
        self.rng = rng
        self.palettes: dict[str, list[str]] = {}
        self.decks: dict[int, list[str]] = {}

    def instance(self, number: int, settings: Mapping[str, str]) -> Instance:
        """Draws a database in the mood of its number."""
        mood = MOODS[number % len(MOODS)]
        if self.counts and self.rng.random() < _MANY:
            count = self.rng.choice(self.counts)
            mood = replace(_ALIKE, least=count, most=count + 1)
        self.palettes = {}
        made: dict[str, list[Values]] = {}
        for facts in self.tables:
            made[facts.table.key] = self._rows(facts, mood, made)
        rows: list[NewRow] = []
        for facts in self.tables:
            own = [self._linked(facts, values, made) for values in made[facts.table.key]]
            if not facts.own:
                self.rng.shuffle(own)
            rows += own
        return Instance(tuple(rows), settings, self._given(rows))

    def varied(self, instance: Instance, settings: Mapping[str, str]) -> Instance:
        """Gives a database a little different from one: values changed, rows more or fewer."""
        mood = self.rng.choice(MOODS)
        self.palettes = {}
        rows = list(instance.rows)
        for _ in range(self.rng.randint(1, 3)):
            if not rows:
                break
            place = self.rng.randrange(len(rows))
            change = self.rng.random()
            if change < 0.15:
                del rows[place]
            elif change < 0.4:
                rows.insert(place + 1, self._again(rows[place], rows))
            else:
                rows[place] = self._changed(rows[place], mood, rows)
        given = instance.parameters if self.rng.random() < 0.5 else self._given(rows)
        return Instance(tuple(rows), settings, given)

    def _given(self, rows: Sequence[NewRow]) -> tuple[str | None, ...]:
        """Draws the parameters, most of them values that stand in the rows."""
        one = [self.rng.choice(rows)] if rows and self.rng.random() < _OF_ONE_ROW else []
        return tuple(self._parameter(asked, one or rows) for asked in self.parameters)

    def _parameter(self, asked: Asked, rows: Sequence[NewRow]) -> str | None:
        chance = self.rng.random()
        if chance < 0.05:
            return None
        there = [
            value
            for row in rows
            for name, value in row.values.items()
            if value is not None and self.by_key[row.table].shapes[name].family == asked.family
        ]
        several = there if there and chance < 0.7 else asked.pool.all()
        if asked.family in _MOMENTS:
            several = [value for value in several if value not in _ENDLESS]
        return self.rng.choice(several) if several else None

    def _rows(self, facts: Facts, mood: Mood, made: dict[str, list[Values]]) -> list[Values]:
        if self.rng.random() < mood.empty:
            return []
        found: list[Values] = []
        taken: set[tuple[object, ...]] = set()
        for _ in range(self.rng.randint(mood.least, mood.most)):
            for _ in range(_TRIES):
                values = self._row(facts, mood, made, found)
                if values is not None and self._keyed(facts, values, taken, mood):
                    taken |= set(_keys(facts, values))
                    found.append(values)
                    break
        return found

    def _keyed(
        self, facts: Facts, values: Values, taken: set[tuple[object, ...]], mood: Mood
    ) -> bool:
        """Draws keys that other rows have already once more; False where no new ones come."""
        tied = {name for joint in facts.joints for name in joint.columns} | facts.linked
        tied |= {name for link in facts.links if facts.own for name in link.referred_columns}
        for columns in facts.unique:
            loose = [name for name in columns if name not in tied]
            for _ in range(_TRIES):
                key = tuple(values.get(name) for name in columns)
                if None in key or (columns, key) not in taken:
                    break
                if not loose:
                    return False
                values[loose[-1]] = self._value(facts, loose[-1], mood)
        return not taken & set(_keys(facts, values)) and not any(
            values.get(name, "") is None for name in facts.not_null
        )

    def _row(
        self, facts: Facts, mood: Mood, made: dict[str, list[Values]], own: list[Values]
    ) -> Values | None:
        values: Values = {}
        itself: list[ForeignKey] = []
        for link in facts.links:
            parents = own if link.referred == facts.table.key else made[link.referred]
            if self._link(facts, values, link, parents, mood):
                continue
            if link.referred != facts.table.key:
                return None
            itself.append(link)  # the first of its kind must be its own parent
        corner = self.rng.random() < _CORNER
        waiting = {name for link in (*facts.later, *itself) for name in link.columns}
        values |= self._model(facts, {*values, *waiting})
        for column in facts.columns:
            if column.name not in values and column.name not in waiting:
                value = self._value(facts, column.name, mood, corner)
                if value is not None or column.name not in facts.not_null:
                    values[column.name] = value
        for link in itself:
            pairs = zip(link.columns, link.referred_columns, strict=True)
            values |= {mine: values.get(other) for mine, other in pairs if mine not in values}
        joints.order(values, facts.pairs)
        return values if self._joined(facts, values, made, own) else None

    def _model(self, facts: Facts, without: set[str]) -> Values:
        """Gives most values of a row that is known to stand, where the table is hard to fill."""
        if not facts.models or self.rng.random() < _FREE:
            return {}
        model = self.rng.choice(facts.models)
        other = _OTHER if self.rng.random() < _VARIED else 0.0
        return {
            name: value
            for name, value in model.items()
            if name not in without and self.rng.random() >= other
        }

    def _joined(
        self, facts: Facts, values: Values, made: dict[str, list[Values]], own: list[Values]
    ) -> bool:
        """Changes values until columns that checks tie together fit; False where none do."""
        for joint in facts.joints:
            change = joint.fitting(values, facts.linked, self.rng)
            for name, value in change.items():
                if name not in joint.loose or value is None:
                    values[name] = value
                elif values.get(name) is None and not self._linked_now(
                    facts, name, values, made, own
                ):
                    return False
        return True

    def _linked_now(
        self,
        facts: Facts,
        name: str,
        values: Values,
        made: dict[str, list[Values]],
        own: list[Values],
    ) -> bool:
        """Points a column at a parent that a check wants to be there."""
        if values.get(name) is not None:
            return True
        for link in facts.links:
            if name not in link.columns:
                continue
            for each in link.columns:
                if values.get(each) is None:
                    values.pop(each, None)
            parents = own if link.referred == facts.table.key else made[link.referred]
            if not self._link(facts, values, link, parents, _LINKS) or values.get(name) is None:
                return False
        return values.get(name) is not None

    def _link(
        self, facts: Facts, values: Values, link: ForeignKey, parents: list[Values], mood: Mood
    ) -> bool:
        """Points the row at a parent; False where it must have one and none fits."""
        free = [c for c in link.columns if c not in values and c not in facts.not_null]
        fits = [
            parent
            for parent in parents
            if all(
                parent.get(other) is not None and values.get(own, parent[other]) == parent[other]
                for own, other in zip(link.columns, link.referred_columns, strict=True)
            )
        ]
        if fits and not (free and self.rng.random() < mood.nulls):
            chosen = fits[0] if self.rng.random() < mood.crowd else self.rng.choice(fits)
            pairs = zip(link.columns, link.referred_columns, strict=True)
            values.update({own: chosen[other] for own, other in pairs})
            return True
        values.update(dict.fromkeys(free))
        return bool(free) or any(values.get(c, "") is None for c in link.columns)

    def _value(self, facts: Facts, name: str, mood: Mood, corner: bool = False) -> str | None:
        pool = facts.pools[name]
        chance = self.rng.random
        if corner and pool.exact:
            return self.rng.choice(pool.exact[:_CLOSE])
        if name not in facts.not_null and chance() < mood.nulls:
            return None
        if pool.edges and chance() < mood.edges:
            return self._next(pool.edges)
        if pool.meets and chance() < mood.near * mood.meets:
            return self._next(pool.meets)
        if pool.near and chance() < mood.near:
            return self._next(pool.exact if chance() < _EXACT else pool.near)
        family = facts.shapes[name].family
        single = any(name in columns for columns in facts.unique)
        if single and family in INTEGERS:
            return str(self.rng.randint(1, max(7, 2 * mood.least)))
        several = self._others(facts, name) or pool.near
        several = several[: max(mood.palette, 8 if single else 1)]
        return self.rng.choice(several) if several else None

    def _others(self, facts: Facts, name: str) -> list[str]:
        """Gives the plain values in the order of one database, those that other columns have."""
        plain, family = facts.pools[name].plain, facts.shapes[name].family
        key = f"{facts.table.key}.{name}"
        if key not in self.palettes:
            shared = [value for value in self._palette(family, plain) if value in plain]
            self.palettes[key] = shared if len(shared) > 1 else self._palette(key, plain)
        return self.palettes[key]

    def _palette(self, key: str, values: list[str]) -> list[str]:
        """Gives the values in an order that stays for one database."""
        if key not in self.palettes:
            self.palettes[key] = list(values)
            self.rng.shuffle(self.palettes[key])
        return self.palettes[key]

    def _next(self, values: list[str]) -> str:
        """Gives each of the values before one comes again: none is left to luck."""
        deck = self.decks.setdefault(id(values), [])
        if not deck:
            deck += values
            self.rng.shuffle(deck)
        return deck.pop()

    def _linked(self, facts: Facts, values: Values, made: dict[str, list[Values]]) -> NewRow:
        """Sets the keys that point at rows drawn after it; NULL at first where it may be."""
        now, later = dict(values), {}
        for link in facts.later:
            target: Values = {}
            if made.get(link.referred) and self.rng.random() < 0.7:
                parent = self.rng.choice(made[link.referred])
                pairs = zip(link.columns, link.referred_columns, strict=True)
                target = {own: parent.get(other) for own, other in pairs}
            if mandatory(facts.table, link):
                now.update(target)
            else:
                now.update({c: None for c in link.columns if c not in now})
                later.update(target)
        return NewRow(facts.table.key, now, later)

    def _again(self, row: NewRow, rows: Sequence[NewRow]) -> NewRow:
        """Gives the row once more, its keys new."""
        facts = self.by_key[row.table]
        values = dict(row.values)
        for columns in facts.unique:
            linked = {name for link in facts.links for name in link.columns}
            free = [name for name in columns if name not in linked] or list(columns)
            name = free[-1]
            used = {other.values.get(name) for other in rows if other.table == row.table}
            values[name] = self._unused(facts, name, used)
        return replace(row, values=values)

    def _unused(self, facts: Facts, name: str, used: set[str | None]) -> str | None:
        family = facts.shapes[name].family
        if family in INTEGERS:
            return next(str(n) for n in range(1, 1000) if str(n) not in used)
        values = [value for value in facts.pools[name].all() if value not in used]
        return self.rng.choice(values) if values else None

    def _changed(self, row: NewRow, mood: Mood, rows: Sequence[NewRow]) -> NewRow:
        """Gives the row with one value other than before."""
        facts = self.by_key[row.table]
        keys = {name for columns in facts.unique for name in columns}
        linked = {name for link in (*facts.links, *facts.later) for name in link.columns}
        free = [c.name for c in facts.columns if c.name not in keys | linked]
        if facts.links and (not free or self.rng.random() < 0.25):
            return self._relinked(facts, row, rows)
        if not free:
            return row
        name = self.rng.choice(free)
        values = {**row.values, name: self._value(facts, name, mood)}
        if values[name] is None and name in facts.not_null:
            return row
        joints.order(values, facts.pairs)
        for joint in facts.joints:
            change = joint.fitting(values, facts.linked, self.rng)
            if joint.loose & set(change):
                return row
            values |= change
        return replace(row, values=values)

    def _relinked(self, facts: Facts, row: NewRow, rows: Sequence[NewRow]) -> NewRow:
        link = self.rng.choice(facts.links)
        if facts.own and link.referred == facts.table.key:
            return row
        values = {k: v for k, v in row.values.items() if k not in link.columns}
        parents = [other.values for other in rows if other.table == link.referred]
        linked = self._link(facts, values, link, parents, MOODS[0])
        return replace(row, values=values) if linked else row


def _keys(facts: Facts, values: Values) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for columns in facts.unique:
        key = tuple(values.get(name) for name in columns)
        if None not in key:
            found.append((columns, key))
    return found
