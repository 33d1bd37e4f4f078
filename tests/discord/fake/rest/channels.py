"""Routes of channels, their messages and reactions, each with the permission it needs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from tests.discord.fake import limits, payloads, refusals
from tests.discord.fake.clock import News
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.messages import Messages, Post
from tests.discord.fake.payloads import Payloads
from tests.discord.fake.permissions import may
from tests.discord.fake.refusals import Json
from tests.discord.fake.rest.reach import Reach
from tests.discord.fake.rest.routing import NO_CONTENT, Call, Reply, Routes
from tests.discord.fake.world import Channel, Message, User, World

CHANNEL = "/channels/{channel_id}"
MESSAGES = f"{CHANNEL}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
REACTION = f"{MESSAGE}/reactions/{{emoji_name}}/@me"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelRoutes:
    """What the bot does as a member, by its own token."""

    world: World
    reach: Reach
    messages: Messages
    payloads: Payloads
    gateway: Gateway
    news: News

    @property
    def routes(self) -> Routes:
        return {
            f"GET {CHANNEL}": lambda call: Reply(body=payloads.channel(self.reach.channel(call), self.world.bot)),
            f"POST {CHANNEL}/typing": self._type,
            f"GET {MESSAGES}": self._list,
            f"POST {MESSAGES}": self._send,
            f"GET {MESSAGE}": lambda call: Reply(body=self._read(call)),
            f"PATCH {MESSAGE}": self._edit,
            f"DELETE {MESSAGE}": self._delete,
            f"PUT {REACTION}": self._react,
            f"DELETE {REACTION}": self._unreact,
        }

    def _type(self, call: Call) -> Reply:
        self.reach.need(self.reach.channel(call), "send_messages")
        return NO_CONTENT

    def _list(self, call: Call) -> Reply:
        channel = self.reach.channel(call)
        if not may(channel, self.world.bot, "read_message_history"):
            return Reply(body=[])
        found = [each for each in channel.messages.values() if not each.is_ephemeral]
        before, after = int(call.query.get("before", 1 << 63)), int(call.query.get("after", 0))
        chosen = sorted((each for each in found if after < each.id < before), key=lambda each: -each.id)
        return Reply(body=[self.payloads.message(each) for each in chosen[: int(call.query.get("limit", 50))]])

    def _read(self, call: Call) -> Json:
        message = self.reach.message(call)
        self.reach.need(message.channel, "read_message_history")
        return self.payloads.message(message)

    def _send(self, call: Call) -> Reply:
        channel = self.reach.channel(call)
        self._may_send(channel, call)
        twin = self._sent_before(channel, call)
        if twin is not None:
            return Reply(body=self.payloads.message(twin))
        message = self.messages.make(
            Post(
                channel=channel,
                author=self.world.bot,
                payload=call.payload,
                uploads=call.uploads,
                file_limit=channel.guild.attachment_limit if channel.guild else limits.FILE_BYTES,
                reply_to=self._replied(channel, call),
            )
        )
        if channel.is_thread:
            self.reach.threads.join(channel, self.world.bot)
        return Reply(body=self.payloads.message(message))

    def _sent_before(self, channel: Channel, call: Call) -> Message | None:
        """With `enforce_nonce` a message that came before is not made again."""
        nonce = call.payload.get("nonce")
        if nonce is None or not call.payload.get("enforce_nonce"):
            return None
        return next((each for each in channel.messages.values() if each.nonce == str(nonce)), None)

    def _may_send(self, channel: Channel, call: Call) -> None:
        if channel.guild is None:
            if any(not user.takes_direct_messages for user in channel.recipients):
                raise refusals.closed_direct_messages()
            return
        if channel.archived:
            raise refusals.archived_thread()
        if channel.locked and not may(channel, self.world.bot, "manage_threads"):
            raise refusals.locked_thread()
        self.reach.need(channel, "send_messages_in_threads" if channel.is_thread else "send_messages")
        if call.uploads:
            self.reach.need(channel, "attach_files")
        if call.payload.get("embeds"):
            self.reach.need(channel, "embed_links")

    def _replied(self, channel: Channel, call: Call) -> Message | None:
        reference = call.payload.get("message_reference")
        if reference is None:
            return None
        if not may(channel, self.world.bot, "read_message_history"):
            raise refusals.no_reply_without_history()
        found = channel.messages.get(int(reference["message_id"]))
        if found is None and reference.get("fail_if_not_exists", True):
            form = refusals.Form()
            form.fault(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.check()
        return found

    def _edit(self, call: Call) -> Reply:
        message = self.reach.message(call)
        if message.author is not self.world.bot:
            raise refusals.not_the_author()
        if message.channel.archived:
            raise refusals.archived_thread()
        if call.uploads:
            self.reach.need(message.channel, "attach_files")
        guild = message.channel.guild
        limit = guild.attachment_limit if guild else limits.FILE_BYTES
        self.messages.change(message, call.payload, call.uploads, file_limit=limit)
        return Reply(body=self.payloads.message(message))

    def _delete(self, call: Call) -> Reply:
        message = self.reach.message(call)
        if message.author is not self.world.bot:
            if message.channel.guild is None:
                raise refusals.not_in_direct_messages()
            self.reach.need(message.channel, "manage_messages")
        self.messages.delete(message)
        return NO_CONTENT

    def _react(self, call: Call) -> Reply:
        message = self.reach.message(call)
        emoji = unquote(call.params["emoji_name"])
        if message.channel.archived:
            raise refusals.archived_thread()
        self.reach.need(message.channel, "read_message_history")
        if emoji not in message.reactions:
            self.reach.need(message.channel, "add_reactions")
        people = message.reactions.setdefault(emoji, [])
        if self.world.bot not in people:
            people.append(self.world.bot)
            self._tell("MESSAGE_REACTION_ADD", message, self.world.bot, emoji)
        return NO_CONTENT

    def _unreact(self, call: Call) -> Reply:
        message, emoji = self.reach.message(call), unquote(call.params["emoji_name"])
        if self.world.bot in message.reactions.get(emoji, []):
            message.reactions[emoji].remove(self.world.bot)
            self._tell("MESSAGE_REACTION_REMOVE", message, self.world.bot, emoji)
        return NO_CONTENT

    def _tell(self, event: str, message: Message, user: User, emoji: str) -> None:
        self.gateway.dispatch(event, reaction(message, user, emoji), channel=message.channel)
        self.news.tell()


def reaction(message: Message, user: User, emoji: str) -> Json:
    """The event of a reaction."""
    answer: Json = {
        "user_id": str(user.id),
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
        "emoji": {"id": None, "name": emoji},
        "burst": False,
        "type": 0,
    }
    return answer if message.channel.guild is None else answer | {"guild_id": str(message.channel.guild.id)}
