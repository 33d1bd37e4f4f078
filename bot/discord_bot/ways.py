"""The ways a message of ours can be made and changed: by an interaction's token, as the bot, or to a person alone."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.discord_bot.drawing import NOBODY, Drawing, only
from core.domain.names import PersonId, Place, Platform
from core.service.deliveries import Delivery


def number_of(person: PersonId) -> int:
    """Discord's own id of a person: "discord:1234"."""
    return int(person.partition(":")[2])


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """Where a message was made."""

    place: Place
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Each way raises what Discord says against it (`failures.TROUBLE`)."""

    client: discord.Client

    async def edit_by_token(self, delivery: Delivery, drawing: Drawing) -> None:
        """For 15 minutes after an interaction; needs no permission, works for what only one person sees."""
        assert delivery.message is not None, "there is something to edit"
        await self._webhook(delivery).edit_message(
            int(delivery.message), view=drawing.view(), attachments=drawing.files(), allowed_mentions=NOBODY
        )

    async def edit(self, delivery: Delivery, drawing: Drawing) -> None:
        assert delivery.message is not None, "there is something to edit"
        message = self._channel(delivery).get_partial_message(int(delivery.message))
        await message.edit(view=drawing.view(), attachments=drawing.files(), allowed_mentions=NOBODY)

    async def send(self, delivery: Delivery, drawing: Drawing, nonce: str, *, pings: bool) -> Sent:
        """A new message; with the same `nonce` a second one is not made, so a lost answer does no harm."""
        allowed = only(number_of(delivery.owner)) if pings else NOBODY
        sent = await self._channel(delivery).send(
            view=drawing.view(), files=drawing.files(), nonce=nonce, allowed_mentions=allowed
        )
        return Sent(place=delivery.place, message=str(sent.id))

    async def send_alone(self, delivery: Delivery, drawing: Drawing, nonce: str) -> Sent:
        """To the owner's direct messages."""
        alone = await self.client.create_dm(discord.Object(number_of(delivery.owner)))
        sent = await alone.send(view=drawing.view(), files=drawing.files(), nonce=nonce, allowed_mentions=NOBODY)
        return Sent(place=Place(platform=Platform.DISCORD, conversation=str(alone.id)), message=str(sent.id))

    async def ping(self, delivery: Delivery, text: str, nonce: str) -> None:
        """A short answer under the card; edits ping nobody."""
        assert delivery.message is not None, "there is something to answer"
        reference = (
            self._channel(delivery).get_partial_message(int(delivery.message)).to_reference(fail_if_not_exists=False)
        )
        allowed = only(number_of(delivery.owner))
        await self._channel(delivery).send(text, reference=reference, nonce=nonce, allowed_mentions=allowed)

    async def ping_by_token(self, delivery: Delivery, text: str, *, private: bool) -> None:
        allowed = only(number_of(delivery.owner))
        await self._webhook(delivery).send(text, allowed_mentions=allowed, ephemeral=private, wait=True)

    async def reopen(self, delivery: Delivery) -> None:
        """Its thread was archived, as quiet ones are after a while."""
        thread = await self.client.fetch_channel(int(delivery.place.conversation))
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)

    async def delete(self, delivery: Delivery) -> None:
        assert delivery.message is not None, "there is something to delete"
        await self._channel(delivery).get_partial_message(int(delivery.message)).delete()

    async def delete_by_token(self, delivery: Delivery) -> None:
        assert delivery.message is not None, "there is something to delete"
        await self._webhook(delivery).delete_message(int(delivery.message))

    def link(self, delivery: Delivery) -> str:
        """To its message, for people who may see it; empty where the server is not known."""
        if delivery.message is None:
            return ""
        channel = self.client.get_channel(int(delivery.place.conversation))
        guild = getattr(channel, "guild", None)
        if guild is None:
            return ""
        return f"https://discord.com/channels/{guild.id}/{delivery.place.conversation}/{delivery.message}"

    def _webhook(self, delivery: Delivery) -> discord.Webhook:
        assert delivery.token is not None, "the token is alive"
        assert self.client.application_id is not None, "the client has logged in"
        return discord.Webhook.partial(self.client.application_id, delivery.token, client=self.client)

    def _channel(self, delivery: Delivery) -> discord.PartialMessageable:
        return self.client.get_partial_messageable(int(delivery.place.conversation))
