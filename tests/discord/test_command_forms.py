"""Commands that Discord would not register are refused, and its client offers what is registered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.discord.asking import ask, refused
from tests.discord.fake import FakeDiscord, NotOffered
from tests.discord.small_bot import SmallBot

Json = dict[str, Any]


def option(name: str = "word", **other: object) -> Json:
    return {"type": 3, "name": name, "description": "A word"} | other


def command(name: str = "restyle", **other: object) -> Json:
    return {"type": 1, "name": name, "description": "Restyle a picture"} | other


LONG_CHOICES = [{"name": f"{number:0>100}", "value": f"{number:0>100}"} for number in range(25)]
SETS: dict[str, tuple[list[Json], int]] = {
    "101 slash commands": ([command(f"c{n}") for n in range(101)], 30032),
    "16 message menus": ([{"type": 3, "name": f"m{n}"} for n in range(16)], 30032),
    "16 user menus": ([{"type": 2, "name": f"m{n}"} for n in range(16)], 30032),
    "a name twice": ([command(), command()], 50035),
    "capitals": ([command("Restyle")], 50035),
    "spaces": ([command("re style")], 50035),
    "a name over 32": ([command("x" * 33)], 50035),
    "a description over 100": ([command(description="x" * 101)], 50035),
    "no description": ([command(description="")], 50035),
    "26 options": ([command(options=[option(f"o{n}") for n in range(26)])], 50035),
    "an option twice": ([command(options=[option(), option()])], 50035),
    "required after optional": ([command(options=[option("a"), option("b", required=True)])], 50035),
    "26 choices": ([command(options=[option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])])], 50035),
    "choices beside autocomplete": (
        [command(options=[option(autocomplete=True, choices=[{"name": "a", "value": "a"}])])],
        50035,
    ),
    "a long choice": ([command(options=[option(choices=[{"name": "x" * 101, "value": "a"}])])], 50035),
    "an unknown language": ([command(description_localizations={"xx": "a"})], 50035),
    "a long translation": ([command(description_localizations={"de": "x" * 101})], 50035),
    "a translated name with capitals": ([command(name_localizations={"de": "Malen"})], 50035),
    "over 8000 characters": ([command(options=[option(f"o{n}", choices=LONG_CHOICES) for n in range(4)])], 50035),
    "a menu with a description": ([{"type": 3, "name": "m", "description": "a"}], 50035),
    "three levels of subcommands": (
        [
            command(
                options=[
                    {
                        "type": 2,
                        "name": "a",
                        "description": "a",
                        "options": [{"type": 2, "name": "b", "description": "b", "options": []}],
                    }
                ]
            )
        ],
        50035,
    ),
}


@pytest.mark.parametrize("case", SETS)
async def test_a_set_of_commands_is_refused_for(case: str, fake: FakeDiscord, bot: SmallBot) -> None:
    commands, code = SETS[case]
    before = dict(fake.world.global_commands)
    error = await refused(bot, "PUT", f"/applications/{fake.world.app_id}/commands", commands)
    assert (error.status, error.code) == (400, code)
    assert fake.world.global_commands == before


async def test_what_fits_is_registered_and_keeps_its_id(fake: FakeDiscord, bot: SmallBot) -> None:
    path = f"/applications/{fake.world.app_id}/commands"
    commands = [command(f"c{n}") for n in range(100)] + [{"type": 3, "name": f"Menu {n}"} for n in range(15)]
    first = await ask(bot, "PUT", path, commands)
    second = await ask(bot, "PUT", path, commands[:1])
    assert first[0]["id"] == second[0]["id"]
    assert len(fake.world.global_commands) == 1
    assert fake.commands.overwrites == 3


async def test_the_client_checks_what_people_type(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel())
    for options in (
        {"image": b"x"},
        {"image": b"x", "prompt": "a", "strength": 2.0},
        {"image": b"x", "prompt": "a", "power": 1},
        {"image": "x", "prompt": "a"},
    ):
        with pytest.raises(NotOffered):
            await ana.slash("restyle", **options)
    with pytest.raises(NotOffered):
        await ana.slash("nothing")


async def test_age_restricted_and_moderators_commands_are_offered_where_they_belong(
    fake: FakeDiscord, bot: SmallBot
) -> None:
    path = f"/applications/{fake.world.app_id}/commands"
    await ask(bot, "PUT", path, [command("adult", nsfw=True), command("admin", default_member_permissions=32)])
    guild = fake.guild()
    channel = fake.text_channel(guild)
    ana = fake.person("ana", channel)
    for name in ("adult", "admin"):
        with pytest.raises(NotOffered):
            ana.starts_slash(name)
    fake.give(ana, fake.role(guild, "keepers", manage_guild=True))
    ana.starts_slash("admin")
    ana.at(fake.text_channel(guild, "cellar", nsfw=True)).starts_slash("adult")
