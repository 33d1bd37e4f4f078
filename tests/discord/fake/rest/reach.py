"""What the bot can reach by its own token: the channel, the message and the permission that a request needs."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import refusals
from tests.discord.fake.permissions import may
from tests.discord.fake.rest.routing import Call
from tests.discord.fake.threads import Threads
from tests.discord.fake.world import Channel, Guild, Message, World


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Each raises Refusal for what is not there or may not be done."""

    world: World
    threads: Threads

    def guild(self, call: Call) -> Guild:
        guild = self.world.guilds.get(call.id("guild_id"))
        if guild is None or not guild.has_app:
            raise refusals.unknown("Guild")
        return guild

    def channel(self, call: Call) -> Channel:
        channel = self.world.channels.get(call.id("channel_id"))
        if channel is None:
            raise refusals.unknown("Channel")
        here = channel.guild is None or channel.guild.has_app
        if not here or not may(channel, self.world.bot, "view_channel"):
            raise refusals.missing_access()
        self.threads.settle(channel)
        return channel

    def thread(self, call: Call) -> Channel:
        channel = self.channel(call)
        if not channel.is_thread:
            raise refusals.wrong_kind_of_channel()
        return channel

    def message(self, call: Call) -> Message:
        channel = self.channel(call)
        message = channel.messages.get(call.id("message_id"))
        if message is None or message.is_ephemeral or message.is_loading:
            raise refusals.unknown("Message")
        return message

    def need(self, channel: Channel, *permissions: str) -> None:
        if not may(channel, self.world.bot, *permissions):
            raise refusals.missing_permissions()
