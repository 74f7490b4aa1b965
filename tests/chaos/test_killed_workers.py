"""kill -9 at random moments: nothing is lost, and what comes twice says so."""

from __future__ import annotations

import pytest

from tests.chaos.arena import play


@pytest.mark.parametrize(("engine", "workers", "kills"), [("postgres", 3, 6), ("sqlite", 1, 4)])
def test_killed_workers_lose_nothing_and_repeat_nothing_without_saying_so(
    engine: str, workers: int, kills: int, request: pytest.FixtureRequest, tmp_path: object
) -> None:
    url = f"sqlite:///{tmp_path}/chaos.db"
    if engine == "postgres":
        url = str(request.getfixturevalue("empty_postgres_url"))
    score = play(url, seminars=150, kills=kills, workers=workers)
    assert score.kills_midway
    assert score.still_planned == 0
    assert score.delivered == score.expected
    assert score.unlabelled == 0
