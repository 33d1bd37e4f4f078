"""Every request, every answer and every update is held against the Bot API's specification."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from telegram import Bot

from tests.telegram.fake import FakeTelegram
from tests.telegram.fake import specification as module
from tests.telegram.fake.specification import Specification, specification

needed = pytest.mark.skipif(not module.FILE.exists(), reason="the folder of specifications is absent")


async def after(does: Callable[[FakeTelegram, Bot], Awaitable[object]]) -> str:
    """What the fake says at its end when a bot did this."""
    fake = FakeTelegram()
    try:
        async with fake, Bot(fake.token, base_url=fake.base_url) as bot:
            await does(fake, bot)
    except AssertionError as error:
        return str(error)
    return ""


@needed
async def test_a_field_that_the_method_does_not_know_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        await bot.send_message(fake.person("ana").id, "a", api_kwargs={"colour": "red"})

    assert "request sendMessage: all of it: Additional properties" in await after(does)


@needed
async def test_a_field_of_a_wrong_type_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        await bot.send_message(fake.person("ana").id, "a", api_kwargs={"disable_notification": "perhaps"})

    assert "request sendMessage: disable_notification" in await after(does)


@needed
async def test_an_unknown_field_deep_inside_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "a", "colour": "red"}]]}
        await bot.send_message(fake.person("ana").id, "a", api_kwargs={"reply_markup": keyboard})

    assert "request sendMessage: reply_markup" in await after(does)


@needed
async def test_an_answer_outside_the_specification_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        ana = fake.person("ana")
        ana.chat.title = 7  # type: ignore[assignment]  # on purpose
        await bot.send_message(ana.id, "a")

    assert "answer to sendMessage: chat/first_name" in await after(does)


@needed
async def test_an_update_outside_the_specification_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        fake.updates.add("message", {"message_id": 1})

    assert "update: message: " in await after(does)


async def test_a_method_that_the_fake_lacks_fails_the_test_at_its_end() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        with pytest.raises(Exception, match="Not Found"):
            await bot.get_available_gifts()

    assert "the fake has no getAvailableGifts" in await after(does)


@needed
async def test_what_keeps_to_the_specification_passes() -> None:
    async def does(fake: FakeTelegram, bot: Bot) -> None:
        await bot.send_message(fake.person("ana").id, "a")

    assert await after(does) == ""


@needed
def test_every_method_of_the_fake_is_in_the_specification() -> None:
    spec = specification()
    assert isinstance(spec, Specification)
    known = {name.lower() for name in spec.methods}
    assert [name for name in FakeTelegram().api.methods if name not in known] == []


def test_without_the_folder_nothing_is_checked_except_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(module, "FILE", tmp_path_factory.mktemp("empty") / "telegram-bot-api.json")
    read = specification.__wrapped__
    monkeypatch.delenv("CI", raising=False)
    assert read() is None
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError):
        read()
