"""Progress on stderr."""

from __future__ import annotations

import pytest

from dbwright.frontends.cli.output import Progress


def test_how_far_it_is_is_told_seldom_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Each step once, its progress not again within seconds; nothing where all is quick."""
    progress = Progress()
    progress("reading a: 1%")
    progress.started -= 2
    for share in range(5):
        progress(f"reading a: {share}%")
    progress("asking for plans")
    progress.told = (progress.told[0], progress.told[1] - 60)
    progress("asking for plans")
    assert capsys.readouterr().err.splitlines() == [
        "reading a: 0%",
        "asking for plans",
        "asking for plans",
    ]
