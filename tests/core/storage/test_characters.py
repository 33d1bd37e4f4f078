"""Characters in rows: names, lists, versions, shares, and the pictures they hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.character import Base, Character, Preset, Share, ShareMode
from core.domain.names import BlobId, CharacterId, CommunityId, PersonId
from core.errors import NamingError, NotFoundError, RefusedError
from core.storage.blobs import BlobStore
from core.storage.characters import MOST_BASES, CharacterStore
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.retention import Swept, sweep
from tests.core.storage.making import NO_LIMITS, PICTURE, RESULT, FakeClock, Jobs, outcome, store_blob_rows

ANN, BEN, SERVER = PersonId("discord:1"), PersonId("web:2"), CommunityId("discord:7")
PRESET = Preset(prompt="a fox", negative="blurry", seed=2**32 - 1, strength=Decimal("0.35"), style="ink", steps=12)
DAY = 86_400.0


@pytest.fixture
def characters(database: Database) -> CharacterStore:
    return CharacterStore(database)


def fox(name: str = "Fox", owner: PersonId = ANN, picture: BlobId | None = PICTURE) -> Character:
    base = Base(number=1, width=512, height=384, made_at=5.0, picture=picture)
    identity = CharacterId(f"{owner}{name}")
    return Character(
        id=identity, owner=owner, owner_name="ann", holder=owner, name=name, base=base, preset=PRESET, created_at=5.0
    )


def share(mode: ShareMode = ShareMode.FOLLOW, place: CommunityId | None = None, code: str = "c0de") -> Share:
    return Share(code=code, character=fox().id, mode=mode, place=place, created_at=6.0)


async def test_a_character_comes_back_as_it_was_saved(characters: CharacterStore, database: Database) -> None:
    await store_blob_rows(database)
    assert await characters.add(fox(), 9) == fox()
    assert await characters.listed(ANN) == [fox()]
    assert await characters.listed(BEN) == []


@pytest.mark.parametrize(("name", "reason"), [("FÓX", "taken"), (" fox ", "taken"), ("fох", "mixed"), ("", "empty")])
async def test_a_name_is_unique_in_a_list(
    name: str, reason: str, characters: CharacterStore, database: Database
) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    await characters.add(fox(owner=BEN), 9)
    with pytest.raises(NamingError) as refusal:
        await characters.add(replace(fox(name), id=CharacterId("other")), 9)
    assert refusal.value.reason == reason


async def test_a_name_of_another_alphabet_that_looks_alike_is_refused(
    characters: CharacterStore, database: Database
) -> None:
    await store_blob_rows(database)
    await characters.add(fox("Coco"), 9)
    with pytest.raises(NamingError) as refusal:
        await characters.add(fox("СОСО"), 9)
    assert refusal.value.sentence.startswith("СОСО looks just like Coco")


async def test_beyond_the_cap_nothing_is_saved_and_the_cap_is_said(
    characters: CharacterStore, database: Database
) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 1)
    with pytest.raises(RefusedError, match="1 characters and 1 is the most"):
        await characters.add(fox("Cat"), 1)
    assert len(await characters.listed(ANN)) == 1


async def test_a_character_without_its_picture_is_refused(characters: CharacterStore) -> None:
    with pytest.raises(NotFoundError):
        await characters.add(fox(), 9)
    assert await characters.listed(ANN) == []


async def test_renaming_keeps_the_default_and_may_change_the_case_alone(
    characters: CharacterStore, database: Database
) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    await characters.add(fox("Cat"), 9)
    await characters.prefer(ANN, fox().id)
    await characters.rename(ANN, fox().id, "FOX")
    assert [(one.name, one.is_default) for one in await characters.listed(ANN)] == [("Cat", False), ("FOX", True)]
    with pytest.raises(NamingError):
        await characters.rename(ANN, fox().id, "cat")
    await characters.prefer(ANN, fox("Cat").id)
    assert [one.name for one in await characters.listed(ANN) if one.is_default] == ["Cat"]
    await characters.prefer(ANN, None)
    assert not any(one.is_default for one in await characters.listed(ANN))


async def test_a_new_base_keeps_the_old_one_to_go_back_to(characters: CharacterStore, database: Database) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    assert await characters.add_base(fox().id, RESULT, (64, 32), 7.0) == 2
    current = (await characters.get(fox().id, ANN)).base
    assert (current.picture, current.width, current.number) == (RESULT, 64, 2)
    assert await characters.go_to(fox().id, 1, 8.0)
    assert (await characters.get(fox().id, ANN)).base == fox().base
    assert not await characters.go_to(fox().id, 3, 8.0)
    for number in range(3, MOST_BASES + 4):
        assert await characters.add_base(fox().id, RESULT, (64, 32), 9.0) == number
    assert [base.number for base in await characters.bases(fox().id)] == list(range(4, MOST_BASES + 4))


async def test_a_follower_sees_edits_until_it_is_shared_no_more(characters: CharacterStore, database: Database) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    await characters.share(share(place=SERVER))
    await characters.share(share(code="other"))
    [(found, offered)] = await characters.offered(place=SERVER)
    assert (found, offered) == (share(place=SERVER), fox())
    await characters.follow(BEN, fox().id, "Her fox", 9)
    await characters.edit(fox().id, replace(PRESET, prompt="a red fox"), 9.0)
    [followed] = await characters.listed(BEN)
    assert (followed.name, followed.preset.prompt, followed.is_own) == ("Her fox", "a red fox", False)
    await characters.unshare(fox().id)
    assert await characters.listed(BEN) == []
    assert await characters.offered(code="other") == []
    assert len(await characters.listed(ANN)) == 1


async def test_sharing_again_replaces_the_code(characters: CharacterStore, database: Database) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    await characters.share(share())
    await characters.share(share(ShareMode.COPY, code="new"))
    assert await characters.shares(fox().id) == [share(ShareMode.COPY, code="new")]
    assert await characters.offered(code="c0de") == []


async def test_only_the_owners_deletion_ends_a_character(characters: CharacterStore, database: Database) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    await characters.follow(BEN, fox().id, "Fox", 9)
    await characters.remove(BEN, fox().id)
    assert (await characters.listed(BEN), len(await characters.listed(ANN))) == ([], 1)
    await characters.follow(BEN, fox().id, "Fox", 9)
    await characters.remove(ANN, fox().id)
    assert await characters.listed(BEN) == await characters.listed(ANN) == []
    assert await characters.bases(fox().id) == []


async def test_every_version_of_a_base_is_kept_by_the_sweep(
    characters: CharacterStore, blobs: BlobStore, jobs: JobStore, clock: FakeClock
) -> None:
    first, second = await blobs.put(b"first", "image/png"), await blobs.put(b"second", "image/png")
    await characters.add(fox(picture=first), 9)
    await characters.add_base(fox().id, second, (8, 8), 7.0)
    clock.time += 400 * DAY
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=0)
    await characters.remove(ANN, fox().id)
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=2)


async def test_what_is_shared_with_a_place_goes_along_with_it(characters: CharacterStore, database: Database) -> None:
    await store_blob_rows(database)
    await characters.add(fox(), 9)
    await characters.share(share(place=SERVER))
    await characters.share(share(code="other"))
    await characters.move_shares(SERVER, CommunityId("telegram:-1005"))
    assert await characters.offered(place=SERVER) == []
    [(moved, _)] = await characters.offered(place=CommunityId("telegram:-1005"))
    assert moved.code == "c0de"
    assert await characters.offered(code="other") != []


async def test_a_character_that_is_made_from_words_gets_its_picture_when_its_job_is_done(
    characters: CharacterStore, jobs: JobStore, database: Database
) -> None:
    await store_blob_rows(database)
    await characters.add(fox(picture=None), 9)
    await jobs.submit([replace(Jobs()(), character=fox().id, label="a fox")], NO_LIMITS)
    await characters.settle()
    assert (await characters.get(fox().id, ANN)).base.picture is None
    lease = await jobs.lease("one", 30.0, 3)
    assert lease is not None
    assert (lease.job.character, lease.job.label) == (fox().id, "a fox")
    await jobs.finish(lease, outcome())
    await characters.settle()
    assert (await characters.get(fox().id, ANN)).base.picture == RESULT


async def test_a_character_whose_making_was_cancelled_is_gone(
    characters: CharacterStore, jobs: JobStore, database: Database
) -> None:
    await store_blob_rows(database)
    await characters.add(fox(picture=None), 9)
    job = replace(Jobs()(), character=fox().id)
    await jobs.submit([job], NO_LIMITS)
    await jobs.cancel(job.id)
    await characters.settle()
    assert await characters.listed(ANN) == []
