"""Interactions on their way to the app: the event as the gateway tells it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import payloads
from tests.discord.fake.clock import News
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.interactions import Interaction, Interactions
from tests.discord.fake.options import Resolved
from tests.discord.fake.payloads import Payloads
from tests.discord.fake.permissions import bits, permissions_in
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import Channel, Message, User, World

AWAY = bits("attach_files", "embed_links", "mention_everyone")  # what an app may do where only a person installed it


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Opens an interaction and tells the gateway."""

    world: World
    interactions: Interactions
    payloads: Payloads
    gateway: Gateway
    news: News

    def send(
        self,
        *,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        owners: dict[str, str],
        context: int,
        source: Message | None,
        trigger: Interaction | None,
    ) -> Interaction:
        interaction = self.interactions.open(
            kind=kind, user=user, channel=channel, data=data, owners=owners, source=source, trigger=trigger
        )
        event = self._event(interaction) | {"context": context}
        self.gateway.dispatch("INTERACTION_CREATE", event, channel=channel)
        self.news.tell()
        return interaction

    def interaction_of(self, message: Message | None) -> Interaction | None:
        """What the message answered, if it answered an interaction."""
        if message is None or message.interaction is None:
            return None
        return self.interactions.by_id.get(int(message.interaction["id"]))

    def resolved(self, found: Resolved, channel: Channel) -> Json:
        """The member `resolved` of an interaction's data, left out when there is nothing."""
        members = channel.guild.members if channel.guild else {}
        answer: Json = {
            "attachments": {number: self.payloads.attachment(each) for number, each in found.attachments.items()},
            "users": {number: payloads.user(each) for number, each in found.users.items()},
            "members": {
                number: {key: value for key, value in payloads.member(members[each.id]).items() if key != "user"}
                | {"permissions": str(permissions_in(channel, each))}
                for number, each in found.users.items()
                if each.id in members
            },
            "channels": {
                number: payloads.interaction_channel(one, self.world.bot) for number, one in found.channels.items()
            },
        }
        kept = {key: value for key, value in answer.items() if value}
        return {"resolved": kept} if kept else {}

    def _event(self, interaction: Interaction) -> Json:
        channel, user = interaction.channel, interaction.user
        event: Json = {
            "id": str(interaction.id),
            "application_id": str(self.world.app_id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": payloads.interaction_channel(channel, user),
            "locale": user.locale,
            "app_permissions": str(permissions_in(channel, self.world.bot) or AWAY),
            "authorizing_integration_owners": interaction.owners,
            "attachment_size_limit": interaction.file_limit,
            "entitlements": [],
        }
        if interaction.source is not None:
            event["message"] = self.payloads.message(interaction.source)
        if channel.guild is None:
            return event | {"user": payloads.user(user)}
        member = payloads.member(channel.guild.members[user.id])
        return event | {
            "guild_id": str(channel.guild.id),
            "guild": {"id": str(channel.guild.id), "features": [], "locale": channel.guild.locale},
            "guild_locale": channel.guild.locale,
            "member": member | {"permissions": str(permissions_in(channel, user))},
        }
