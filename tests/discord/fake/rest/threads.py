"""Routes of threads, and of channels as far as they are changed."""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import payloads, refusals
from tests.discord.fake.refusals import Form, Json
from tests.discord.fake.rest.reach import Reach
from tests.discord.fake.rest.routing import NO_CONTENT, Call, Reply, Routes
from tests.discord.fake.threads import Threads
from tests.discord.fake.world import PRIVATE_THREAD, TEXT, Channel, User, World

CHANNEL = "/channels/{channel_id}"
MEMBERS = f"{CHANNEL}/thread-members"


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadRoutes:
    """What the bot does about threads as a member, by its own token."""

    world: World
    reach: Reach
    threads: Threads

    @property
    def routes(self) -> Routes:
        return {
            f"POST {CHANNEL}/threads": self._start,
            f"POST {CHANNEL}/messages/{{message_id}}/threads": self._start_from,
            f"PATCH {CHANNEL}": self._change,
            f"DELETE {CHANNEL}": self._delete,
            f"PUT {MEMBERS}/@me": lambda call: self._join(call, self.world.bot),
            f"DELETE {MEMBERS}/@me": self._leave,
            f"PUT {MEMBERS}/{{user_id}}": lambda call: self._join(call, self._user(call)),
            f"GET {MEMBERS}": self._members,
            "GET /guilds/{guild_id}/threads/active": self._active,
        }

    def _start(self, call: Call) -> Reply:
        thread = self.threads.start(self.reach.channel(call), self.world.bot, call.payload)
        return Reply(status=201, body=self._told(thread))

    def _start_from(self, call: Call) -> Reply:
        message = self.reach.message(call)
        self.reach.need(message.channel, "read_message_history")
        return Reply(status=201, body=self._told(self.threads.start_from(message, self.world.bot, call.payload)))

    def _change(self, call: Call) -> Reply:
        channel = self.reach.channel(call)
        if channel.is_thread:
            self.threads.change(channel, self.world.bot, call.payload)
        else:
            self._change_channel(channel, call.payload)
        return Reply(body=self._told(channel))

    def _change_channel(self, channel: Channel, payload: Json) -> None:
        """Only the name: nothing else of a channel is the app's business."""
        if channel.kind != TEXT:
            raise refusals.not_in_direct_messages()
        self.reach.need(channel, "manage_channels")
        form = Form()
        form.between(("name",), len(payload.get("name") or channel.name), 1, 100)
        form.check()
        channel.name = payload.get("name") or channel.name
        self.threads.tell("CHANNEL_UPDATE", channel)

    def _delete(self, call: Call) -> Reply:
        thread = self.reach.thread(call)
        self.reach.need(thread, "manage_threads")
        body = self._told(thread)
        self.threads.delete(thread)
        return Reply(body=body)

    def _join(self, call: Call, user: User) -> Reply:
        thread = self.reach.thread(call)
        if thread.archived:
            raise refusals.archived_thread()
        if user is not self.world.bot:
            self.reach.need(thread, "send_messages_in_threads")
        if thread.kind == PRIVATE_THREAD and self.world.bot not in thread.joined:
            self.reach.need(thread, "manage_threads")
        self.threads.join(thread, user)
        return NO_CONTENT

    def _leave(self, call: Call) -> Reply:
        thread = self.reach.thread(call)
        if thread.archived:
            raise refusals.archived_thread()
        self.threads.leave(thread, self.world.bot)
        return NO_CONTENT

    def _members(self, call: Call) -> Reply:
        thread = self.reach.thread(call)
        return Reply(body=[payloads.thread_member(thread, who) for who in thread.joined])

    def _active(self, call: Call) -> Reply:
        threads = [each for each in self.reach.guild(call).channels.values() if each.is_thread and not each.archived]
        joined = [payloads.thread_member(each, self.world.bot) for each in threads if self.world.bot in each.joined]
        return Reply(body={"threads": [self._told(each) for each in threads], "members": joined, "has_more": False})

    def _told(self, channel: Channel) -> Json:
        return payloads.channel(channel, self.world.bot)

    def _user(self, call: Call) -> User:
        thread = self.reach.thread(call)
        assert thread.guild is not None, "threads are in guilds"
        membership = thread.guild.members.get(call.id("user_id"))
        if membership is None:
            raise refusals.unknown("Member")
        return membership.user
