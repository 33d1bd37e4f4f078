"""How the bot is told: long polling, webhooks, what it sees in groups, and what it asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict

from tests.telegram.fake import FakeTelegram
from tests.telegram.pictures import picture
from tests.telegram.small_bot import running

PUBLIC = "https://bot.example"
SECRET = "a-secret_1"


async def test_polling_waits_for_something_and_confirms_by_offset(fake: FakeTelegram, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await fake.until(lambda: fake.updates.polls)
    ana = fake.person("ana")
    ana.sends("one")
    [first] = await waiting
    ana.sends("two")
    assert [told.message.text for told in await bot.get_updates() if told.message] == ["one", "two"]
    [second] = await bot.get_updates(offset=first.update_id + 1)
    assert second.message is not None
    assert second.message.text == "two"
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert fake.updates.pending == []


async def test_a_second_poller_ends_the_first(fake: FakeTelegram, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await fake.until(lambda: fake.updates.polls)
    assert (await fake.poll_elsewhere())["ok"]
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await waiting


async def test_a_poll_that_was_given_up_conflicts_with_nobody(fake: FakeTelegram, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await fake.until(lambda: fake.updates.polls)
    waiting.cancel()
    await fake.until(lambda: not fake.updates.polls)
    fake.person("ana").sends("hello")
    assert len(await bot.get_updates()) == 1


async def test_a_set_webhook_forbids_polling(fake: FakeTelegram, bot: Bot) -> None:
    await bot.set_webhook(f"{PUBLIC}/telegram", secret_token=SECRET)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://bot.example/telegram", SECRET, "HTTPS"),
        ("https://bot.example:8080/telegram", SECRET, "ports"),
        (f"{PUBLIC}/telegram", "not allowed!", "unallowed characters"),
    ],
)
async def test_a_webhook_that_telegram_would_not_call_is_refused(bot: Bot, url: str, secret: str, words: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.set_webhook(url, secret_token=secret)


@contextlib.asynccontextmanager
async def hearing(fake: FakeTelegram, statuses: list[int]) -> AsyncIterator[list[tuple[str | None, int]]]:
    """A server that answers with these statuses, then 200; yields secret and update id of what came."""
    came: list[tuple[str | None, int]] = []

    async def take(request: web.Request) -> web.Response:
        came.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), (await request.json())["update_id"]))
        return web.Response(status=statuses.pop(0) if statuses else 200)

    app = web.Application()
    app.router.add_post("/telegram", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.updates.webhook.routes[PUBLIC] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield came
    finally:
        await runner.cleanup()


async def test_a_webhook_is_called_with_its_secret_until_it_takes_the_update(fake: FakeTelegram, bot: Bot) -> None:
    async with hearing(fake, [500, 403]) as came:
        await bot.set_webhook(f"{PUBLIC}/telegram", secret_token=SECRET)
        fake.person("ana").sends("hello")
        await fake.until(lambda: not fake.updates.pending)
        [update] = fake.updates.told
        assert came == [(SECRET, update["update_id"])] * 3
        assert [each.status for each in fake.updates.webhook.deliveries] == [500, 403, 200]
        fake.repeat(update)
        await fake.until(lambda: len(came) == 4)
        await bot.delete_webhook()


async def test_an_update_may_come_twice_by_polling_too(fake: FakeTelegram, bot: Bot) -> None:
    fake.person("ana").sends("hello")
    [told] = await bot.get_updates()
    assert await bot.get_updates(offset=told.update_id + 1) == ()
    fake.repeat(fake.updates.told[0])
    assert [each.update_id for each in await bot.get_updates(offset=told.update_id + 1)] == [told.update_id]
    assert await bot.get_updates(offset=told.update_id + 1) == ()


async def test_updates_wait_for_a_day(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    ana.sends("old")
    fake.advance(23 * 3600)
    ana.sends("younger")
    fake.advance(2 * 3600)
    assert [told.message.text for told in await bot.get_updates(offset=1) if told.message] == ["younger"]


async def test_in_groups_the_bot_sees_what_is_meant_for_it(fake: FakeTelegram, bot: Bot) -> None:
    fake.rates.off()
    garden = fake.group()
    ana = fake.person("ana", garden)
    card = await bot.send_message(garden.id, "a card")
    ana.sends("only talk")
    ana.sends_photo(picture(), "a photo")
    ana.sends("/restyle oil")
    ana.sends("/restyle@restyle_bot ink")
    ana.sends("/restyle@other_bot clay")
    ana.sends_photo(picture(), "/restyle photo")
    ana.sends("an answer", reply_to=garden.messages[card.id])
    assert words(await bot.get_updates()) == [
        "/restyle oil",
        "/restyle@restyle_bot ink",
        "/restyle photo",
        "an answer",
    ]
    await bot.get_updates(offset=-1)
    fake.make_admin(fake.bot, garden)
    ana.sends("only talk")
    assert words(await bot.get_updates())[-1] == "only talk"


def words(updates: tuple[Update, ...]) -> list[str]:
    return [told.message.text or told.message.caption or "" for told in updates if told.message]


async def test_privacy_mode_can_be_off() -> None:
    async with FakeTelegram(reads_all=True) as fake, Bot(fake.token, base_url=fake.base_url) as bot:
        fake.person("ana", fake.group()).sends("only talk")
        assert words(await bot.get_updates()) == ["only talk"]
        assert (await bot.get_me()).can_read_all_group_messages


async def test_a_reply_shows_the_picture_it_answers_whoever_sent_it(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.group()
    ana, bo = fake.person("ana", garden), fake.person("bo", garden)
    photo = bo.sends_photo(picture())
    ana.sends("/restyle oil", reply_to=photo)
    [told] = [update.message for update in await bot.get_updates() if update.message]
    assert told.reply_to_message is not None
    assert told.reply_to_message.photo
    assert told.reply_to_message.from_user is not None
    assert told.reply_to_message.from_user.first_name == "bo"


async def test_reactions_come_only_if_they_were_asked_for(fake: FakeTelegram) -> None:
    async with running(fake):
        ana = fake.person("ana")
        ana.reacts(ana.sends("hello"), "👍")
        assert "message" in fake.updates.told[-1]
    async with running(fake, ["message", "message_reaction"]) as bot:
        ana.reacts(ana.sends("hello"), "👍")
        await fake.until(lambda: any(update.message_reaction for update in bot.updates))


async def test_edits_channel_posts_and_anonymous_admins_are_told_as_such(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    ana = fake.person("ana", garden)
    fake.make_admin(ana.user, garden)
    ana.alone.edits(ana.alone.sends("/restyle oli"), "/restyle oil")
    ana.anonymously.sends("/restyle ink")
    fake.posts(fake.channel(), "/restyle clay", photo=picture())
    told = await bot.get_updates()
    [edited] = [each.edited_message for each in told if each.edited_message]
    assert edited.text == "/restyle oil"
    [anonymous] = [each.message for each in told if each.message and each.message.sender_chat]
    assert anonymous.from_user is not None
    assert anonymous.from_user.username == "GroupAnonymousBot"
    [post] = [each.channel_post for each in told if each.channel_post]
    assert post.caption == "/restyle clay"


async def test_forwards_say_where_they_are_from(fake: FakeTelegram, bot: Bot) -> None:
    bo, ana = fake.person("bo"), fake.person("ana")
    photo = bo.sends_photo(picture(), "mine")
    ana.forwards(photo)
    ana.forwards(photo, hidden=True)
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [each.forward_origin.type for each in told if each.forward_origin] == ["user", "hidden_user"]
    assert told[1].photo == told[2].photo == told[0].photo
