"""Threads: made from a channel or from a message, changed, archived by hand and by time, left and joined.

The rules are those of the page "Threads" in Discord's developer documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.discord.fake import limits, payloads, refusals
from tests.discord.fake.clock import MovableClock, News, Snowflakes
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.messages import Messages
from tests.discord.fake.permissions import may
from tests.discord.fake.refusals import Form, Json
from tests.discord.fake.world import PRIVATE_THREAD, PUBLIC_THREAD, TEXT, Channel, Message, User, World

THREAD_CREATED, PINNED = 18, 6  # kinds of messages that Discord itself writes
OF_THE_CREATOR = {"name", "archived", "auto_archive_duration"}  # may be changed without Manage Threads
DURATIONS = (60, 1440, 4320, 10080)  # minutes without a message until a thread is archived


@dataclass(frozen=True, kw_only=True, slots=True)
class Threads:
    """Every change is told to the gateway and to waiting tests."""

    world: World
    clock: MovableClock
    ids: Snowflakes
    messages: Messages
    gateway: Gateway
    news: News

    def start(self, parent: Channel, owner: User, payload: Json) -> Channel:
        """A thread of its own; Discord takes it for a private one where no kind is named."""
        kind = payload.get("type") or PRIVATE_THREAD
        self._check(parent, owner, payload, kind)
        thread = self._make(parent, owner, payload, kind=kind, number=self.ids.next())
        if kind == PUBLIC_THREAD:
            self.messages.announce(parent, owner, THREAD_CREATED, payload["name"])
        return thread

    def start_from(self, message: Message, owner: User, payload: Json) -> Channel:
        """It gets the id of its message, so that there can be only one."""
        self._check(message.channel, owner, payload, PUBLIC_THREAD)
        if message.id in self.world.channels or message.has_thread:
            raise refusals.thread_exists()
        message.has_thread = True
        return self._make(message.channel, owner, payload, kind=PUBLIC_THREAD, number=message.id)

    def change(self, thread: Channel, who: User, payload: Json) -> None:
        """Raises Refusal for what `who` may not, and for any change of an archived thread but its opening."""
        given = {key: value for key, value in payload.items() if value is not None}
        self._may_change(thread, who, given)
        _check_form(given)
        if "archived" in given and given["archived"] != thread.archived:
            thread.archived, thread.archived_at = given["archived"], self.clock.now()
            thread.active_at = self.clock.now()
        thread.name = given.get("name", thread.name)
        thread.locked = given.get("locked", thread.locked)
        thread.slow_seconds = given.get("rate_limit_per_user", thread.slow_seconds)
        thread.archive_minutes = given.get("auto_archive_duration", thread.archive_minutes)
        self.tell("THREAD_UPDATE", thread)

    def delete(self, thread: Channel) -> None:
        """With everything said in it."""
        assert thread.guild is not None, "threads are in guilds"
        for message in thread.messages.values():
            message.deleted = True
        del self.world.channels[thread.id], thread.guild.channels[thread.id]
        self.tell("THREAD_DELETE", thread)

    def join(self, thread: Channel, user: User) -> None:
        if user not in thread.joined:
            thread.joined.append(user)
            self._tell_members(thread, added=user)

    def leave(self, thread: Channel, user: User) -> None:
        if user in thread.joined:
            thread.joined.remove(user)
            self._tell_members(thread, removed=user)

    def settle(self, channel: Channel) -> None:
        """Archive the thread when nothing was said in it for long enough."""
        if not channel.is_thread or channel.archived:
            return
        latest = max((each.created for each in channel.messages.values()), default=0.0)
        if self.clock.now() - max(channel.active_at, latest) > channel.archive_minutes * 60:
            channel.archived, channel.archived_at = True, self.clock.now()
            self.tell("THREAD_UPDATE", channel)

    def tell(self, event: str, thread: Channel) -> None:
        self.gateway.dispatch(event, payloads.channel(thread, self.world.bot), channel=thread)
        self.news.tell()

    def _check(self, parent: Channel, owner: User, payload: Json, kind: int) -> None:
        if parent.kind != TEXT or parent.guild is None:
            raise refusals.wrong_kind_of_channel()
        wanted = "create_private_threads" if kind == PRIVATE_THREAD else "create_public_threads"
        if not may(parent, owner, wanted):
            raise refusals.missing_permissions()
        _check_form({"name": "", **payload})
        active = [each for each in parent.guild.channels.values() if each.is_thread and not each.archived]
        if len(active) >= limits.ACTIVE_THREADS:
            raise refusals.too_many_threads()

    def _make(self, parent: Channel, owner: User, payload: Json, *, kind: int, number: int) -> Channel:
        thread = Channel(
            id=number,
            kind=kind,
            name=payload["name"],
            guild=parent.guild,
            parent=parent,
            owner=owner,
            nsfw=parent.nsfw,
            joined=[owner],
            active_at=self.clock.now(),
            archive_minutes=payload.get("auto_archive_duration") or DURATIONS[1],
            slow_seconds=payload.get("rate_limit_per_user") or 0,
        )
        assert parent.guild is not None, "threads are in guilds"
        self.world.channels[thread.id] = parent.guild.channels[thread.id] = thread
        told = payloads.channel(thread, self.world.bot) | {"newly_created": True}
        self.gateway.dispatch("THREAD_CREATE", told, channel=thread)
        self.news.tell()
        return thread

    def _may_change(self, thread: Channel, who: User, given: Json) -> None:
        manages, opens = may(thread, who, "manage_threads"), given.get("archived") is False
        if thread.archived and not opens:
            raise refusals.archived_thread()
        if thread.archived and not manages and (thread.locked or not may(thread, who, "send_messages_in_threads")):
            raise refusals.missing_permissions()
        own = thread.owner is who and set(given) <= OF_THE_CREATOR
        only_opens = opens and set(given) == {"archived"}
        if not (manages or own or only_opens):
            raise refusals.missing_permissions()

    def _tell_members(self, thread: Channel, *, added: User | None = None, removed: User | None = None) -> None:
        assert thread.guild is not None, "threads are in guilds"
        told: Json = {"id": str(thread.id), "guild_id": str(thread.guild.id), "member_count": len(thread.joined)}
        told["added_members"] = [payloads.thread_member(thread, added)] if added else []
        told["removed_member_ids"] = [str(removed.id)] if removed else []
        self.gateway.dispatch("THREAD_MEMBERS_UPDATE", told, channel=thread)
        self.news.tell()


def _check_form(given: Json) -> None:
    form = Form()
    if "name" in given:
        form.between(("name",), len(given["name"]), 1, limits.THREAD_NAME)
    if given.get("auto_archive_duration") not in (None, *DURATIONS):
        form.fault(("auto_archive_duration",), "BASE_TYPE_CHOICES", f"Value must be one of {DURATIONS}.")
    form.check()
