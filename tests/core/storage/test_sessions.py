"""Sessions in a database: who may do what, votes that count once, and what a kill or a sweep leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.job import Job, Problem
from core.domain.names import BlobId, CardId, CommunityId, PersonId, Place, Platform
from core.domain.session import Entry, Room, Session, SessionId, SessionState, Subject, Vote
from core.errors import NotFoundError, SessionError
from core.storage.blobs import BlobStore
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.sessions import SessionStore
from tests.core.storage.making import (
    MASK,
    NO_LIMITS,
    PICTURE,
    RESULT,
    FakeClock,
    Jobs,
    outcome,
    store_blob_rows,
)

ANN, BEA, CYD = PersonId("web:ann"), PersonId("discord:2"), PersonId("telegram:3")
CODE = SessionId("s0000001")
THREAD = Place(platform=Platform.DISCORD, conversation="77")
HOUR = 3600.0


def a_session(clock: FakeClock, **changes: object) -> Session:
    subject = Subject(owner=ANN, name="Mira", picture=PICTURE, width=64, height=80, mask=MASK, strength=Decimal("0.45"))
    session = Session(
        id=CODE,
        host=ANN,
        host_name="ann",
        subject=subject,
        created_at=clock.now(),
        ends_at=clock.now() + HOUR,
        theme="winter",
        budget=2,
        link="a-link",
    )
    return replace(session, **changes)  # type: ignore[arg-type]  # fields by name


class Table:
    """A session with its jobs beside it."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.sessions = SessionStore(database, clock)
        self.jobs = JobStore(database, clock)
        self.clock = clock
        self.new = Jobs()

    async def idea(self, author: PersonId = ANN, *, made: bool = True) -> Entry:
        job = self.new(author)
        entry = await self.sessions.reserve(self.blank(job, author))
        await self.jobs.submit([job], NO_LIMITS)
        if made:
            lease = await self.jobs.lease("w", 60, 99)
            assert lease
            await self.jobs.finish(lease, outcome())
        return entry

    def blank(self, job: Job, author: PersonId) -> Entry:
        return Entry(
            id=job.card,
            session=CODE,
            number=0,
            author=author,
            author_name=author,
            words="red coat",
            created_at=self.clock.now(),
        )

    async def refused(self, work: Awaitable[object]) -> str:
        with pytest.raises(SessionError) as refusal:
            await work
        assert refusal.value.sentence
        return refusal.value.reason


@pytest.fixture
async def table(database: Database, clock: FakeClock) -> Table:
    await store_blob_rows(database)
    table = Table(database, clock)
    await table.sessions.open(a_session(clock), Room(session=CODE, place=THREAD))
    for person in (BEA, CYD):
        await table.sessions.join(CODE, person, person)
    return table


async def test_a_session_comes_back_as_it_was_opened(table: Table, clock: FakeClock) -> None:
    session = a_session(clock)
    assert await table.sessions.get(CODE) == session
    assert await table.sessions.by_link("a-link") == session
    assert await table.sessions.held_in(THREAD) == session
    assert await table.sessions.newest_of(BEA) == session
    assert await table.sessions.going() == [session]
    assert [one.place for one in await table.sessions.rooms_on(Platform.DISCORD)] == [THREAD]
    assert await table.refused(table.sessions.get(SessionId("nothing"))) == "unknown"
    lost = replace(session.subject, picture=BlobId("e" * 64))  # deleted meanwhile
    with pytest.raises(NotFoundError):
        await table.sessions.open(replace(session, id=SessionId("other"), link=None, subject=lost), None)


async def test_a_chat_holds_one_session_at_a_time(table: Table, clock: FakeClock) -> None:
    second = a_session(clock, id=SessionId("s0000002"), link=None)
    room = Room(session=second.id, place=THREAD)
    assert await table.refused(table.sessions.open(second, room)) == "here-already"
    await table.sessions.end(CODE, clock.now())
    await table.sessions.open(second, room)
    held = await table.sessions.held_in(THREAD)
    assert held
    assert held.id in {CODE, second.id}
    assert [one.id for one in await table.sessions.going()] == [second.id]


async def test_ideas_are_numbered_and_within_the_budget(table: Table) -> None:
    first, second = await table.idea(BEA), await table.idea(BEA, made=False)
    assert (first.number, second.number) == (1, 2)
    assert await table.refused(table.idea(BEA)) == "budget"
    assert (await table.idea(CYD, made=False)).number == 3
    entries = await table.sessions.entries(CODE)
    assert [(one.number, one.picture, one.author) for one in entries] == [
        (1, RESULT, BEA),
        (2, None, BEA),
        (3, None, CYD),
    ]


async def test_what_fails_costs_no_idea_and_a_number_is_never_given_twice(table: Table) -> None:
    await table.idea(BEA, made=False)
    lease = await table.jobs.lease("w", 60, 9)
    assert lease
    await table.jobs.fail(lease, Problem(key="engine.failed"))
    assert [one.is_lost for one in await table.sessions.entries(CODE)] == [True]
    await table.idea(BEA)
    third = await table.idea(BEA)
    await table.sessions.drop(third.id)
    assert (await table.idea(BEA)).number == 4


async def test_ideas_at_once_do_not_break_the_budget(table: Table) -> None:
    answers = await asyncio.gather(*(table.idea(CYD, made=False) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, SessionError) for one in answers) == 4
    assert len(await table.sessions.entries(CODE)) == 2


async def test_a_vote_counts_once_however_often_and_at_once_it_comes(table: Table) -> None:
    entry = await table.idea(BEA)
    answers = await asyncio.gather(*(table.sessions.vote(entry.id, CYD) for _ in range(8)))
    assert sorted(one.value for one in answers) == ["already"] * 7 + ["counted"]
    assert [one.votes for one in await table.sessions.entries(CODE)] == [1]
    assert await table.sessions.voted(CODE, CYD) == {entry.id}


async def test_a_vote_can_be_taken_back_until_the_end(table: Table, clock: FakeClock) -> None:
    entry = await table.idea(BEA)
    await table.sessions.vote(entry.id, CYD)
    assert await table.sessions.take_back(entry.id, CYD) is Vote.TAKEN_BACK
    assert await table.sessions.take_back(entry.id, CYD) is Vote.NONE
    assert await table.sessions.vote(entry.id, CYD) is Vote.COUNTED
    clock.time += HOUR
    assert await table.refused(table.sessions.take_back(entry.id, CYD)) == "ended"
    assert (await table.sessions.entry(entry.id)).votes == 1


async def test_each_vote_that_does_not_count_has_its_own_reason(table: Table, clock: FakeClock) -> None:
    entry, unmade = await table.idea(BEA), await table.idea(BEA, made=False)
    vote = table.sessions.vote
    assert await table.refused(vote(entry.id, BEA)) == "own"
    assert await table.refused(vote(unmade.id, CYD)) == "not-made"
    assert await table.refused(vote(entry.id, PersonId("web:out"))) == "outsider"
    assert await table.refused(vote(CardId("nothing"), CYD)) == "no-entry"
    await table.sessions.change(CODE, state=SessionState.PAUSED)
    assert await table.refused(vote(entry.id, CYD)) == "paused"
    await table.sessions.change(CODE, state=SessionState.OPEN)
    clock.time += HOUR  # nobody has noticed yet
    assert await table.refused(vote(entry.id, CYD)) == "ended"
    assert (await table.sessions.entry(entry.id)).votes == 0


async def test_who_votes_in_the_sessions_own_room_joins_by_that(table: Table) -> None:
    entry, newcomer = await table.idea(BEA), PersonId("discord:9")
    assert await table.sessions.vote(entry.id, newcomer, joins_as="Nia") is Vote.COUNTED
    assert "Nia" in [one.name for one in await table.sessions.members(CODE)]


async def test_somebody_sent_away_takes_their_variations_and_votes_along(table: Table) -> None:
    theirs, other = await table.idea(CYD), await table.idea(BEA)
    await table.sessions.vote(theirs.id, BEA)
    await table.sessions.vote(other.id, CYD)
    await table.sessions.send_away(CODE, CYD)
    assert [(one.number, one.votes) for one in await table.sessions.entries(CODE)] == [(other.number, 0)]
    assert await table.refused(table.sessions.vote(other.id, CYD, joins_as="again")) == "sent-away"
    assert await table.refused(table.sessions.join(CODE, CYD, "again")) == "sent-away"
    assert await table.refused(table.idea(CYD)) == "sent-away"
    assert await table.refused(table.sessions.send_away(CODE, PersonId("web:x"))) == "no-person"


async def test_nothing_is_taken_after_the_end_and_of_several_ends_one_ends_it(table: Table, clock: FakeClock) -> None:
    ended = await asyncio.gather(*(table.sessions.end(CODE, clock.now()) for _ in range(5)))
    assert sorted(ended) == [False] * 4 + [True]
    assert await table.refused(table.idea(BEA)) == "ended"
    assert await table.refused(table.sessions.change(CODE, state=SessionState.PAUSED)) == "ended"
    assert [one.session for one in await table.sessions.rooms_on(Platform.DISCORD)] == [CODE]  # its winners are due
    await table.sessions.mark_room(Room(session=CODE, place=THREAD), result="99")
    assert await table.sessions.rooms_on(Platform.DISCORD) == []


async def test_an_idea_whose_job_a_kill_prevented_is_forgotten(table: Table) -> None:
    made, waiting = await table.idea(BEA), await table.idea(BEA, made=False)
    await table.sessions.reserve(table.blank(table.new(CYD), CYD))
    await table.sessions.drop_unmade()
    assert [one.id for one in await table.sessions.entries(CODE)] == [made.id, waiting.id]


async def test_a_gallery_keeps_its_pictures_when_jobs_are_forgotten(table: Table, blobs: BlobStore) -> None:
    entry = await table.idea(BEA)
    await table.sessions.vote(entry.id, CYD)
    await table.sessions.settle()
    table.clock.time += 90 * 86_400
    await table.jobs.expire(table.clock.now())
    await blobs.delete_unused(table.clock.now())
    assert [(one.picture, one.votes) for one in await table.sessions.entries(CODE)] == [(RESULT, 1)]
    assert [await blobs.delete(one) for one in (PICTURE, MASK, RESULT)] == [False, False, False]


async def test_a_picture_that_its_author_deletes_leaves_the_session(table: Table) -> None:
    entry = await table.idea(BEA)
    await table.sessions.vote(entry.id, CYD)
    await table.jobs.delete(entry.id)
    assert await table.sessions.entries(CODE) == []


async def test_three_hundred_votes_while_twenty_variations_are_made_count_once_each(
    table: Table, clock: FakeClock
) -> None:
    await table.sessions.change(CODE, budget=20)
    entries = [await table.idea(BEA) for _ in range(3)]
    voters = [PersonId(f"telegram:{number}") for number in range(100, 200)]

    async def make() -> None:
        for _ in range(17):
            await table.idea(BEA)

    votes = [table.sessions.vote(entry.id, voter, joins_as="x") for voter in voters for entry in entries]
    again = [table.sessions.vote(entries[0].id, voter, joins_as="x") for voter in voters[:50]]
    await asyncio.gather(make(), *votes, *again)
    counted = await table.sessions.entries(CODE)
    assert [one.votes for one in counted] == [100] * 3 + [0] * 17


async def test_a_session_goes_along_with_a_chat_that_has_another_name(table: Table, clock: FakeClock) -> None:
    old, new = (Place(platform=Platform.TELEGRAM, conversation=name) for name in ("-5", "-1005"))
    before, after = CommunityId("telegram:-5"), CommunityId("telegram:-1005")
    await table.sessions.add_room(Room(session=CODE, place=old, community=before, message="7", gone=True))
    assert await table.sessions.move(old, new, before, after) == [CODE]
    [room] = await table.sessions.rooms_on(Platform.TELEGRAM)
    assert room == Room(session=CODE, place=new, community=after)  # its header stayed behind
    await table.sessions.mark_room(room, message="8")
    assert await table.sessions.move(old, new, before, after) == []  # told twice
    assert await table.sessions.rooms_on(Platform.TELEGRAM) == [replace(room, message="8")]
    assert [one.place for one in await table.sessions.rooms_on(Platform.DISCORD)] == [THREAD]


async def test_a_place_that_takes_us_back_shows_its_sessions_again(table: Table) -> None:
    garden = CommunityId("telegram:-5")
    places = [Place(platform=Platform.TELEGRAM, conversation=name) for name in ("-5", "-5/3")]
    for place in places:
        await table.sessions.add_room(Room(session=CODE, place=place, community=garden, gone=True))
    assert await table.sessions.rooms_on(Platform.TELEGRAM) == []
    assert await table.sessions.return_to(CommunityId("telegram:-6")) == []
    assert await table.sessions.return_to(garden) == [CODE, CODE]
    assert {one.place for one in await table.sessions.rooms_on(Platform.TELEGRAM)} == set(places)
