"""Where only a person installed the app, it answers interactions and does nothing else."""

from __future__ import annotations

import discord
import pytest

from tests.discord.asking import post_refused
from tests.discord.fake import FakeDiscord, NotOffered
from tests.discord.small_bot import SmallBot


async def test_a_user_installed_app_answers_where_it_is_no_member(fake: FakeDiscord, bot: SmallBot) -> None:
    channel = fake.text_channel(fake.guild(has_app=False))
    ana, ben = fake.person("ana", channel, installed=True), fake.person("ben", channel)
    answer = await ana.slash("restyle", image=b"x", prompt="oil")
    await fake.until(lambda: not answer.is_thinking)
    assert answer.message is not None
    assert answer.message in ben.sees
    assert (await post_refused(bot, channel, {"content": "a"})).code == 50001
    assert answer.interaction.owners == {"1": str(ana.id)}
    with pytest.raises(NotOffered):
        await ben.slash("restyle", image=b"x", prompt="oil")
    with pytest.raises(NotOffered):
        await ana.slash("edit")  # for servers only


async def test_it_follows_up_five_times(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana", fake.text_channel(fake.guild(has_app=False)), installed=True)
    kept: list[discord.Interaction[SmallBot]] = []

    @bot.tree.command(description="Keep")
    @discord.app_commands.allowed_installs(guilds=True, users=True)
    async def keep(interaction: discord.Interaction[SmallBot]) -> None:
        await interaction.response.send_message("kept")
        kept.append(interaction)

    await bot.tree.sync()
    fake.rates.rules["POST", "/webhooks/{webhook_id}/{webhook_token}"] = fake.rates.rules[
        "DELETE", "/channels/{channel_id}/messages/{message_id}"
    ]
    answer = await ana.slash("keep")
    await fake.until(lambda: kept)
    for number in range(5):
        await kept[0].followup.send(str(number))
    with pytest.raises(discord.HTTPException) as caught:
        await kept[0].followup.send("6")
    assert (caught.value.status, caught.value.code) == (400, 40094)
    await kept[0].edit_original_response(content="edits are free")
    assert len(answer.follow_ups) == 5


async def test_a_server_may_let_it_speak_to_its_person_alone(fake: FakeDiscord, bot: SmallBot) -> None:
    guild = fake.guild(has_app=False)
    channel = fake.text_channel(guild)
    ana = fake.person("ana", channel, installed=True)
    fake.revoke(channel, "use_external_apps", who=guild.everyone)
    answer = await ana.slash("restyle", image=b"x", prompt="oil")
    assert answer.is_ephemeral


async def test_it_answers_in_conversations_between_people(fake: FakeDiscord, bot: SmallBot) -> None:
    ana, ben = fake.person("ana", installed=True), fake.person("ben")
    talk = fake.conversation(ana, ben)
    answer = await ana.at(talk).slash("restyle", image=b"x", prompt="oil")
    await fake.until(lambda: not answer.is_thinking)
    assert ben.at(talk).sees == [answer.message]
    assert (await post_refused(bot, talk, {"content": "a"})).code == 50001


async def test_it_works_in_the_apps_own_direct_messages(fake: FakeDiscord, bot: SmallBot) -> None:
    ana = fake.person("ana")
    answer = await ana.slash("restyle", image=b"x", prompt="oil")
    await fake.until(lambda: not answer.is_thinking)
    assert answer.interaction.owners == {"0": "0"}
    assert answer.message in ana.inbox
