"""Every request and every answer is held against Discord's specification."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.discord.asking import ask, post, refused
from tests.discord.fake import FakeDiscord
from tests.discord.fake import specification as module
from tests.discord.fake.specification import Specification, specification
from tests.discord.small_bot import SmallBot, running

needed = pytest.mark.skipif(not module.FILE.exists(), reason="the folder of specifications is absent")


async def after(does: Callable[[FakeDiscord, SmallBot], Awaitable[object]]) -> str:
    """What the fake says at its end when a bot did this."""
    fake = FakeDiscord()
    try:
        async with fake, running(SmallBot(fake), fake) as bot:
            await does(fake, bot)
    except AssertionError as error:
        return str(error)
    return ""


@needed
async def test_a_request_outside_the_specification_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeDiscord, bot: SmallBot) -> None:
        await post(bot, fake.text_channel(), {"content": "a", "tts": "no"})

    assert "request POST /channels/{channel_id}/messages: tts" in await after(does)


@needed
async def test_an_answer_outside_the_specification_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeDiscord, bot: SmallBot) -> None:
        fake.bot.name = 7  # type: ignore[assignment]  # on purpose
        await ask(bot, "GET", f"/users/{fake.bot.id}")

    assert "answer 200 to GET /users/{user_id}: " in await after(does)


@needed
async def test_an_unknown_route_or_query_fails_the_test_at_its_end() -> None:
    async def wanders(fake: FakeDiscord, bot: SmallBot) -> None:
        assert (await refused(bot, "GET", "/nowhere")).status == 404

    async def widens(fake: FakeDiscord, bot: SmallBot) -> None:
        await ask(bot, "GET", f"/channels/{fake.text_channel().id}?wide=1")

    assert "the fake has no GET /nowhere" in await after(wanders)
    assert "knows no query wide" in await after(widens)


@needed
async def test_what_keeps_to_the_specification_passes() -> None:
    async def does(fake: FakeDiscord, bot: SmallBot) -> None:
        await post(bot, fake.text_channel(), {"content": "a"})

    assert await after(does) == ""


@needed
def test_every_route_of_the_fake_is_in_the_specification() -> None:
    spec = specification()
    assert isinstance(spec, Specification)
    fake = FakeDiscord()
    assert [route for route in fake.api.routes if route.partition(" ")[2] not in spec.templates] == []


def test_without_the_folder_nothing_is_checked_except_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(module, "FILE", tmp_path_factory.mktemp("empty") / "discord-openapi.json")
    read = specification.__wrapped__
    monkeypatch.delenv("CI", raising=False)
    assert read() is None
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError):
        read()
