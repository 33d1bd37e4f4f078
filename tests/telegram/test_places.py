"""Chats that go away or change under the bot: blocked, kicked, upgraded, closed; rights, topics, commands."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden

from tests.telegram.fake import FakeTelegram
from tests.telegram.pictures import picture


@pytest.fixture(autouse=True)
def unhurried(fake: FakeTelegram) -> None:
    fake.rates.off()


async def test_a_person_who_blocked_the_bot_gets_nothing(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    ana.blocks()
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(ana.id, "a")
    ana.unblocks()
    await bot.send_message(ana.id, "a")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [each.new_chat_member.status for each in changes] == ["kicked", "member"]


async def test_a_deactivated_account_gets_nothing(fake: FakeTelegram, bot: Bot) -> None:
    ana = fake.person("ana")
    fake.deactivate(ana)
    with pytest.raises(Forbidden, match="deactivated"):
        await bot.send_message(ana.id, "a")


async def test_a_group_that_kicked_the_bot_is_closed_to_it(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    sent = await bot.send_message(garden.id, "a")
    fake.kick_bot(garden)
    for asked in (bot.send_message(garden.id, "a"), sent.edit_text("b"), bot.get_chat(garden.id)):
        with pytest.raises(Forbidden, match="kicked from the supergroup"):
            await asked
    fake.add_bot(garden)
    await bot.send_message(garden.id, "a")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(-4, "a")


async def test_an_upgraded_group_says_its_new_id(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.group()
    old = await bot.send_message(garden.id, "a")
    new = fake.upgrade(garden)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(garden.id, "a")
    assert caught.value.new_chat_id == new.id
    with pytest.raises(ChatMigrated):
        await old.edit_text("b")
    await bot.send_message(new.id, "a")
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [(each.migrate_to_chat_id, each.migrate_from_chat_id) for each in told] == [
        (new.id, None),
        (None, garden.id),
    ]


async def test_topics_take_messages_until_they_are_closed_or_deleted(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup(forum=True)
    foxes, owls = fake.topic(garden, "Foxes"), fake.topic(garden, "Owls")
    ana = fake.person("ana", garden).at(garden, foxes)
    sent = await bot.send_message(garden.id, "a", message_thread_id=foxes.id)
    assert (sent.message_thread_id, sent.is_topic_message) == (foxes.id, True)
    answer = await bot.send_message(garden.id, "b", reply_to_message_id=ana.sends("/restyle").id)
    assert answer.message_thread_id == foxes.id
    assert [message.text for message in ana.answers] == ["a", "b"]
    fake.close_topic(garden, foxes)
    with pytest.raises(BadRequest, match=r"(?i)topic_closed"):
        await bot.send_message(garden.id, "a", message_thread_id=foxes.id)
    await sent.edit_text("edited all the same")
    fake.delete_topic(garden, owls)
    for number in (owls.id, 999):
        with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
            await bot.send_message(garden.id, "a", message_thread_id=number)
    fake.make_admin(fake.bot, garden)
    await bot.send_message(garden.id, "an administrator may", message_thread_id=foxes.id)


async def test_an_administrator_makes_and_closes_topics(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup(forum=True)
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to create a topic"):
        await bot.create_forum_topic(garden.id, "Foxes")
    fake.make_admin(fake.bot, garden)
    topic = await bot.create_forum_topic(garden.id, "Foxes")
    await bot.edit_forum_topic(garden.id, topic.message_thread_id, name="Owls")
    await bot.close_forum_topic(garden.id, topic.message_thread_id)
    assert garden.topics[topic.message_thread_id].closed
    with pytest.raises(BadRequest, match=r"(?i)topic_not_modified"):
        await bot.close_forum_topic(garden.id, topic.message_thread_id)
    with pytest.raises(BadRequest, match=r"(?i)not a forum"):
        await bot.create_forum_topic(fake.supergroup().id, "Foxes")
    with pytest.raises(BadRequest, match=r"(?i)invalid topic name"):
        await bot.create_forum_topic(garden.id, "x" * 129)


async def test_a_group_may_forbid_photos(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.group()
    fake.deny(garden, "can_send_photos")
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to send photos"):
        await bot.send_photo(garden.id, picture())
    await bot.send_message(garden.id, "words are allowed")
    fake.deny(garden, "can_send_messages")
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to send text"):
        await bot.send_message(garden.id, "a")
    fake.make_admin(fake.bot, garden)
    await bot.send_photo(garden.id, picture())


async def test_pins_need_a_right(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    sent = await bot.send_message(garden.id, "a")
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to manage pinned"):
        await sent.pin()
    fake.make_admin(fake.bot, garden)
    await sent.pin()
    assert [message.text for message in garden.pinned] == ["a"]
    pinned = (await bot.get_chat(garden.id)).pinned_message
    assert pinned is not None
    assert pinned.text == "a"


async def test_members_and_administrators_are_known(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    ana, bo = fake.person("ana", garden), fake.person("bo", garden)
    fake.make_admin(ana.user, garden)
    admins = await bot.get_chat_administrators(garden.id)
    assert {each.user.first_name for each in admins} == {"ana", "Garden's owner"}
    assert (await bot.get_chat_member(garden.id, bo.id)).status == "member"
    fake.leave(bo)
    assert (await bot.get_chat_member(garden.id, bo.id)).status == "left"


async def test_everybody_is_offered_the_commands_of_their_chat_and_language(fake: FakeTelegram, bot: Bot) -> None:
    garden = fake.supergroup()
    ana, eva = fake.person("ana", garden), fake.person("eva", garden, language="de")
    groups = BotCommandScopeAllGroupChats()
    await bot.set_my_commands([BotCommand("restyle", "Restyle")])
    await bot.set_my_commands([BotCommand("restyle", "Neu malen")], language_code="de")
    await bot.set_my_commands([BotCommand("queue", "Queue")], scope=groups)
    await bot.set_my_commands([BotCommand("admin", "Rule")], scope=BotCommandScopeAllChatAdministrators())
    assert (ana.alone.menu, eva.alone.menu) == ({"restyle": "Restyle"}, {"restyle": "Neu malen"})
    assert ana.menu == eva.menu == {"queue": "Queue"}
    fake.make_admin(ana.user, garden)
    assert ana.menu == {"admin": "Rule"}
    await bot.set_my_commands([BotCommand("here", "Only here")], scope=BotCommandScopeChat(garden.id))
    assert (eva.menu, ana.menu) == ({"here": "Only here"}, {"here": "Only here"})
    assert [each.command for each in await bot.get_my_commands(scope=groups)] == ["queue"]


@pytest.mark.parametrize(("name", "words"), [("Restyle", "Restyle"), ("re-style", "R"), ("restyle", "x" * 257)])
async def test_commands_that_telegram_does_not_take_are_refused(bot: Bot, name: str, words: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)bot_command"):
        await bot.set_my_commands([BotCommand(name, words)])


async def test_descriptions_have_their_lengths(bot: Bot) -> None:
    await bot.set_my_description("x" * 512, language_code="de")
    assert (await bot.get_my_description(language_code="de")).description == "x" * 512
    with pytest.raises(BadRequest, match=r"(?i)too_long"):
        await bot.set_my_short_description("x" * 121)
