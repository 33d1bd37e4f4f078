"""Codes as people type them, and those who guess."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.domain.names import CommunityId, PersonId, Place, Platform
from core.errors import NotFoundError, OptionError, RefusedError
from core.service.asking import Asker
from core.service.linking import Linking
from core.storage.database import Database
from core.storage.links import LinkStore
from core.storage.tables import LinkCodeRow
from tests.core.storage.making import FakeClock


def asker(identity: str, community: str | None = None) -> Asker:
    platform = Platform(identity.partition(":")[0])
    return Asker(
        person=PersonId(identity),
        name=identity.partition(":")[2],
        place=Place(platform=platform, conversation="here"),
        community=CommunityId(community) if community else None,
    )


ANN, ANN_CHAT, BOB = asker("web:ann"), asker("discord:1"), asker("telegram:2")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(f"sqlite+aiosqlite:///{tmp_path}/restyle.db") as database:
        yield database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def linking(database: Database, clock: FakeClock) -> Linking:
    return Linking(LinkStore(database), clock)


async def test_a_code_is_read_however_a_telephone_writes_it(linking: Linking) -> None:
    code = (await linking.show(ANN)).code
    for sign, likeness in (("1", "I"), ("1", "l"), ("0", "o")):
        code = code.replace(sign, likeness, 1)
    assert (await linking.look_up(ANN_CHAT, f" {code.upper().replace('-', ' ')} ")).name == "ann"
    assert (await linking.join(ANN_CHAT, code.replace("-", ""))).identity == ANN.person
    shown = (await linking.show(ANN_CHAT)).linked
    assert {one.identity for one in shown} == {ANN.person, ANN_CHAT.person}


@pytest.mark.parametrize("text", ["K7QX", "K7QX-3MTV-1", "uuuu-uuuu", "ключ-ключ", "%s{code}", "x" * 10_000])
async def test_what_cannot_be_a_code_is_told_so_and_costs_no_try(linking: Linking, text: str) -> None:
    for _ in range(10):
        with pytest.raises(OptionError, match="looks like K7QX-3MTV"):
            await linking.join(BOB, text)


async def test_guessing_is_stopped_for_a_while(linking: Linking, clock: FakeClock) -> None:
    code = (await linking.show(ANN)).code
    for _ in range(5):
        with pytest.raises(NotFoundError):
            await linking.join(BOB, "0000-0000")
    with pytest.raises(RefusedError, match=r"again in 60[01] s"):
        await linking.join(BOB, code)
    with pytest.raises(RefusedError):
        await linking.look_up(BOB, code)
    assert (await linking.look_up(ANN_CHAT, code)).identity == ANN.person  # others go on
    clock.time += 601
    code = (await linking.show(ANN)).code
    assert await linking.join(BOB, code)


async def test_guessing_under_many_names_is_stopped_too(linking: Linking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.service.linking._WRONG_OF_ALL", 6)
    for number in range(6):
        with pytest.raises(NotFoundError):
            await linking.join(asker(f"web:{number}"), "0000-0000")
    with pytest.raises(RefusedError):
        await linking.join(asker("web:new"), "0000-0000")


async def test_a_code_dies_after_ten_minutes_and_is_nowhere_in_the_database(
    linking: Linking, clock: FakeClock, database: Database
) -> None:
    code = (await linking.show(ANN)).code
    async with database.read() as session:
        [row] = await session.scalars(select(LinkCodeRow))
    plain = code.replace("-", "")
    assert not any(plain in str(value) or code in str(value) for value in vars(row).values())
    clock.time += 600
    with pytest.raises(NotFoundError, match="older than ten minutes"):
        await linking.join(ANN_CHAT, code)


async def test_codes_are_neither_shown_nor_taken_where_others_read_along(linking: Linking) -> None:
    in_group = asker("telegram:2", community="telegram:-100")
    with pytest.raises(RefusedError, match="private chat"):
        await linking.show(in_group)
    with pytest.raises(RefusedError, match="private chat"):
        await linking.join(in_group, (await linking.show(ANN)).code)
