"""The real client library on the fake: what works on Discord works here."""

from __future__ import annotations

import discord

from tests.discord.fake import FakeDiscord, File
from tests.discord.small_bot import SmallBot

PNG = b"\x89PNG not really"


async def test_a_slash_command_is_deferred_and_followed_up_with_a_file(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await ana.slash("restyle", image=PNG, prompt="oil painting", strength=0.55)
    assert answer.was_deferred
    await fake.until(lambda: not fake.thinking)
    assert answer.text == f"oil painting 0.55 None {len(PNG)}"
    assert answer.message is not None
    assert answer.message.files == {"result.png": b"result"}
    assert answer.message.attachments[0].description == "a fox"
    assert ana.sees == [answer.message]


async def test_a_persistent_button_works_from_its_id_alone(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    answer = await ana.slash("restyle", image=PNG, prompt="x")
    await fake.until(lambda: not answer.is_thinking)
    pressed = await ana.press(answer, "Again")
    assert pressed.text == "again 7"
    assert pressed.is_ephemeral
    assert pressed.message in ana.sees
    assert pressed.message not in ben.sees


async def test_autocomplete_offers_what_fits(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await ana.autocomplete("restyle", "style", "i")
    assert [choice["value"] for choice in answer.choices] == ["oil", "ink"]


async def test_a_form_opens_filled_in_and_takes_files(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    opened = await ana.slash("edit")
    assert opened.modal["title"] == "Change the picture"
    assert opened.fields["prompt"] == "a fox"
    sent = await ana.submit_modal(opened, mask=[File(filename="m.png", content=b"12345")])
    assert sent.text == "a fox [5]"


async def test_a_message_menu_sees_files_without_the_content_intent(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    message = ana.sends("look", files=[PNG])
    answer = await ana.message_menu("Restyle this", message)
    assert answer.text == "['picture.png'] 'look'"
    await fake.until(lambda: bot.seen)
    assert bot.seen[0].content == ""
    assert bot.seen[0].attachments == []


async def test_messages_are_sent_edited_and_deleted_in_a_channel(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    ana = fake.person("ana", channel)
    place = bot.get_partial_messageable(channel.id)
    sent = await place.send(f"queued for {ana.mention}", allowed_mentions=discord.AllowedMentions.none())
    card = fake.said()[0]
    await sent.edit(content="running")
    await sent.edit(content="done", attachments=[discord.File(__file__, "code.py")])
    assert [version.content for version in card.history] == [f"queued for {ana.mention}", "running", "done"]
    assert list(card.files) == ["code.py"]
    assert ana.pings == []
    await sent.delete()
    assert fake.said() == []
