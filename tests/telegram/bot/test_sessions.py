"""Sessions on Telegram: opened, filled with ideas, voted in, ended, over stops and kills."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.app import App
from core.domain.session import SessionId
from tests.program.running import Program
from tests.telegram.bot.running import HURRY, PACE, restyle, shown
from tests.telegram.bot.sitting import (
    HOUR,
    SLOW,
    code_in,
    headers,
    opened,
    says,
    topic_of,
    variation,
    with_character,
)
from tests.telegram.fake import Chat, FakeTelegram
from tests.telegram.pictures import picture


async def test_a_forum_gets_a_topic_that_takes_ideas_and_votes_and_names_the_winner(
    fake: FakeTelegram, app: App, forum: Chat
) -> None:
    ana = await with_character(app, fake.person("ana", forum))
    header = await opened(fake, ana)
    topic = topic_of(forum)
    assert topic.name == "Mira: winter"
    assert header.topic is topic
    assert f"t.me/c/{-1_000_000_000_000 - forum.id}/{topic.id}" in (await shown(ana, "topic of its own")).text
    assert "2 h" in header.text
    assert "UTC" in header.text
    ben, cleo = [fake.person(name, forum).at(forum, topic) for name in ("ben", "cleo")]
    asked = ben.sends("a red coat")
    card = await variation(ben, 1)
    assert card.reply_to is asked
    assert (await ben.press(card, "Vote")).text == "That variation is yours: vote for somebody else's."
    assert (await cleo.press(card, "Vote")).text == "Your vote for number 1 counts."
    assert "counted before" in ((await cleo.press(card, "Vote")).text or "")
    await says(fake, header, "1. #1 a red coat (ben): 1")
    cleo.sends("/restyle a blue hat")
    await variation(cleo, 2)
    cleo.sends("/session end")
    await shown(cleo, "host")
    ana.at(forum, topic).sends("/session end")
    result = await shown(cleo, "The winner (votes: 1)", after=card)
    assert result.is_photo
    assert "Make number 1 the new base" in result.labels
    await says(fake, header, "ended")
    assert "ended" in ((await cleo.press(card, "Take the vote back")).text or "")
    made = await ana.press(result, "Make number 1 the new base")
    assert "new base of the character" in (made.text or "")
    refused = await ben.press(result, "Make number 1 the new base")
    assert "owner" in (refused.text or "")


async def test_a_group_without_topics_holds_it_and_takes_replies_to_its_header_only(
    fake: FakeTelegram, app: App, group: Chat
) -> None:
    ana = await with_character(app, fake.person("ana", group))
    ben = fake.person("ben", group)
    header = await opened(fake, ana)
    assert [each.text for each in ana.answers] == [header.text]  # it is the answer, too
    fake.world.reads_all = True
    ben.sends("what a day")
    ben.replies(ana.sends("a remark"), "another remark")
    ben.replies(header, "a red coat")
    assert (await variation(ben, 1)).reply_to is not None
    ben.sends("/idea a blue hat")
    await variation(ben, 2)
    await says(fake, header, "variations: 2")
    assert len([each for each in ben.answers if "Vote" in each.labels]) == 2


async def test_an_idea_without_words_is_asked_for(fake: FakeTelegram, app: App, group: Chat) -> None:
    ana = await with_character(app, fake.person("ana", group))
    await opened(fake, ana)
    ana.sends("/idea")
    question = await shown(ana, "What should Mira wear or be?")
    ana.replies(question, "a red coat")
    assert "a red coat" in (await variation(ana, 1)).text


async def test_votes_that_come_twice_at_once_count_once_and_a_tie_is_a_tie(
    fake: FakeTelegram, app: App, group: Chat
) -> None:
    ana, ben, cleo = [fake.person(name, group) for name in ("ana", "ben", "cleo")]
    header = await opened(fake, await with_character(app, ana))
    ben.sends("/idea a red coat")
    first = await variation(ana, 1)
    cleo.sends("/idea a blue hat")
    second = await variation(ana, 2)
    pressed = [await ana.answered(each) for each in [ana.starts_press(first, "Vote") for _ in range(2)]]
    assert sorted(each.text or "" for each in pressed) == [
        "Your vote for number 1 counts.",
        "Your vote for number 1 was counted before.",
    ]
    await ben.press(second, "Vote")
    await says(fake, header, "votes: 2")
    assert "taken back" in ((await ana.press(first, "Take the vote back")).text or "")
    await ana.press(first, "Vote")
    ana.sends("/session end")
    result = await shown(ana, "A tie (votes each: 1)", after=second)
    assert {"Make number 1 the new base", "Make number 2 the new base"} <= set(result.labels)


async def test_what_ended_while_the_program_was_down_is_told_once_at_the_next_start(
    fake: FakeTelegram, tmp_path: Path, group: Chat
) -> None:
    fake.rates.hurry(HURRY)
    ana, ben = fake.person("ana", group), fake.person("ben", group)
    async with restyle(fake, tmp_path) as app:
        header = await opened(fake, await with_character(app, ana))
        code = code_in(header)
        ben.sends("/idea a red coat")
        card = await variation(ana, 1)
        await ana.press(card, "Vote")
        at = (await app.service.sessions.view(code)).session.ends_at
    fake.clock.advance(3 * HOUR)
    late = ben.starts_press(card, "Vote")
    async with restyle(fake, tmp_path) as app:
        assert (await shown(ana, "The winner (votes: 1)", after=card)).is_photo
        await says(fake, header, "ended")
        assert (await app.service.sessions.view(code)).session.ended_at == at
        assert "ended" in ((await ben.answered(late)).text or "")
    async with restyle(fake, tmp_path):
        await fake.until_read()
        await asyncio.sleep(4 * PACE.look)
        assert len([each for each in ana.answers if "The winner" in each.text]) == 2


async def test_the_header_goes_on_in_the_same_message_after_a_stop(
    fake: FakeTelegram, tmp_path: Path, group: Chat
) -> None:
    fake.rates.hurry(HURRY)
    ana, ben = fake.person("ana", group), fake.person("ben", group)
    async with restyle(fake, tmp_path) as app:
        header = await opened(fake, await with_character(app, ana, SLOW))
        ben.sends("/idea a red coat")
        await says(fake, header, "1 on the way")
    async with restyle(fake, tmp_path):
        await ana.press(await variation(ana, 1), "Vote")
        await says(fake, header, "1. #1 a red coat (ben): 1")
    assert headers(fake) == [header]


async def test_the_header_links_to_the_gallery_in_the_words_of_the_host(
    fake: FakeTelegram, tmp_path: Path, group: Chat
) -> None:
    fake.rates.hurry(HURRY)
    origin = "https://restyle.example.org"
    async with restyle(fake, tmp_path, web=True, web_port=0, web_origin=origin) as app:
        eva = await with_character(app, fake.person("eva", group, language="de"))
        header = await opened(fake, eva, 'rules="<b>seid nett</b> & höflich"')
        view = await app.service.sessions.view(SessionId(header.text.partition("/session join ")[2].split()[0]))
    assert "Antworte hierauf mit einer Idee" in header.text
    assert "<b>seid nett</b> & höflich" in header.text  # as it was typed
    linked = [each["url"] for each in header.entities if each["type"] == "text_link"]
    assert linked == [f"{origin}/gallery/{view.session.link}"]


async def test_a_kill_in_the_middle_of_a_session_loses_and_repeats_nothing(
    fake: FakeTelegram, tmp_path: Path, group: Chat
) -> None:
    fake.rates.hurry(HURRY)
    ana, ben = fake.person("ana", group), fake.person("ben", group)
    settings = {"telegram_token": fake.token, "telegram_endpoint": fake.origin}
    program = Program(tmp_path / "data", settings=settings, command=("tests.discord.bot.quick_program",))
    try:
        await asyncio.to_thread(program.start)
        ana.sends_photo(picture(), f'/character save Mira "{SLOW}" girl')
        await shown(ana, "is one of your characters")
        header = await opened(fake, ana)
        ben.sends("/idea a red coat")
        first = await variation(ana, 1)
        await ana.press(first, "Vote")
        ben.sends("/idea a blue hat")
        await says(fake, header, "on the way")

        await asyncio.to_thread(program.kill)
        again = ana.starts_press(first, "Vote")
        await asyncio.to_thread(program.start)

        second = await variation(ana, 2)
        assert "counted before" in ((await ana.answered(again)).text or "")
        await says(fake, header, "variations: 2 · votes: 1")
        assert headers(fake) == [header]
        await asyncio.to_thread(program.kill)
        ana.sends("/session end")
        await asyncio.to_thread(program.start)
        await shown(ana, "The winner (votes: 1)", after=second)
        await says(fake, header, "ended")
        await asyncio.sleep(6 * PACE.step)
        assert len([each for each in ana.answers if "The winner" in each.text]) == 2  # and in the header
    finally:
        await asyncio.to_thread(program.stop)


async def test_administrators_lead_a_session_of_their_group(fake: FakeTelegram, app: App, group: Chat) -> None:
    ana, ben, eva = [fake.person(name, group) for name in ("ana", "ben", "eva")]
    header = await opened(fake, await with_character(app, ana))
    ben.sends("/idea something rude")
    card = await variation(ana, 1)
    eva.sends("/session remove 1")
    await shown(eva, "host")
    fake.make_admin(eva.user, group)
    fake.clock.advance(600)  # until the administrators are asked for again
    eva.sends("/session remove 1")
    await shown(eva, "Variation 1 is out of the session")
    await says(fake, header, "variations: 0")
    assert "not in the session any more" in ((await ana.press(card, "Vote")).text or "")
    ben.sends("/idea something else")
    await variation(ana, 2)
    eva.sends("/session dismiss 2")
    await shown(eva, "The author of variation 2 is out")
    ben.sends("/idea again")
    await shown(ben, "sent you away")


async def test_a_hundred_voters_are_counted_and_the_header_keeps_the_limits(
    fake: FakeTelegram, app: App, group: Chat
) -> None:
    ana = await with_character(app, fake.person("ana", group))
    ben = fake.person("ben", group)
    header = await opened(fake, ana)
    ben.sends("/idea a red coat")
    card = await variation(ana, 1)
    voters = [fake.person(f"voter{number}", group) for number in range(100)]
    presses = [voter.starts_press(card, "Vote") for voter in voters for _ in range(2)]
    await fake.until(lambda: all(each.is_answered for each in presses))
    await says(fake, header, "1. #1 a red coat (ben): 100")
    assert sum(each.text == "Your vote for number 1 counts." for each in presses) == 100
    assert fake.rates.limited == 0
    times = [version.at for version in header.history]
    assert header.edits <= 1 + (times[-1] - times[0]) / (3 * PACE.step)  # the latest state, at a header's own pace
    assert len(fake.record.of("getChatAdministrators")) <= 2  # nobody asks for what somebody else is asking for
    assert [each for each in ana.answers if "vote" in each.text.lower()] == [header]


async def test_time_alone_is_told_seldom(fake: FakeTelegram, app: App, group: Chat) -> None:
    ana = await with_character(app, fake.person("ana", group))
    header = await opened(fake, ana, until="10min")
    await asyncio.sleep(5 * PACE.look)
    fake.clock.advance(50)
    await asyncio.sleep(5 * PACE.look)
    assert header.edits == 0
    fake.clock.advance(70)
    await says(fake, header, "8 min left")
    assert header.edits == 1
