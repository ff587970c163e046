"""What EXPLAIN's text says of the statement as a whole, after its tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from dbwright.dialects.postgresql.plan_text_details import buffers, times

Values = dict[str, Any]
_TIME = re.compile(r"^(?P<key>Planning [Tt]ime|Execution [Tt]ime|Total runtime): (?P<ms>[\d.]+) ms")
_TRIGGER = re.compile(
    r"^Trigger(?: for constraint (?P<constraint>.+?)|(?: (?P<name>.+?)))?"
    r"(?: on (?P<relation>\S.*?))?: (?:time=(?P<time>[\d.]+) )?calls=(?P<calls>[\d.]+)$"
)
_SETTING = re.compile(r"([\w.]+) = '((?:[^']|'')*)'")
_SERIALIZED = re.compile(r"^Serialization: (?:time=(?P<time>[\d.]+) ms  )?output=(?P<kb>\d+)kB")
_MEMORY = re.compile(r"^Memory: used=(?P<used>\d+)kB  allocated=(?P<allocated>\d+)kB")
_JIT_TIME = re.compile(r"(\w+) ([\d.]+) ms")
_OPTION = re.compile(r"(\w+) (true|false)")
_QUERY_ID = re.compile(r"^Query Identifier: (-?\d+)")


@dataclass
class Statement:
    """Takes the lines that are of the statement, whose sections go on in further lines."""

    found: Values = field(default_factory=dict)
    triggers: list[Values] = field(default_factory=list)
    section: str = ""
    last: bool = False
    """Whether the last line was of the statement."""

    def data(self) -> Values:
        """Gives what was taken, under the names of EXPLAIN's JSON."""
        return self.found | ({"Triggers": self.triggers} if self.triggers else {})

    def leave(self) -> None:
        """Ends a section: a node follows."""
        self.section, self.last = "", False

    def takes(self, text: str) -> bool:
        """Whether the line was of the statement; it is kept then."""
        takers = (self._time, self._trigger, self._begins, self._others)
        inside = bool(self.section) and self._inside(text)
        self.last = inside or any(take(text) for take in takers)
        return self.last

    def _time(self, text: str) -> bool:
        time = _TIME.match(text)
        if time:
            planning = time["key"].startswith("Planning")
            key = "Planning Time" if planning else "Execution Time"
            self.found[key], self.section = float(time["ms"]), ""
        return bool(time)

    def _trigger(self, text: str) -> bool:
        trigger = _TRIGGER.match(text)
        if trigger:
            self.section = ""
            names = {"Trigger Name": "name", "Constraint Name": "constraint"}
            names["Relation"] = "relation"
            found: Values = {key: trigger[name] for key, name in names.items() if trigger[name]}
            if trigger["time"] is not None:
                found["Time"] = float(trigger["time"])
            self.triggers.append(found | {"Calls": int(float(trigger["calls"]))})
        return bool(trigger)

    def _begins(self, text: str) -> bool:
        if text == "Planning:":
            self.section = "Planning"
            self.found.setdefault("Planning", {})
        elif text == "JIT:":
            self.section = "JIT"
            self.found["JIT"] = {}
        elif text.startswith("JIT for worker"):
            self.section = "JIT of a worker"
        elif serialized := _SERIALIZED.match(text):
            self.section = "Serialization"
            self.found["Serialization"] = {"Output Volume": int(serialized["kb"])}
            if serialized["time"]:
                self.found["Serialization"]["Time"] = float(serialized["time"])
        else:
            return False
        return True

    def _inside(self, text: str) -> bool:
        key, _, value = text.partition(": ")
        if self.section in ("Planning", "Serialization"):
            return self._resources(self.found[self.section], text, key, value)
        into = self.found["JIT"] if self.section == "JIT" else {}
        if key == "Functions" and value.isdigit():
            into["Functions"] = int(value)
        elif key == "Options" and _OPTION.search(value):
            into["Options"] = {name: word == "true" for name, word in _OPTION.findall(value)}
        elif key == "Timing" and _JIT_TIME.search(value):
            into["Timing"] = {name: float(ms) for name, ms in _JIT_TIME.findall(value)}
        else:
            return False
        return True

    def _resources(self, into: Values, text: str, key: str, value: str) -> bool:
        if key == "Buffers":
            buffers(into, value)
        elif key == "I/O Timings":
            times(into, value)
        elif memory := _MEMORY.match(text):
            into["Memory Used"] = int(memory["used"])
            into["Memory Allocated"] = int(memory["allocated"])
        else:
            return False
        return True

    def _others(self, text: str) -> bool:
        if text.startswith("Settings: "):
            found = _SETTING.findall(text)
            self.found["Settings"] = {name: value.replace("''", "'") for name, value in found}
        elif identifier := _QUERY_ID.match(text):
            self.found["Query Identifier"] = int(identifier[1])
        elif text.startswith("Query Parameters: "):
            self.found["Query Parameters"] = text.partition(": ")[2]
        else:
            return False
        self.section = ""
        return True
