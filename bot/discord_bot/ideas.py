"""Ideas that are said, not commanded: a message in a session's thread that mentions us, or answers one of ours.

Where the operator has switched on the Message Content Intent, any message there is one.
"""

from __future__ import annotations

import logging
import re
from typing import Literal

import discord

from bot.conversation import Carded, handle
from bot.discord_bot.courier import Courier
from bot.discord_bot.drawing import NOBODY, plain
from bot.discord_bot.failures import TROUBLE
from bot.discord_bot.people import asker_in
from bot.languages.choice import language_of
from bot.replies import say_error
from core.domain.command import Command
from core.domain.names import PersonId
from core.errors import RestyleError
from core.service.deliveries import Delivery
from core.service.service import Asker, Service

log = logging.getLogger(__name__)

How = Literal["commands", "mentions", "messages"]
_SAID = {discord.MessageType.default, discord.MessageType.reply}
_MENTION = re.compile(r"<@!?(\d+)>")


def intents_for(how: How) -> discord.Intents:
    """None of them privileged, but for `messages`, where their words are read."""
    return discord.Intents(guilds=True, guild_messages=how != "commands", message_content=how == "messages")


class Ideas:
    """From a message to a card under it."""

    def __init__(self, service: Service, courier: Courier, how: How) -> None:
        self._service = service
        self._courier = courier
        self._how = how

    async def heard(self, message: discord.Message, me: int) -> None:
        """Every message of every server comes by here; nothing is looked up for those that cannot be ideas."""
        if message.author.bot or message.type not in _SAID or not isinstance(message.channel, discord.Thread):
            return
        meant = any(user.id == me for user in message.mentions)
        words = _MENTION.sub(lambda found: "" if int(found[1]) == me else found[0], message.content).strip()
        if not words or not (meant or self._how == "messages"):
            return
        asker = asker_in(message.channel, message.author)
        held = await self._service.sessions.store.held_in(asker.place)
        if held is None or (held.is_over(self._service.sessions.now()) and not meant):
            return
        await self._send(message, asker, words)

    async def _send(self, message: discord.Message, asker: Asker, words: str) -> None:
        language = await language_of(self._service, asker)
        try:
            reply = await handle(self._service, asker, Command(name="idea", words=words, prompt=words))
            assert isinstance(reply, Carded)
            await self._courier.deliver(self._delivery(reply, asker.person, message, language))
        except RestyleError as error:
            await self._tell(message, say_error(error, language))
        except Exception:
            log.exception("discord.idea-failed message=%s", message.id)

    def _delivery(self, reply: Carded, owner: PersonId, message: discord.Message, language: str) -> Delivery:
        limit = message.guild.filesize_limit if message.guild else 0
        place = reply.state.first.place
        return Delivery(card=reply.state.id, owner=owner, place=place, file_limit=limit, language=language)

    async def _tell(self, message: discord.Message, sentence: str) -> None:
        try:
            await message.reply(plain(sentence), mention_author=False, allowed_mentions=NOBODY)
        except TROUBLE as error:
            log.warning("discord.not-told message=%s: %s", message.id, error)
