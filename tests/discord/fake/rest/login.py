"""Routes about the app itself and its users."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import gateway, payloads, refusals
from tests.discord.fake.clock import Snowflakes
from tests.discord.fake.rest.routing import Call, Reply, Routes
from tests.discord.fake.world import DIRECT, Channel, World


def direct_channel(world: World, ids: Snowflakes, user_id: int) -> Channel:
    """The conversation between the app and one person, made when there is none."""
    user = world.users.get(user_id)
    if user is None:
        raise refusals.unknown("User")
    for channel in world.channels.values():
        if channel.kind == DIRECT and user in channel.recipients and world.bot in channel.recipients:
            return channel
    channel = Channel(id=ids.next(), kind=DIRECT, recipients=[user, world.bot])
    world.channels[channel.id] = channel
    return channel


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginRoutes:
    """Who am I, where is the gateway, who is that."""

    world: World
    ids: Snowflakes
    shards: int = 1

    @property
    def routes(self) -> Routes:
        return {
            "GET /users/@me": lambda call: Reply(body=payloads.me(self.world.bot)),
            "GET /users/{user_id}": self._user,
            "POST /users/@me/channels": self._direct,
            "GET /oauth2/applications/@me": lambda call: Reply(body=payloads.application(self.world)),
            "GET /applications/@me": lambda call: Reply(body=payloads.application(self.world)),
            "GET /gateway": lambda call: Reply(body={"url": gateway.URL}),
            "GET /gateway/bot": self._gateway,
        }

    def _user(self, call: Call) -> Reply:
        user = self.world.users.get(call.id("user_id"))
        if user is None:
            raise refusals.unknown("User")
        return Reply(body=payloads.user(user))

    def _direct(self, call: Call) -> Reply:
        channel = direct_channel(self.world, self.ids, int(call.payload["recipient_id"]))
        return Reply(body=payloads.channel(channel))

    def _gateway(self, call: Call) -> Reply:
        start = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
        return Reply(body={"url": gateway.URL, "shards": self.shards, "session_start_limit": start})
