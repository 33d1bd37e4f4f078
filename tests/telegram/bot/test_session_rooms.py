"""Where sessions are held on Telegram: topics, groups, several at once; and places that go away."""

from __future__ import annotations

import pytest

from bot.app import App
from tests.telegram.bot.running import shown
from tests.telegram.bot.sitting import (
    code_in,
    headers,
    is_gone,
    opened,
    says,
    topic_of,
    variation,
    with_character,
)
from tests.telegram.fake import Chat, FakeTelegram


async def test_who_talks_to_somebody_in_a_topic_sends_no_idea(fake: FakeTelegram, app: App, forum: Chat) -> None:
    ana = await with_character(app, fake.person("ana", forum))
    header = await opened(fake, ana)
    ben = fake.person("ben", forum).at(forum, topic_of(forum))
    first = ben.sends("a red coat")
    ana.at(forum, topic_of(forum)).replies(first, "how lovely")
    ana.at(forum, topic_of(forum)).sends("/weather")
    ana.at(forum, topic_of(forum)).sends("/session show")
    await shown(ana, "Send an idea with /idea")  # whose earlier words have been heard by then
    ben.replies(header, "a blue hat")
    await variation(ben, 2)
    sent = (await app.service.sessions.view(code_in(header))).entries
    assert [each.words for each in sent] == ["a red coat", "a blue hat"]


async def test_without_the_right_to_open_topics_the_forum_itself_holds_it(
    fake: FakeTelegram, app: App, forum: Chat
) -> None:
    fake.make_admin(fake.bot, forum, without=frozenset({"can_manage_topics"}))
    header = await opened(fake, await with_character(app, fake.person("ana", forum)))
    assert header.topic is None
    assert forum.topics == {}


async def test_in_a_topic_it_is_held_there(fake: FakeTelegram, app: App, forum: Chat) -> None:
    foxes = fake.topic(forum, "Foxes")
    ana = await with_character(app, fake.person("ana", forum).at(forum, foxes))
    header = await opened(fake, ana)
    assert header.topic is foxes
    assert list(forum.topics) == [foxes.id]
    ana.sends("/session start mira")
    await shown(ana, "already")


async def test_one_session_is_held_in_several_chats(fake: FakeTelegram, app: App, forum: Chat, group: Chat) -> None:
    ana = await with_character(app, fake.person("ana", group))
    fake.join(forum, ana.user)
    header = await opened(fake, ana)
    ana.at(forum).sends(f"/session open {code_in(header)}")
    told = await shown(ana.at(forum), "topic of its own")
    assert f"/{topic_of(forum).id}" in told.text
    await fake.until(lambda: len(headers(fake)) == 2)
    other = next(each for each in headers(fake) if each.chat is forum)
    assert other.topic is topic_of(forum)
    ben = fake.person("ben", forum).at(forum, other.topic)
    ben.sends("a red coat")
    await ana.at(forum).press(await variation(ben, 1), "Vote")
    for each in (header, other):
        await says(fake, each, "1. #1 a red coat (ben): 1")
    ana.sends("/session end")
    for person in (ana, ben):
        assert (await shown(person, "The winner (votes: 1)", after=header)).is_photo


async def test_in_private_it_is_said_what_is_possible_and_others_take_part_by_its_code(
    fake: FakeTelegram, app: App
) -> None:
    ana, ben = await with_character(app, fake.person("ana")), fake.person("ben")
    ana.sends("/session start mira")
    told = await shown(ana, "Nobody else is here")
    ben.sends(f"/session join {code_in(told)}")
    await shown(ben, "You take part in the session around Mira")
    ben.sends("/idea a red coat")
    card = await variation(ben, 1)
    assert "yours" in ((await ben.press(card, "Vote")).text or "")


async def test_a_deleted_header_is_made_anew_and_a_deleted_topic_is_let_be(
    fake: FakeTelegram, app: App, forum: Chat
) -> None:
    ana = await with_character(app, fake.person("ana", forum))
    header = await opened(fake, ana)
    code, topic = code_in(header), topic_of(forum)
    fake.delete_message(header)
    ana.sends(f"/session pause session={code}")
    await fake.until(lambda: [each for each in headers(fake) if "paused" in each.text and each.topic is topic])
    fake.delete_topic(forum, topic)
    ana.sends(f"/session end session={code}")
    await shown(ana, "Nobody has voted")
    assert await is_gone(app, code)


async def test_in_a_closed_topic_the_header_tells_the_end(fake: FakeTelegram, app: App, forum: Chat) -> None:
    foxes = fake.topic(forum, "Foxes")
    fake.make_admin(fake.bot, forum, without=frozenset({"can_manage_topics"}))
    ana = await with_character(app, fake.person("ana", forum).at(forum, foxes))
    header = await opened(fake, ana)
    fake.close_topic(forum, foxes)
    ana.alone.sends(f"/session end session={code_in(header)}")
    await says(fake, header, "ended")
    await shown(ana.alone, "Nobody has voted")


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_group_that_becomes_a_supergroup_keeps_its_session(
    fake: FakeTelegram, app: App, group: Chat, is_told: bool
) -> None:
    ana = await with_character(app, fake.person("ana", group))
    header = await opened(fake, ana)
    new = fake.upgrade(group, tells=is_told)
    fake.make_admin(ana.user, new)
    ana, ben = ana.at(new), fake.person("ben", new)
    if not is_told:
        ben.alone.sends(f"/session join {code_in(header)}")  # the next edit learns it
    again = await shown(ana, "Mira: winter")
    assert code_in(again) == code_in(header)
    ben.replies(again, "a red coat")
    await variation(ben, 1)
    ben.sends("/session show")
    await shown(ben, "variations: 1")


async def test_where_the_bot_was_kicked_and_came_back_the_header_goes_on(
    fake: FakeTelegram, app: App, group: Chat
) -> None:
    ana = await with_character(app, fake.person("ana", group))
    header = await opened(fake, ana)
    code = code_in(header)
    fake.kick_bot(group)
    ana.alone.sends(f"/session pause session={code}")
    await shown(ana.alone, "paused")
    await fake.until(lambda: any("kicked" in each.description for each in fake.record.refused))
    fake.add_bot(group)
    await says(fake, header, "paused")


@pytest.mark.parametrize(
    ("denied", "kind"),
    [((), "photo"), (("can_send_photos",), "document"), (("can_send_photos", "can_send_documents"), None)],
)
async def test_the_winners_are_told_as_the_group_allows(
    fake: FakeTelegram, app: App, group: Chat, denied: tuple[str, ...], kind: str | None
) -> None:
    ana, ben = fake.person("ana", group), fake.person("ben", group)
    await opened(fake, await with_character(app, ana))
    ben.sends("/idea a red coat")
    card = await variation(ana, 1)
    await ana.press(card, "Vote")
    fake.deny(group, *denied)
    ana.sends("/session end")
    result = await shown(ana, "The winner (votes: 1)", after=card)
    assert (result.media.kind if result.media else None) == kind
    assert "Make number 1 the new base" in result.labels
