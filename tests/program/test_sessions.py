"""Votes through a kill: whoever was told that their vote counts is counted, and nobody twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.program.running import Program
from tests.program.voting import all_vote, counted, hold, joined

pytestmark = pytest.mark.long


@pytest.mark.timeout(300)
async def test_votes_are_exact_when_the_program_is_killed_while_people_vote(tmp_path: Path) -> None:
    people = 24
    held = await hold(tmp_path / "data", 2)
    first, second = held.entries
    program = Program(tmp_path / "data", {})
    await asyncio.to_thread(program.start)
    voters = await joined(program.address, held, people)
    told_before = await all_vote(voters, first)
    voting = asyncio.create_task(all_vote(voters, second))
    await voters[0].vote(second)  # so that the kill comes amid the votes
    program.kill()
    told = await voting
    for voter in voters:
        await voter.close()
    votes = await counted(tmp_path / "data", held)
    assert (told_before, votes[first]) == (people, people)
    assert told <= votes[second] <= people
