"""`dbwright install` in files of others: what was there stays, byte for byte."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.core.errors import UsageError
from dbwright.frontends.agent import installing
from dbwright.frontends.agent.blocks import Block
from dbwright.frontends.agent.json_entry import JsonEntry
from dbwright.frontends.agent.jsonc import JsonError, parse
from dbwright.frontends.agent.marks import Made
from dbwright.frontends.agent.pieces import clients, pieces

from .conftest import Run
from .test_install import tree

COMMAND = ["uvx", "dbwright[mcp]", "mcp"]
NAMES = st.text(st.sampled_from('ab"\\é\u202e /*'), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
SPACES = st.sampled_from(["", " ", "\n", "\n  ", "\t", " // a { comment\n", "/* , } */ "])
SERVERS = st.dictionaries(NAMES, VALUES, max_size=3)


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A JSON object with servers or without, spaces and comments anywhere, and its line ends."""

    def written(value: Any) -> str:
        before, behind = draw(SPACES), draw(SPACES)
        if isinstance(value, dict):
            parts = [f"{draw(SPACES)}{json.dumps(k)}{draw(SPACES)}:{written(v)}"
                     for k, v in value.items()]  # fmt: skip
            comma = draw(st.sampled_from(["", ","])) if parts else ""
            return f"{before}{{{','.join(parts)}{comma}{draw(SPACES)}}}{behind}"
        if isinstance(value, list):
            return f"{before}[{','.join(map(written, value))}{draw(SPACES)}]{behind}"
        return f"{before}{json.dumps(value, ensure_ascii=draw(st.booleans()))}{behind}"

    data = draw(st.dictionaries(NAMES.filter(lambda n: n != "mcpServers"), VALUES, max_size=3))
    if draw(st.booleans()):
        data["mcpServers"] = draw(SERVERS)
    text = (
        written(data) if draw(st.booleans()) else json.dumps(data, indent=draw(st.integers(0, 4)))
    )
    text += draw(st.sampled_from(["", "\n", "\n\n"]))
    text = text.replace("\n", "\r\n") if draw(st.booleans()) else text
    return draw(st.sampled_from(["", "\ufeff"])) + text


ENTRY = JsonEntry("mcpServers", "dbwright", {"command": "dbwright", "args": ["mcp"]})


@given(commented())
@settings(max_examples=150)
def test_entry_in_json_goes_as_it_came(text: str) -> None:
    before = parse(text).plain
    found = ENTRY.installed(text, Made(), "x.json")
    after = parse(found).plain
    assert after["mcpServers"].pop("dbwright")["args"] == ["mcp"]
    assert after == {**before, "mcpServers": before.get("mcpServers", {})}
    assert ENTRY.installed(found, Made(), "x.json") == found, "twice is once"
    assert ENTRY.removed(found, "x.json")[0] == text


TEXTS = st.text(st.sampled_from("ab#-<!>é \n\r\ufeff\udc80"), max_size=60)


@given(TEXTS)
@settings(max_examples=200)
def test_block_in_markdown_goes_as_it_came(text: str) -> None:
    block = Block("markdown", "## Databases\n\nsay it\n", "cursor")
    found = block.installed(text, Made(), "AGENTS.md")
    assert found.startswith(text)
    assert block.installed(found, Made(), "AGENTS.md") == found
    assert block.removed(found, "AGENTS.md")[0] == text
    more = found + "more of mine\n"
    assert block.removed(more, "AGENTS.md")[0] == text + "more of mine\n"


def test_entry_of_vs_code_has_the_keys_that_its_schema_takes() -> None:
    """VS Code's own `mcpStdioServerSchema` (mcpConfiguration.ts) takes no other, and marks the
    file; Cursor publishes none, and its page lists the same but for `cwd` and `dev`."""
    keys = {"type": str, "command": str, "args": list, "envFile": str, "env": dict}
    for client, top in (("vscode", "servers"), ("cursor", "mcpServers")):
        (entry,) = [p.content for p in pieces(client, COMMAND, user=False) if "mcp.json" in p.name]
        found = parse(entry.installed(None, Made(), "mcp.json")).plain
        assert list(found) == [top]
        (server,) = found[top].values()
        assert server["type"] == "stdio"
        assert {name: type(value) for name, value in server.items()}.items() <= keys.items()
        assert all(isinstance(text, str) for text in [*server["args"], *server["env"].values()])


KEYS = st.sampled_from(["model = 'x'  # mine", "[mcp_servers.other]", "# a comment", "", "[a.b]"])


@given(
    st.lists(KEYS, max_size=5, unique=True), st.sampled_from(["\n", "\r\n"]), st.booleans(),
    st.sampled_from(["", "\ufeff"]),
)  # fmt: skip
@settings(max_examples=150)
def test_block_in_toml_goes_as_it_came(lines: list[str], eol: str, ended: bool, mark: str) -> None:
    text = mark + eol.join(lines) + (eol if ended else "")
    [config, _] = [piece.content for piece in pieces("codex", COMMAND, user=False)]
    found = config.installed(text, Made(), "config.toml")
    data = tomllib.loads(found.removeprefix("\ufeff").replace("\r\n", "\n"))
    assert data["mcp_servers"]["dbwright"]["command"] == "uvx"
    assert config.installed(found, Made(), "config.toml") == found
    assert config.removed(found, "config.toml")[0] == text


@pytest.mark.parametrize("client", clients())
def test_every_client_is_installed_twice_and_taken_away(
    client: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".cursor").mkdir()
    (tmp_path / "AGENTS.md").write_bytes(b"\xef\xbb\xbf# mine\r\nwithout an end")
    before = tree(tmp_path)
    call = ("install", "--client", client)
    shown = run(*call, "--dry-run")
    assert tree(tmp_path) == before
    assert "+++ b/" in shown.stdout
    assert run(*call).returncode == 0
    installed = tree(tmp_path)
    assert installed != before
    assert "Nothing to do" in run(*call).stdout
    assert tree(tmp_path) == installed
    assert run(*call, "--uninstall").returncode == 0
    assert tree(tmp_path) == before


def test_clients_side_by_side_leave_in_any_order(run: Run, tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").write_text("# mine")
    before = tree(tmp_path)
    for client in clients():
        assert run("install", "--client", client).returncode == 0
    for left, client in enumerate(clients()):
        shared = (tmp_path / "AGENTS.md").read_text()
        assert ("Databases" in shared) == (left < 3), "codex and cursor share it"
        assert run("install", "--client", client, "--uninstall").returncode == 0
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', 3),
        ("", 1),
        ('{"a": tru}', 1),
        ('{\n"a": 1,\n"a": 2}', 3),
        ('{"a": "x\ny"}', 1),
        ("{}\n[]", 2),
        ("[" * 200, 1),
    ],
)
def test_broken_json_is_told_with_its_line_and_nothing_is_written(
    text: str, line: int, run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".mcp.json").write_text(text)
    before = tree(tmp_path)
    done = run("install", "--client", "claude")
    assert done.returncode == 2
    assert f".mcp.json:{line}: it is no JSON" in done.stderr
    assert tree(tmp_path) == before, "no other file was written either"
    with pytest.raises(JsonError):
        parse(text)


@pytest.mark.parametrize(
    ("client", "name", "text", "said"),
    [
        ("claude", ".mcp.json", '{"mcpServers": {"dbwright": {"command": "x"}}}', "not dbwright's"),
        ("claude", ".mcp.json", '{"mcpServers": []}', "is no object"),
        ("claude", ".mcp.json", "[]", "holds no JSON object"),
        ("codex", ".codex/config.toml", "a = = 1", "is no TOML"),
        ("codex", ".codex/config.toml", "[mcp_servers.dbwright]\n", "says the same twice"),
        ("cursor", "AGENTS.md", "<!-- dbwright: begin -->\n", "are broken"),
        ("cursor", "AGENTS.md", "x\0y", "is not in UTF-8"),
        ("vscode", ".github/agents/db-specialist.agent.md", "mine", "is not dbwright's"),
    ],
)
def test_what_cannot_be_written_into_stays(
    client: str, name: str, text: str, said: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    before = tree(tmp_path)
    done = run("install", "--client", client)
    assert done.returncode == 2
    assert said in done.stderr
    assert tree(tmp_path) == before


def test_link_out_of_the_project_is_refused(run: Run, tmp_path: Path) -> None:
    project, other = tmp_path / "project", tmp_path / "other"
    for folder in (project, other):
        folder.mkdir()
    (project / ".cursor").symlink_to(other)
    (other / "mcp.json").write_text("{}")
    before = tree(tmp_path)
    done = run("install", "--client", "cursor", "--project", str(project))
    assert done.returncode == 2
    assert "leads out of" in done.stderr
    assert tree(tmp_path) == before


def test_entry_that_was_moved_by_a_formatter_is_taken_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / ".mcp.json"
    file.write_text('{"mcpServers": {"other": {"command": "x"}}}')
    run("install", "--client", "claude")
    data = json.loads(file.read_text())
    data["mcpServers"] = dict(reversed(data["mcpServers"].items()))
    file.write_text(json.dumps(data, indent=4))
    assert run("install", "--client", "claude", "--uninstall").returncode == 0
    assert json.loads(file.read_text()) == {"mcpServers": {"other": {"command": "x"}}}


def test_block_that_was_edited_is_refused(run: Run, tmp_path: Path) -> None:
    run("install", "--client", "cursor")
    file = tmp_path / "AGENTS.md"
    file.write_text(file.read_text().replace("Answer in this order", "Answer in rhyme"))
    before = tree(tmp_path)
    for more in ((), ("--uninstall",)):
        done = run("install", "--client", "cursor", *more)
        assert done.returncode == 2
        assert "was edited" in done.stderr
    assert tree(tmp_path) == before


def test_key_written_behind_the_block_in_toml_is_not_moved(run: Run, tmp_path: Path) -> None:
    run("install", "--client", "codex")
    file = tmp_path / ".codex" / "config.toml"
    file.write_text(file.read_text() + 'startup = "mine"\n')
    done = run("install", "--client", "codex", "--uninstall")
    assert done.returncode == 2
    assert "was written behind dbwright's block" in done.stderr


def test_failure_in_the_middle_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".mcp.json").write_text('{"mcpServers": {}}')
    before = tree(tmp_path)
    replace = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if target.name == "SKILL.md":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(UsageError, match="No space left on device; nothing was changed"):
        installing.install(tmp_path, pieces("claude", COMMAND, user=False))
    assert tree(tmp_path) == before


def test_rights_of_a_file_stay(run: Run, tmp_path: Path) -> None:
    file = tmp_path / ".mcp.json"
    file.write_text("{}")
    file.chmod(0o600)
    run("install", "--client", "claude")
    assert file.stat().st_mode & 0o777 == 0o600


def test_headers_are_what_the_clients_ask_for(run: Run, tmp_path: Path) -> None:
    for client in clients():
        assert run("install", "--client", client).returncode == 0
    for name in (".claude/agents/db-specialist.md", ".github/agents/db-specialist.agent.md"):
        text = (tmp_path / name).read_text()
        head = yaml.safe_load(text.split("---\n")[1])
        assert head["name"] == "db-specialist"
        assert "Examples of when to delegate" in head["description"]
        assert "mcp__plugin" not in text
        assert len(text) < 30_000
    entry = json.loads((tmp_path / ".vscode/mcp.json").read_text())["servers"]["dbwright"]
    assert entry["type"] == "stdio"
    assert entry["args"] == ["mcp"]
    for skill in (tmp_path / ".claude/skills").glob("*/SKILL.md"):
        head = yaml.safe_load(skill.read_text().split("---\n")[1])
        assert head["name"] == skill.parent.name
        assert 40 < len(head["description"]) < 1024
