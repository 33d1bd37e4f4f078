"""Every command, as a person uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from bot.commands import CATALOGUE
from bot.replies import say
from tests.discord.bot.running import FAST, SLOW, ended, labels, png, restyle
from tests.discord.fake import FakeDiscord, NotOffered
from tests.discord.fake.refusals import Json

INKY = """
[inky]
match = ["/models/inky"]
native_side = 512
multiple = 8
max_pixels = 1048576
steps = 20
guidance = 7.0
scheduler = "ddim"
lora_choices = { ink = "/models/ink.safetensors" }
controlnets = { edges = "/models/edges" }
"""


async def test_a_picture_becomes_a_card_with_its_result_and_one_ping(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await ana.slash("restyle", picture=png(), prompt=FAST, strength=0.5)
    assert answer.was_deferred
    card = await ended(fake, answer)
    await fake.until(lambda: ana.pings)
    assert list(card.files) == ["restyle.png"]
    assert card.attachments[0].description == "0.001 fox, restyled at strength 0.5"
    assert "0.001 fox · 0.5 · seed" in card.text
    changes, looks = ["Subtle", "Strong", "Re-roll", "Strength"], ["Info", "Original", "Full file", "Delete"]
    assert labels(card) == [*changes, "Edit", "Save as character", *looks]
    [ping] = ana.pings
    assert ping.reply_to is card
    assert fake.said() == [card, ping]


async def test_every_command_of_the_catalogue_is_there_with_its_options(fake: FakeDiscord, app: App) -> None:
    told = {each["name"]: each for each in fake.world.global_commands.values()}
    assert set(told) == {*(spec.name for spec in CATALOGUE), "Restyle this", "Use as character"}
    options = {each["name"]: each for each in told["restyle"]["options"]}
    assert (options["strength"]["min_value"], options["strength"]["max_value"]) == (0, 1)
    assert (options["steps"]["type"], options["steps"]["max_value"]) == (4, 150)
    assert options["style"]["autocomplete"]
    assert all(each["contexts"] == [0, 1, 2] and each["integration_types"] == [0, 1] for each in told.values())


async def test_what_is_one_of_a_list_is_chosen_from_it(fake: FakeDiscord, app: App) -> None:
    told = {each["name"]: {option["name"]: option for option in each["options"]} for each in told_by(fake)}
    listed = {
        (name, option["name"]): [choice["value"] for choice in option["choices"]]
        for name, options in told.items()
        for option in options.values()
        if option.get("choices")
    }
    assert listed["mydata", "action"] == ["export", "erase"]
    assert listed["settings", "format"] == ["png", "webp", "jpeg"]
    assert listed["settings", "language"] == ["en", "de", "es", "none"]
    assert listed["vary", "keep"] == ["off", "likeness", "face", "both"]
    assert ("admin", "action") in listed
    assert ("character", "whom") in listed
    ana = fake.person("ana", fake.text_channel())
    await ended(fake, await ana.slash("settings", language="de"), "Gespeichert")
    with pytest.raises(NotOffered):
        await ana.slash("settings", language="fr")


async def test_only_models_that_are_offered_here_are_offered_and_what_they_can_do(
    fake: FakeDiscord, tmp_path: Path
) -> None:
    models = tmp_path / "models.toml"
    models.write_text(INKY)
    async with restyle(fake, tmp_path, models=("/models/inky",), models_file=models):
        ana = fake.person("ana", fake.text_channel())

        async def offered(option: str, typed: str = "", **others: str) -> list[str]:
            return [choice["value"] for choice in (await ana.autocomplete("restyle", option, typed, **others)).choices]

        assert await offered("model") == ["bundled", "inky"]
        assert await offered("lora", "in") == ["ink"]
        assert await offered("lora", model="bundled") == []
        assert await offered("control", model="inky") == ["edges"]


def told_by(fake: FakeDiscord) -> list[Json]:
    """The commands that take options."""
    return [each for each in fake.world.global_commands.values() if each.get("options")]


async def test_what_commands_are_for_is_told_in_every_language(fake: FakeDiscord, app: App) -> None:
    told = {each["name"]: each for each in fake.world.global_commands.values()}
    options = [*told.values(), *told["restyle"]["options"]]
    assert all(set(each["description_localizations"]) >= {"de", "es-ES"} for each in options if each["description"])
    assert all("…" not in each["description"][:3] for each in options)
    ana = fake.person("ana", fake.text_channel(), locale="de")
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST), "fox ·")
    assert labels(card)[0] == say("button.subtle", "de") != "Subtle"


async def test_a_sweep_is_one_sheet_and_each_strength_can_be_used(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    card = await ended(fake, await ana.slash("sweep", picture=png(), prompt=FAST))
    assert "4 pictures" in card.text
    assert card.attachments[0].width is not None
    assert card.attachments[0].width > 96
    used = await ana.press(card, "Use 0.45")
    assert "0.45" in (await ended(fake, used)).text


async def test_the_queue_is_told_to_the_one_who_asks(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    assert "Nothing waits" in (await ended(fake, await ana.slash("queue"), "Nothing")).text
    running = await ana.slash("restyle", picture=png(), prompt=SLOW)
    await fake.until(lambda: "░" in running.text)
    answer = await ana.slash("queue")
    await fake.until(lambda: "1 running" in answer.text)
    assert answer.is_ephemeral


async def test_history_and_info_name_what_was_made(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    assert "Nothing yet" in (await ended(fake, await ana.slash("history"), "Nothing")).text
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST, seed=12345))
    history = await ended(fake, await ana.slash("history"), "newest")
    assert "seed 12345" in history.text
    assert f"/{card.channel.id}/{card.id}" in history.text
    info = await ended(fake, await ana.slash("info"), "12345")
    assert '/restyle "0.001 fox"' in info.text
    assert info.is_ephemeral


async def test_jobs_of_ones_own_are_offered_for_info(fake: FakeDiscord, app: App) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))
    [choice] = (await ana.autocomplete("info", "job", "fox")).choices
    assert "0.001 fox" in (await ended(fake, await ana.slash("info", job=choice["value"]), "0.001")).text
    assert (await ben.autocomplete("info", "job", "")).choices == []


async def test_styles_are_offered_by_their_beginning_and_by_their_likeness(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    assert (await ana.autocomplete("restyle", "style", "water")).choices[0]["value"] == "watercolour"
    assert (await ana.autocomplete("restyle", "style", "watrcolour")).choices[0]["value"] == "watercolour"
    assert len((await ana.autocomplete("restyle", "scheduler", "")).choices) > 3
    assert (await ana.autocomplete("restyle", "recipe", "pol")).choices[0]["value"] == "polish"


async def test_settings_are_kept_and_help_lists_everything(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    saved = await ended(fake, await ana.slash("settings", strength=0.4, previews=False), "Saved")
    assert "strength 0.4" in saved.text
    assert "previews off" in saved.text
    text = (await ended(fake, await ana.slash("help"), "/restyle")).text
    assert all(f"/{spec.name}" in text for spec in CATALOGUE)


async def test_cancel_stops_what_runs_and_says_so(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    answer = await ana.slash("restyle", picture=png(), prompt=SLOW)
    await fake.until(lambda: "▓" in answer.text or "░" in answer.text)
    await ended(fake, await ana.slash("cancel"), "Cancelled 1")
    card = await ended(fake, answer, "Cancelled")
    assert labels(card) == ["Try again", "Edit", "Delete"]
    assert ana.pings == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"prompt": "fox", "style": "watrcolour"}, "did you mean watercolour"),
        ({"prompt": "fox", "size": "huge"}, "512x512"),
        ({"prompt": "fox 0.5", "strength": 0.4}, "given twice"),
        ({}, "Say what it should become"),
    ],
)
async def test_what_cannot_be_done_is_said_to_that_person_alone(
    fake: FakeDiscord, app: App, options: dict[str, str], sentence: str
) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    answer = await ana.slash("restyle", picture=png(), **options)
    await fake.until(lambda: sentence in answer.text)
    assert ben.sees == []


async def test_a_file_that_is_no_picture_is_refused_and_nothing_public_is_left(fake: FakeDiscord, app: App) -> None:
    channel = fake.text_channel()
    ana, ben = fake.person("ana", channel), fake.person("ben", channel)
    answer = await ana.slash("restyle", picture=b"no picture at all", prompt=FAST)
    await fake.until(lambda: "not a picture" in answer.text)
    assert ben.sees == []


async def test_without_a_picture_a_form_asks_for_one(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana", fake.text_channel())
    opened = await ana.slash("restyle", prompt="fox", seed=7)
    assert opened.fields["words"] == "fox"
    assert opened.fields["options"] == "seed=7"
    with pytest.raises(NotOffered):
        await ana.submit_modal(opened)
    sent = await ana.submit_modal(opened, picture=png(), words=FAST, strength="subtle", mask=png(colour="white"))
    card = await ended(fake, sent)
    assert "· 0.35 · seed 7" in card.text


async def test_a_job_alone_with_the_app_works_alike(fake: FakeDiscord, app: App) -> None:
    ana = fake.person("ana").alone
    card = await ended(fake, await ana.slash("restyle", picture=png(), prompt=FAST))
    assert list(card.files) == ["restyle.png"]
