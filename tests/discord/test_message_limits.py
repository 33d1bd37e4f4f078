"""Messages that Discord would refuse are refused, with its codes and at the place where the fault is."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.discord.asking import ask, post, post_refused, refused, upload
from tests.discord.fake import FakeDiscord
from tests.discord.fake.limits import COMPONENTS_V2, MIB
from tests.discord.small_bot import SmallBot

Json = dict[str, Any]
BOTH: Json = {"parse": ["users"], "users": ["1"]}
TEXT: Json = {"type": 10, "content": "hello"}


def button(number: int | str = 0, **other: object) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": f"go{number}"} | other


def row(*inner: Json) -> Json:
    return {"type": 1, "components": list(inner)}


def v2(*components: Json, **other: object) -> Json:
    return {"flags": COMPONENTS_V2, "components": list(components)} | other


def gallery(count: int, **other: object) -> Json:
    return {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}} | other] * count}


FORMS: dict[str, tuple[Json, str]] = {
    "content over 2000": ({"content": "x" * 2001}, "content"),
    "eleven embeds": ({"embeds": [{"title": "a"}] * 11}, "embeds"),
    "embeds over 6000": ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, "embeds"),
    "a title of an embed over 256": ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title"),
    "six rows": ({"content": "a", "components": [row(button(n)) for n in range(6)]}, "components"),
    "six buttons in a row": ({"content": "a", "components": [row(*map(button, range(6)))]}, "components.0.components"),
    "an empty row": ({"content": "a", "components": [row()]}, "components.0.components"),
    "a custom id over 100": ({"content": "a", "components": [row(button("x" * 99))]}, "components"),
    "a custom id twice": ({"content": "a", "components": [row(button(1), button(1))]}, "components"),
    "a button without id": ({"content": "a", "components": [row({"type": 2, "style": 1, "label": "a"})]}, "components"),
    "a link with an id": ({"content": "a", "components": [row(button(url="https://a.org", style=5))]}, "components"),
    "a label over 80": ({"content": "a", "components": [row(button(label="x" * 81))]}, "components"),
    "a bare button": ({"content": "a", "components": [button()]}, "components.0.type"),
    "new components without their flag": ({"content": "a", "components": [TEXT]}, "components.0.type"),
    "content beside V2": (v2(TEXT, content="a"), "content"),
    "embeds beside V2": (v2(TEXT, embeds=[{"title": "a"}]), "embeds"),
    "41 components": (v2(*[TEXT] * 41), "components"),
    "41 components, nested": (v2(*[{"type": 17, "components": [TEXT] * 9}] * 4, TEXT), "components"),
    "text over 4000": (v2(*[{"type": 10, "content": "x" * 2001}] * 2), "components"),
    "an empty gallery": (v2(gallery(0)), "components.0.items"),
    "a gallery of eleven": (v2(gallery(11)), "components.0.items"),
    "alt text over 1024": (v2(gallery(1, description="x" * 1025)), "components.0.items.0.description"),
    "a file that is not there": (v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}), "components"),
    "users both parsed and named": (
        {"content": "a", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allow",
    ),
}


@pytest.mark.parametrize("case", FORMS)
async def test_a_form_is_refused_for(case: str, fake: FakeDiscord, bot: SmallBot) -> None:
    body, place = FORMS[case]
    error = await post_refused(bot, fake.text_channel(), body)
    assert (error.status, error.code) == (400, 50035)
    assert f"In {place}" in error.text
    assert fake.said() == []


FITTING: dict[str, Json] = {
    "content of 2000": {"content": "x" * 2000},
    "embeds of 6000": {"embeds": [{"description": "x" * 3000}] * 2},
    "five rows of five": {"content": "a", "components": [row(*map(button, range(n, n + 5))) for n in range(0, 25, 5)]},
    "40 components": v2(*[TEXT] * 40),
    "a gallery of ten": v2(gallery(10, description="x" * 1024)),
}


@pytest.mark.parametrize("case", FITTING)
async def test_a_form_is_taken_with(case: str, fake: FakeDiscord, bot: SmallBot) -> None:
    await post(bot, fake.text_channel(), FITTING[case])
    assert len(fake.said()) == 1


@pytest.mark.parametrize("body", [{}, {"content": " \n"}, {"components": [row(button())]}, v2()])
async def test_a_message_that_says_nothing_is_refused(body: Json, fake: FakeDiscord, bot: SmallBot) -> None:
    assert (await post_refused(bot, fake.text_channel(), body)).code == 50006


async def test_a_file_over_the_limit_of_the_place_is_too_large(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel(fake.guild(attachment_limit=MIB))
    await upload(bot, channel, [("a.png", b"x" * MIB)])
    with pytest.raises(discord.HTTPException) as caught:
        await upload(bot, channel, [("a.png", b"x" * (MIB + 1))])
    assert (caught.value.status, caught.value.code) == (413, 40005)


async def test_a_request_over_25_mib_is_too_large(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    with pytest.raises(discord.HTTPException) as caught:
        await upload(bot, channel, [(f"{n}.png", b"x" * 9 * MIB) for n in range(3)])
    assert caught.value.code == 40005


async def test_eleven_files_are_refused(fake: FakeDiscord, bot: SmallBot) -> None:
    with pytest.raises(discord.HTTPException) as caught:
        await upload(bot, fake.text_channel(), [(f"{n}.png", b"x") for n in range(11)])
    assert caught.value.code == 50035


async def test_alt_text_of_a_file_over_1024_is_refused(fake: FakeDiscord, bot: SmallBot) -> None:
    told = [{"id": 0, "filename": "a.png", "description": "x" * 1025}]
    with pytest.raises(discord.HTTPException, match=r"In attachments\.0\.description"):
        await upload(bot, fake.text_channel(), [("a.png", b"x")], attachments=told)


async def test_v2_is_never_switched_off_again(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    sent = await post(bot, channel, v2(TEXT))
    path = f"/channels/{channel.id}/messages/{sent['id']}"
    assert "In flags" in (await refused(bot, "PATCH", path, {"flags": 0})).text
    assert "In content" in (await refused(bot, "PATCH", path, {"content": "a"})).text
    await ask(bot, "PATCH", path, {"components": [TEXT | {"content": "changed"}]})
    assert fake.said()[0].text == "changed"


async def test_an_old_message_becomes_v2_once_its_content_is_gone(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    sent = await post(bot, channel, {"content": "old"})
    path = f"/channels/{channel.id}/messages/{sent['id']}"
    assert "In content" in (await refused(bot, "PATCH", path, v2(TEXT))).text
    await ask(bot, "PATCH", path, v2(TEXT, content=None))
    assert fake.said()[0].text == "hello"


async def test_files_that_components_show_are_not_listed_as_attachments(fake: FakeDiscord, bot: SmallBot) -> None:
    shown = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "description": "a fox"}]}
    sent = await upload(bot, fake.text_channel(), [("a.png", b"abc"), ("hidden.png", b"d")], **v2(shown))
    assert sent["attachments"] == []
    assert await bot.http.get_from_cdn(sent["components"][0]["items"][0]["media"]["url"]) == b"abc"
    assert fake.said()[0].files == {"a.png": b"abc"}


async def test_a_nonce_makes_a_message_once(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    first = await post(bot, channel, {"content": "a", "nonce": "job 7", "enforce_nonce": True})
    second = await post(bot, channel, {"content": "a", "nonce": "job 7", "enforce_nonce": True})
    assert first["id"] == second["id"]
    assert len(fake.said()) == 1


async def test_only_the_author_edits(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    message = fake.person("ana", channel).sends("mine")
    error = await refused(bot, "PATCH", f"/channels/{channel.id}/messages/{message.id}", {"content": "yours"})
    assert (error.status, error.code) == (403, 50005)


async def test_what_is_not_there_is_unknown(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    nobody = await refused(bot, "GET", "/channels/1")
    assert (nobody.status, nobody.code) == (404, 10003)
    nothing = await refused(bot, "DELETE", f"/channels/{channel.id}/messages/1")
    assert (nothing.status, nothing.code) == (404, 10008)
    await post(bot, channel, {"content": "card"})
    card = fake.said()[0]
    fake.delete_channel(channel)
    gone = await refused(bot, "PATCH", f"/channels/{channel.id}/messages/{card.id}", {"content": "a"})
    assert gone.code == 10003
    assert fake.said() == []


async def test_a_new_picture_of_the_same_name_takes_the_place_of_the_old_one(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel()
    shown = v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "description": "a fox"}]}, row(button()))
    sent = await upload(bot, channel, [("a.png", b"first")], **shown)
    await upload(bot, channel, [("a.png", b"second")], edits=sent["id"])
    message = fake.said()[0]
    assert [each.content for each in message.attachments] == [b"second"]
    assert message.alt_texts == ["a fox"]
    assert message.buttons == {"Go": "go0"}
