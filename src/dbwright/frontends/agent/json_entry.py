"""One entry in a JSON file of others: put in, and taken out so that the file is as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dbwright.core.errors import UsageError
from dbwright.frontends.agent.jsonc import JsonError, Member, Node, parse
from dbwright.frontends.agent.marks import LEFT, Made

MARK = "DBWRIGHT_INSTALL"
"""A variable in the entry's own `env`: it says what was written around the entry."""


@dataclass(frozen=True, slots=True)
class JsonEntry:
    """The entry `name` in the object `group` of a file; `value` is what stands there."""

    group: str
    name: str
    value: dict[str, Any]

    def installed(self, text: str | None, made: Made, where: str) -> str:
        """Gives the file with the entry; everything else stays as it is."""
        if text is None:
            return self._put("{}\n", made.with_file(), where)
        root = _root(text, where)
        entry = _entry(root, self.group, self.name, where)
        if entry is not None:
            made = _mark(entry, where).made
            before, _ = self.removed(text, where)
            return self._put(before if before is not None else "{}\n", made, where)
        return self._put(text, made, where)

    def removed(self, text: str, where: str) -> tuple[str | None, Made]:
        """Gives the file without the entry, None where nothing is left of a file that was made."""
        root = _root(text, where)
        entry = _entry(root, self.group, self.name, where)
        if entry is None:
            return text, Made()
        mark = _mark(entry, where)
        group = root.member(self.group)
        assert group is not None
        alone = mark.made.group and len(group.value.members or ()) == 1
        outer, member = (root, group) if alone else (group.value, entry)
        found = _without(text, outer, member, mark)
        wanted = {**root.plain}
        wanted[self.group] = {k: v for k, v in wanted[self.group].items() if k != self.name}
        if alone:
            del wanted[self.group]
        after = _root(found, where).plain
        if after != wanted:
            raise UsageError(f"the entry cannot be taken out of {where}; {LEFT}",
                             way_out=f"Take {self.name} out of {self.group} by hand.")  # fmt: skip
        return (None if mark.made.file and after == {} else found), mark.made

    def _put(self, text: str, made: Made, where: str) -> str:
        root = _root(text, where)
        group = root.member(self.group)
        eol = "\r\n" if "\r\n" in text else "\n"
        indent = _indent(text, root)
        if group is not None and group.value.members is None:
            raise UsageError(f"{self.group} in {where} is no object; {LEFT}",
                             way_out="Make it one: {} will do.")  # fmt: skip
        holder = root if group is None else group.value
        outside = "" if group is None else indent
        inside = outside + indent
        tail = "," if holder.members else eol + outside
        made = made if group is not None else made.with_group()
        head = eol + inside
        mark = f"head={len(head)} tail={len(tail)} {made.words()}".strip()
        value = {**self.value, "env": {**self.value.get("env", {}), MARK: mark}}
        member = {self.name: value} if group is not None else {self.group: {self.name: value}}
        written = json.dumps(member, indent=indent, ensure_ascii=False)
        lines = written.splitlines()[1:-1]
        body = (eol + outside).join(lines)[len(indent) :]
        at = holder.start + 1
        return f"{text[:at]}{head}{body}{tail}{text[at:]}"


@dataclass(frozen=True, slots=True)
class _Mark:
    head: int
    tail: int
    made: Made


def _mark(entry: Member, where: str) -> _Mark:
    """What the entry says was written around it; one that says nothing is not ours."""
    env = entry.value.plain.get("env") if isinstance(entry.value.plain, dict) else None
    words = str(env.get(MARK, "")).split() if isinstance(env, dict) else []
    numbers = dict(word.split("=", 1) for word in words if "=" in word)
    head, tail = numbers.get("head", ""), numbers.get("tail", "")
    if not head.isdecimal() or not tail.isdecimal():
        raise UsageError(
            f"{where} has a server {entry.key} that is not dbwright's; {LEFT}",
            way_out="Rename it, or take it out when nothing of yours is in it.",
        )
    return _Mark(int(head), int(tail), Made.read(words))


def _without(text: str, outer: Node, member: Member, mark: _Mark) -> str:
    """The text without a member: exactly what was put in, or where it was moved, its best."""
    start, end = member.at - mark.head, member.value.end + mark.tail
    tail = text[member.value.end : end]
    as_put = (
        start == outer.start + 1
        and text[start : member.at].isspace()
        and (tail == "," or (tail.isspace() and len(outer.members or ()) == 1))
    )
    if as_put:
        return text[:start] + text[end:]
    members = outer.members or []
    place = next(n for n, each in enumerate(members) if each.at == member.at)
    if place + 1 < len(members):
        return text[: member.at] + text[members[place + 1].at :]
    if place:
        return text[: members[place - 1].value.end] + text[member.value.end :]
    return text[: outer.start + 1] + text[outer.end - 1 :]


def _root(text: str, where: str) -> Node:
    try:
        found = parse(text)
    except JsonError as error:
        raise UsageError(
            f"it is no JSON: {error}; nothing was written",
            file=where,
            line=error.line,
            way_out="Mend it, then run this again.",
        ) from error
    if found.members is None:
        raise UsageError(f"{where} holds no JSON object; nothing was written",
                         way_out="Make it one: {} will do.")  # fmt: skip
    return found


def _entry(root: Node, group: str, name: str, where: str) -> Member | None:
    found = root.member(group)
    return found.value.member(name) if found is not None else None


def _indent(text: str, root: Node) -> str:
    """How far a file's members are indented; two spaces where it does not say."""
    if root.members:
        before = text[root.start + 1 : root.members[0].at]
        space = before.rpartition("\n")[2]
        if "\n" in before and space and space.strip(" \t") == "":
            return space
    return "  "
