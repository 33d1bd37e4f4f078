"""Routes of pinned messages; pinning has been a permission of its own since 2025."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import limits, refusals
from tests.discord.fake.messages import Messages
from tests.discord.fake.payloads import Payloads, timestamp
from tests.discord.fake.refusals import Json
from tests.discord.fake.rest.reach import Reach
from tests.discord.fake.rest.routing import NO_CONTENT, Call, Reply, Routes
from tests.discord.fake.threads import PINNED
from tests.discord.fake.world import Channel, Message

PINS = "/channels/{channel_id}/messages/pins"


@dataclass(frozen=True, kw_only=True, slots=True)
class PinRoutes:
    """Newest pins first; at most 50 are told at once."""

    reach: Reach
    messages: Messages
    payloads: Payloads

    @property
    def routes(self) -> Routes:
        return {
            f"GET {PINS}": self._list,
            f"PUT {PINS}/{{message_id}}": self._pin,
            f"DELETE {PINS}/{{message_id}}": self._unpin,
        }

    def _list(self, call: Call) -> Reply:
        channel = self.reach.channel(call)
        self.reach.need(channel, "read_message_history")
        found = [each for each in _pinned(channel) if timestamp(each.pinned_at or 0) < call.query.get("before", "~")]
        chosen = found[: int(call.query.get("limit", 50))]
        return Reply(body={"items": [self._item(each) for each in chosen], "has_more": len(found) > len(chosen)})

    def _pin(self, call: Call) -> Reply:
        message = self._message(call)
        if message.pinned_at is None:
            if len(_pinned(message.channel)) >= limits.PINS:
                raise refusals.too_many_pins(limits.PINS)
            self.messages.pin(message, pinned=True)
            self.messages.announce(message.channel, self.reach.world.bot, PINNED)
        return NO_CONTENT

    def _unpin(self, call: Call) -> Reply:
        self.messages.pin(self._message(call), pinned=False)
        return NO_CONTENT

    def _message(self, call: Call) -> Message:
        message = self.reach.message(call)
        if message.channel.archived:
            raise refusals.archived_thread()
        if message.channel.guild is not None:
            self.reach.need(message.channel, "pin_messages")
        return message

    def _item(self, message: Message) -> Json:
        return {"pinned_at": timestamp(message.pinned_at or 0), "message": self.payloads.message(message)}


def _pinned(channel: Channel) -> list[Message]:
    found = [each for each in channel.messages.values() if each.pinned_at is not None]
    return sorted(found, key=lambda each: -(each.pinned_at or 0))
