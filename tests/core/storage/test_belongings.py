"""All that is held about a person: exported, erased, and moved when they become one with somebody else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from core.domain.character import Base, Character, Preset, Share, ShareMode
from core.domain.job import Job
from core.domain.likeness import Keep, Likeness
from core.domain.names import BlobId, CharacterId, JobId, PersonId
from core.domain.session import Entry, SessionId
from core.errors import NotFoundError, SessionError
from core.storage.belongings import JobRoom
from core.storage.blobs import BlobStore
from core.storage.character_belongings import CharacterBelongings
from core.storage.characters import CharacterStore
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.links import LinkStore, Newcomer
from core.storage.people import PeopleStore
from core.storage.retention import sweep
from core.storage.rooms import Kept
from core.storage.session_belongings import SessionBelongings
from core.storage.sessions import SessionStore
from tests.core.storage.making import NO_LIMITS, FakeClock, Jobs, outcome
from tests.core.storage.test_sessions import a_session

ANN, ANN_CHAT, BOB = PersonId("web:ann"), PersonId("discord:1"), PersonId("telegram:2")
DAY = 86_400.0


@dataclass(kw_only=True)
class House:
    """Every store that keeps something of people's, in one database."""

    database: Database
    blobs: BlobStore
    jobs: JobStore
    clock: FakeClock
    new: Jobs = field(default_factory=Jobs)

    def __post_init__(self) -> None:
        self.characters = CharacterStore(self.database)
        self.sessions = SessionStore(self.database, self.clock)
        self.people = PeopleStore(self.database)
        rooms = [JobRoom(self.database), CharacterBelongings(self.characters)]
        self.links = LinkStore(self.database, [self.people, *rooms, SessionBelongings(self.database, self.sessions)])

    async def blob(self, words: str) -> BlobId:
        return await self.blobs.put(words.encode(), "image/png")

    async def made(self, owner: PersonId, picture: BlobId, result: str, likeness: BlobId | None = None) -> Job:
        job = replace(self.new(owner), identity=owner)
        request = job.request.varied(picture=picture, likeness=Likeness(base=likeness) if likeness else None)
        await self.jobs.submit([replace(job, request=request)], NO_LIMITS)
        lease = await self.jobs.lease("w", 60.0, 99)
        assert lease
        await self.jobs.finish(lease, outcome(await self.blob(result)))
        return job

    async def character(self, owner: PersonId, name: str, picture: str, **changes: object) -> Character:
        base = Base(number=1, width=64, height=64, made_at=1.0, picture=await self.blob(picture))
        whole = Character(
            id=CharacterId(f"{owner}-{name}"),
            owner=owner,
            owner_name=owner.partition(":")[2],
            holder=owner,
            name=name,
            base=base,
            preset=Preset(prompt="a girl", seed=7),
        )
        return await self.characters.add(replace(whole, **changes), 50)  # type: ignore[arg-type]  # fields by name

    async def idea(self, author: PersonId, session: SessionId, result: str) -> Entry:
        job = await self.made(author, await self.blob("base of the session"), result)
        blank = Entry(
            id=job.card, session=session, number=0, author=author, author_name="x", words="a hat", created_at=1.0
        )
        return await self.sessions.reserve(blank)

    async def exported(self, person: PersonId) -> dict[str, Kept]:
        kept = [one for room in self.links.rooms async for one in room.export(person, self.links.identities(person))]
        assert len({one.name for one in kept}) == len(kept), "one file for each name"
        return {one.name: one for one in kept}

    async def erase(self, person: PersonId) -> None:
        await self.blobs.delete_all(await self.links.erase(person))

    async def there(self, *blobs: BlobId) -> list[bool]:
        return [await self.blobs.exists(blob) for blob in blobs]

    async def link(self, shows: PersonId, types: PersonId) -> None:
        code = shows.encode().hex().ljust(64, "0")
        await self.links.offer(Newcomer(identity=shows, name="x", at=1.0), code, 100.0)
        await self.links.join(code, Newcomer(identity=types, name="y", at=2.0))


@pytest.fixture
def house(database: Database, blobs: BlobStore, jobs: JobStore, clock: FakeClock) -> House:
    return House(database=database, blobs=blobs, jobs=jobs, clock=clock)


def names(characters: Sequence[Character]) -> list[str]:
    return [one.name for one in characters]


async def test_what_is_exported_is_all_of_it_and_names_no_blob(house: House) -> None:
    picture = await house.blob("picture")
    job = await house.made(ANN, picture, "result", likeness=picture)
    await house.made(BOB, picture, "another's")
    await house.people.prefer(ANN, style="ink")
    mira = await house.character(ANN, "Mira", "base")
    await house.characters.map_face(mira.id, 1, await house.blob("face"))
    await house.characters.keep(mira.id, Keep.BOTH, 0.6, 3.0)
    session = replace(a_session(house.clock), host=BOB, subject=replace(a_session(house.clock).subject, owner=BOB))
    base = await house.blob("base of the session")
    await house.sessions.open(replace(session, subject=replace(session.subject, picture=base, mask=None)), None)
    await house.sessions.join(session.id, ANN, "ann")
    await house.sessions.join(session.id, BOB, "bob")
    await house.idea(ANN, session.id, "a hat on her")
    await house.sessions.vote((await house.idea(BOB, session.id, "a hat on him")).id, ANN)
    files = await house.exported(ANN)
    pictures = [name for name in files if name.startswith("pictures/")]
    assert {"settings.json", "jobs.json", "characters.json", "sessions.json", f"pictures/result-{job.id}.png"} <= {
        *files
    }
    kept = {await house.blobs.get(one.blob) for one in files.values() if one.blob}
    assert kept == {b"picture", b"result", b"base", b"face", b"base of the session", b"a hat on her"}
    assert len(pictures) >= len(kept)
    characters = json.loads(files["characters.json"].text)
    assert (characters[0]["name"], characters[0]["keeps"], characters[0]["threshold"]) == ("Mira", "both", 0.6)
    held = json.loads(files["sessions.json"].text)
    assert [one["number"] for one in held["ideas"]] == [1]
    assert [one["number"] for one in held["votes"]] == [2]
    text = "".join(one.text for one in files.values())
    assert not [one.blob for one in files.values() if one.blob and one.blob in text]


async def test_what_is_erased_is_gone_with_its_pictures_unless_somebody_else_uses_them(house: House) -> None:
    shared, own = await house.blob("shared"), await house.blob("own")
    await house.made(ANN, own, "result")
    await house.made(ANN, shared, "another result")
    theirs = await house.made(BOB, shared, "bob's")
    await house.people.prefer(ANN, style="ink")
    mira = await house.character(ANN, "Mira", "base")
    share = Share(code="c", character=mira.id, mode=ShareMode.FOLLOW, place=None, created_at=1.0)
    await house.characters.share(share)
    await house.characters.follow(BOB, mira.id, "Mira", 50)
    await house.character(BOB, "Copy", "base")  # the same picture, in bob's own character
    gone = own, name_of("result"), name_of("another result")
    await house.erase(ANN)
    assert await house.there(*gone) == [False] * len(gone)
    assert await house.there(shared, name_of("base"), name_of("bob's")) == [True] * 3
    assert not await house.jobs.history(ANN, 10)
    assert await house.people.preferences(ANN) == {}
    assert names(await house.characters.listed(BOB)) == ["Copy"]
    assert not await house.characters.offered(code="c")
    assert (await house.jobs.get(theirs.id)).id == theirs.id
    assert not await house.exported(ANN) or set(await house.exported(ANN)) <= {"settings.json", "jobs.json"}


async def test_erasing_holds_for_all_places_of_a_person(house: House) -> None:
    await house.made(ANN, await house.blob("one"), "result one")
    await house.made(ANN_CHAT, await house.blob("two"), "result two")
    await house.link(ANN, ANN_CHAT)
    await house.erase(ANN_CHAT)
    for identity in (ANN, ANN_CHAT):
        assert house.links.owner(identity) == identity
        assert not await house.jobs.history(identity, 10)


async def test_an_erased_persons_entries_and_votes_leave_a_session_that_goes_on(house: House) -> None:
    session = a_session(house.clock)
    base = await house.blob("base of the session")
    subject = replace(session.subject, owner=BOB, picture=base, mask=None)
    await house.sessions.open(replace(session, host=BOB, subject=subject), None)
    for person in (ANN, BOB):
        await house.sessions.join(session.id, person, "x")
    mine, theirs = await house.idea(ANN, session.id, "mine"), await house.idea(BOB, session.id, "theirs")
    await house.sessions.vote(theirs.id, ANN)
    await house.erase(ANN)
    left = await house.sessions.entries(session.id)
    assert [(one.id, one.votes) for one in left] == [(theirs.id, 0)]
    assert await house.there(name_of("mine"), name_of("theirs")) == [False, True]
    with pytest.raises(SessionError):
        await house.sessions.entry(mine.id)
    assert (await house.sessions.get(session.id)).host == BOB
    await house.erase(BOB)
    with pytest.raises(SessionError):
        await house.sessions.get(session.id)
    assert await house.there(base) == [False]


async def test_a_running_job_of_an_erased_person_ends_nowhere(house: House) -> None:
    job = house.new(ANN)
    picture = await house.blob("picture")
    await house.jobs.submit([replace(job, request=job.request.varied(picture=picture))], NO_LIMITS)
    lease = await house.jobs.lease("w", 60.0, 99)
    assert lease
    await house.erase(ANN)
    assert await house.jobs.finish(lease, outcome(await house.blob("late"))) is None
    with pytest.raises(NotFoundError):
        await house.jobs.get(JobId(job.id))
    assert await house.there(picture) == [False]


async def test_two_who_become_one_have_one_list_of_characters_without_two_of_a_name(house: House) -> None:
    await house.character(ANN, "Mira", "ann's")
    await house.character(ANN_CHAT, "mira", "chat's")
    followed = await house.character(BOB, "Fox", "bob's")
    for person in (ANN, ANN_CHAT):
        await house.characters.follow(person, followed.id, "Fox", 50)
    await house.characters.prefer(ANN_CHAT, followed.id)
    await house.link(ANN, ANN_CHAT)
    owner = house.links.owner(ANN)
    listed = await house.characters.listed(owner)
    assert sorted(name.casefold() for name in names(listed)) == ["fox", "mira", "mira 2"]
    assert sum(one.is_own for one in listed) == 2
    await house.links.part(ANN_CHAT)
    assert len(await house.characters.listed(ANN)) == 3
    assert not await house.characters.listed(ANN_CHAT)


async def test_no_sweep_takes_what_a_character_a_session_or_a_follower_still_uses(house: House) -> None:
    mira = await house.character(ANN, "Mira", "base")
    face = await house.blob("face")
    await house.characters.map_face(mira.id, 1, face)
    await house.characters.follow(BOB, mira.id, "Mira", 50)
    session = a_session(house.clock)
    base = await house.blob("base of the session")
    await house.sessions.open(replace(session, subject=replace(session.subject, picture=base, mask=None)), None)
    await house.sessions.join(session.id, ANN, "x")
    await house.idea(ANN, session.id, "an idea")
    house.clock.time += 400 * DAY
    await house.sessions.settle()
    await sweep(house.jobs, house.blobs, house.clock, days=30)
    for words in ("base", "face", "base of the session", "an idea"):
        assert await house.there(name_of(words)) == [True], words


def name_of(words: str) -> BlobId:
    """Without putting it again."""
    return BlobId(hashlib.sha256(words.encode()).hexdigest())
