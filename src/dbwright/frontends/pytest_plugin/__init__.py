"""The pytest plugin.

`pytest --dbwright-migrations` runs the project's migrations as tests, `--dbwright-queries` watches
the statements of each test, `--dbwright-record FILE` records them. Nothing of dbwright is imported
until an option is given.
"""

from __future__ import annotations

import pytest

NAME = "dbwright-migrations"
MARK = (
    "dbwright_budget(statements): with --dbwright-queries the test fails when it sends more "
    "statements."
)
MODES = {
    "dbwright_queries": ("warn", "strict", "prove"),
    "dbwright_fix": ("diff", "write"),
    "dbwright_write_budgets": ("diff", "write"),
}
"""The options that may have a value behind `=`; without one the first is meant."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("dbwright")
    group.addoption(
        f"--{NAME}",
        action="store_true",
        help="Test the project's Alembic migrations: each revision that can still be changed goes "
        "up, down and up on a scratch database with rows; heads and drift as well.",
    )
    group.addoption(
        "--dbwright-range",
        metavar="RANGE",
        help="Test these revisions instead, as `alembic history -r` writes them: base:head.",
    )
    group.addoption(
        "--dbwright-record",
        metavar="FILE",
        help="Record the statements that the tests send through SQLAlchemy, with their values, for "
        "`dbwright queries tune --workload FILE`.",
    )
    group.addoption(
        "--dbwright-record-bare",
        action="store_true",
        help="Record them without values and constants.",
    )
    _add_queries(parser, group)
    _add_settings(parser)


def _add_queries(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    def with_mode(name: str, text: str) -> None:
        modes = MODES[name.replace("-", "_")]
        group.addoption(f"--{name}", nargs="?", const=modes[0], metavar="|".join(modes), help=text)

    with_mode(
        "dbwright-queries",
        "Watch what each test sends through SQLAlchemy and say at the end what loads object by "
        "object or again and again; =strict fails the test that shows it, =prove runs it again "
        "with the loader option.",
    )
    group.addoption(
        "--dbwright-queries-kinds",
        metavar="sure|all|RULE,…",
        type=lambda given: given.split(","),
        help="Which findings are told: `sure` (the default) those that a test shows as surely as "
        "the program at work, what loads object by object and errors; or all; or these rules.",
    )
    with_mode(
        "dbwright-fix",
        "Show the loader options as a diff at their queries, tried by running a test again; "
        "=write writes them.",
    )
    with_mode(
        "dbwright-write-budgets",
        "Show a mark dbwright_budget for each test with the statements that it sends; =write "
        "writes them.",
    )
    group.addoption(
        "--dbwright-write-baseline",
        action="store_true",
        help="Accept what the tests show today; later runs tell what is new.",
    )
    group.addoption(
        "--dbwright-report",
        action="append",
        default=[],
        metavar="FORMAT:PATH",
        help="Write the findings to a file: json, sarif, github, markdown, html, text.",
    )


def _add_settings(parser: pytest.Parser) -> None:
    parser.addini("dbwright_budget", "The most statements that a test without a mark may send.")
    parser.addini(
        "dbwright_queries_baseline",
        "The file of accepted findings, dbwright-queries-baseline.json if not set.",
    )
    parser.addini(
        "dbwright_queries_kinds",
        "Which findings are told, as --dbwright-queries-kinds: sure, all, or names of rules.",
        type="args",
        default=[],
    )
    parser.addini(
        "dbwright_queries_ignore",
        "Patterns of files whose lines are not told; those of the tests if not set.",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers what is asked for."""
    config.addinivalue_line("markers", MARK)
    if config.getoption("dbwright_record"):
        from dbwright.frontends.pytest_plugin.recording import Recording

        config.pluginmanager.register(Recording(config), "dbwright-recording")
    if config.getoption(NAME.replace("-", "_")):
        from dbwright.frontends.pytest_plugin.migrations import Plugin

        config.pluginmanager.register(Plugin(config), "dbwright-migrations-tests")
    for name, modes in MODES.items():
        _settle(config, name, modes)
    asked = [*MODES, "dbwright_write_baseline", "dbwright_report"]
    if any(config.getoption(name) for name in asked):
        from dbwright.frontends.pytest_plugin.queries import Queries

        config.pluginmanager.register(Queries(config), "dbwright-queries-tests")


def _settle(config: pytest.Config, name: str, modes: tuple[str, ...]) -> None:
    """Takes a path behind an option without `=` for what it is: the tests to run."""
    given = config.getoption(name)
    if given is None or given in modes:
        return
    if not config.invocation_params.dir.joinpath(given.partition("::")[0]).exists():
        option = name.replace("_", "-")
        raise pytest.UsageError(f"--{option}={given}: it is one of {', '.join(modes)}")
    setattr(config.option, name, modes[0])
    arguments = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    config.args = [given, *arguments]
    config.args_source = pytest.Config.ArgsSource.ARGS
