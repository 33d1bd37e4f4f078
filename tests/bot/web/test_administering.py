"""/admin, and what its rules do to everybody else, in the whole house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.conversation import Carded, Said, handle
from bot.parsing import parse
from core.domain.names import CommunityId, PersonId, Place, Platform
from core.errors import InputError, NotAllowedError, RefusedError, RestyleError
from core.service.service import Asker
from tests.bot.web.house import House, open_house

ANA = Asker(
    person=PersonId("discord:1"),
    name="ana",
    place=Place(platform=Platform.DISCORD, conversation="12"),
    community=CommunityId("discord:5"),
    channel="12",
)
MO = replace(ANA, person=PersonId("discord:2"), name="mo", is_moderator=True)
OP = replace(ANA, person=PersonId("discord:3"), name="op", community=None, is_operator=True)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def say(house: House, asker: Asker, line: str) -> str:
    reply = await handle(house.service, asker, parse(line))
    assert isinstance(reply, Said)
    return reply.text


async def restyle(house: House, asker: Asker, line: str = "/restyle a fox") -> None:
    file = BytesIO()
    Image.new("RGB", (128, 128), "red").save(file, "PNG")
    picture = await house.service.take_picture(file.getvalue())
    assert isinstance(await handle(house.service, asker, parse(line), picture), Carded)


async def refused(house: House, asker: Asker, line: str = "/restyle a fox") -> RestyleError:
    with pytest.raises(RefusedError) as caught:
        await restyle(house, asker, line)
    return caught.value


async def test_only_moderators_and_operators_administer(house: House) -> None:
    with pytest.raises(NotAllowedError, match="moderators"):
        await say(house, ANA, "/admin show")
    with pytest.raises(NotAllowedError, match="RESTYLE_OPERATORS"):
        await say(house, MO, "/admin set waiting=1 place=everywhere")
    with pytest.raises(NotAllowedError):
        await say(house, MO, "/admin drain")
    with pytest.raises(NotAllowedError):
        await say(house, MO, "/admin show place=discord:6")
    assert "discord:5" in await say(house, MO, "/admin")
    assert "everywhere" in await say(house, OP, "/admin")


async def test_rules_of_a_place_hold_there_and_nowhere_else(house: House) -> None:
    await say(house, MO, "/admin set channels=13,14 waiting=1 language=es")
    assert (await refused(house, ANA)).key == "refused.channel"
    await restyle(house, replace(ANA, community=CommunityId("discord:6")))
    await say(house, MO, "/admin set channels=none")
    assert (await refused(house, ANA)).values["limit"] == 1
    assert "Regeln" in await say(house, replace(MO, language="de"), "/admin show")
    assert "Reglas" in await say(house, MO, "/admin show")


async def test_a_style_of_the_place_is_used_where_nobody_names_one(house: House) -> None:
    await say(house, MO, "/admin set style=oil")
    await restyle(house, ANA)
    await restyle(house, replace(ANA, community=None))
    prompts = [card.first.request.prompt for card in await house.service.history(ANA.person)]
    assert prompts[0] == "a fox"
    assert prompts[1] != "a fox"


async def test_a_pause_is_for_one_kind_and_a_drain_for_all_of_them_moderators_included(house: House) -> None:
    await say(house, MO, "/admin pause sweep")
    assert (await refused(house, ANA, "/sweep a fox")).key == "refused.paused"
    await restyle(house, ANA)
    await say(house, MO, "/admin resume")
    await restyle(house, ANA, "/sweep a fox")
    assert "5 waiting" in await say(house, OP, "/admin drain")
    assert (await refused(house, MO)).key == "refused.paused"
    await say(house, OP, "/admin resume place=everywhere")
    await restyle(house, MO)


async def test_a_ban_tells_its_reason_until_it_is_lifted(house: House) -> None:
    await say(house, MO, "/admin ban discord:1 please no spam")
    assert "please no spam" in (await refused(house, ANA)).sentence
    await say(house, MO, "/admin unban person=discord:1")
    await restyle(house, ANA)
    with pytest.raises(InputError):
        await say(house, MO, "/admin ban discord:1")


async def test_every_deed_is_on_the_trail(house: House) -> None:
    await say(house, MO, "/admin set waiting=2")
    await say(house, OP, "/admin pause sweep")
    assert "mo · discord:5 · set waiting=2" in await say(house, MO, "/admin audit")
    assert "pause" not in await say(house, MO, "/admin audit")
    assert "op · * · pause sweep" in await say(house, OP, "/admin audit")


@pytest.mark.parametrize(
    "line",
    [
        "/admin set",
        "/admin shwo",
        "/admin set style=inc",
        "/admin pause fox",
        "/admin set models=x:1",
        "/admin set waiting=-1",
    ],
)
async def test_what_cannot_be_set_is_said(house: House, line: str) -> None:
    with pytest.raises(InputError):
        await say(house, MO, line)
