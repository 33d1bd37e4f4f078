"""What a card lives through: the end of its token, restarts, and things that go away under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from tests.discord.bot.running import FAST, SLOW, ended, labels, png, restyle, told
from tests.discord.fake import Answer, FakeDiscord, Message, Person

QUARTER = 15 * 60.0 + 1
EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
SEND = "POST /channels/{channel_id}/messages"


async def running(fake: FakeDiscord, person: Person, **options: object) -> Answer:
    """A job that has begun, and shows it."""
    answer = await person.slash("restyle", picture=png(), prompt=SLOW, **options)  # type: ignore[arg-type]  # options of one command
    await fake.until(lambda: "░" in answer.text)
    return answer


def results(fake: FakeDiscord) -> list[Message]:
    """Messages that show a result, wherever they are."""
    return [message for message in fake.said() if any(name.startswith("restyle.") for name in message.files)]


async def test_a_card_outlives_its_token_as_an_ordinary_message(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    fake.advance(QUARTER)
    await ended(fake, answer)
    await fake.until(lambda: ana.pings)
    assert results(fake) == [answer.message]


async def test_a_deleted_card_comes_back_once_with_the_result(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    assert answer.message is not None
    fake.delete_message(answer.message)
    await fake.until(lambda: results(fake))
    [result] = results(fake)
    await fake.until(lambda: ana.pings)
    assert ana.pings == [result]
    assert result.channel is ana.channel
    assert labels(result)[0] == "Subtle"


async def test_a_deleted_channel_sends_the_result_to_the_person_alone(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    await running(fake, ana)
    fake.delete_channel(ana.channel)
    await fake.until(lambda: ana.inbox)
    assert results(fake) == ana.inbox
    assert "whoever runs that server" in ana.inbox[0].text
    new = await ended(fake, await ana.alone.press(ana.inbox[0], "Subtle"))
    assert new.channel is ana.alone.channel


@pytest.mark.parametrize("permission", ["view_channel", "attach_files"])
async def test_lost_permissions_send_it_to_the_person_alone_and_say_whom_to_ask(
    fake: FakeDiscord, app: App, permission: str
) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    fake.advance(QUARTER)  # as long as the token lives, no permission is needed
    fake.revoke(ana.channel, permission)
    await fake.until(lambda: ana.inbox)
    assert "whoever runs that server" in ana.inbox[0].text
    assert list(ana.inbox[0].files) == ["restyle.png"]
    if permission == "attach_files":
        await told(fake, answer, "sent the picture to you alone")


async def test_where_direct_messages_are_closed_too_the_history_has_it(fake: FakeDiscord, app: App) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    ana.user.takes_direct_messages = False
    await running(fake, ana)
    fake.delete_channel(channel)
    elsewhere = ana.at(fake.text_channel(channel.guild, "other"))
    await fake.until(lambda: fake.record.by_route()[SEND])
    await told(fake, await elsewhere.slash("history"), "seed")
    assert results(fake) == []


async def test_a_private_card_whose_token_ends_says_so_and_ends_as_a_direct_message(
    fake: FakeDiscord, app: App
) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    answer = await running(fake, ana, private=True)
    fake.advance(QUARTER - 50)
    await told(fake, answer, "15 minutes only")
    fake.advance(60)
    await fake.until(lambda: ana.inbox)
    assert results(fake) == ana.inbox
    assert ben.sees == []


async def test_where_only_the_person_installed_it_the_card_lives_by_its_token(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel(fake.guild(has_app=False)), installed=True)
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))
    await fake.until(lambda: ana.pings)
    assert list(card.files) == ["restyle.png"]
    answer = await running(fake, ana)
    fake.advance(QUARTER)
    await fake.until(lambda: ana.inbox)
    assert "░" in answer.text


async def test_between_two_people_who_talk_alone_it_works_for_who_installed_it(fake: FakeDiscord, app: App) -> None:
    ana, ben = fake.person("ana", installed=True), fake.person("ben")
    ana = ana.at(fake.conversation(ana, ben))
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))
    assert card in ben.at(ana.channel).sees


@pytest.mark.parametrize("gone", ["nothing", "token", "message"])
async def test_a_restart_goes_on_with_the_very_same_card(fake: FakeDiscord, tmp_path: Path, gone: str) -> None:
    fake.rates.hurry(20)
    ana = fake.person("ana", fake.text_channel())
    async with restyle(fake, tmp_path):
        first, second = await running(fake, ana), await ana.slash("restyle", picture=png(), prompt=FAST)
        await told(fake, second, "Restyling for")
    assert results(fake) == [] or first.message in results(fake)  # a stop lets what runs come to its end
    if gone == "token":
        fake.advance(QUARTER)
    if gone == "message":
        assert second.message is not None
        fake.delete_message(second.message)
    async with restyle(fake, tmp_path):
        await fake.until(lambda: len(results(fake)) == 2 and len(ana.pings) == 2)
        if gone != "message":
            assert {message.id for message in results(fake)} == {first.message.id, second.message.id}  # type: ignore[union-attr]  # both were answered
        new = await ended(fake, await ana.press(results(fake)[0], "Re-roll"))
        await fake.until(lambda: len(ana.pings) == 3)
    assert fake.world.global_commands
    assert fake.commands.overwrites == 1  # the commands had not changed
    assert new in results(fake)


async def test_what_ended_while_discord_could_not_be_reached_is_shown_later(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    ill = [fake.fail(EDIT, times=2, status=502), fake.fail(EDIT, times=6, status=0)]
    card = await ended(fake, answer)
    assert [each.times for each in ill] == [0, 0]
    assert results(fake) == [card]


async def test_a_storm_of_429_delays_and_loses_nothing(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    fake.fail(
        "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", times=8, status=429, retry_after=0.01
    )
    fake.fail(SEND, times=8, status=429, retry_after=0.01)
    await ended(fake, answer)
    await fake.until(lambda: ana.pings)
    assert len(ana.pings) == 1


async def test_a_lost_answer_makes_no_second_message(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    assert answer.message is not None
    fake.delete_message(answer.message)
    fake.fail(SEND, times=2, status=0, after=True)
    await fake.until(lambda: fake.record.by_route()[SEND] == 3)  # twice its answer was lost
    assert len(results(fake)) == 1
    assert len(ana.pings) == 1


async def test_a_dropped_connection_is_resumed_and_nothing_is_missed(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await running(fake, ana)
    await fake.gateway.drop()
    late = ana.starts_slash("queue")
    await ended(fake, answer)
    await fake.until(lambda: fake.gateway.resumed)
    await ana.answered(late)
    assert len(results(fake)) == 1
