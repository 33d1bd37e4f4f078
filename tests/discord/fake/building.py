"""Building the world, and changing it under the app's feet. Whoever is connected is told."""

from __future__ import annotations

from discord import Permissions

from tests.discord.fake import limits, payloads
from tests.discord.fake.clock import MovableClock, News, Snowflakes
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.messages import Messages
from tests.discord.fake.people import Person
from tests.discord.fake.permissions import bits
from tests.discord.fake.world import (
    DIRECT,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    USUAL,
    Channel,
    Guild,
    Membership,
    Message,
    Overwrite,
    Role,
    User,
    World,
)


class Building:
    """The part of FakeDiscord that makes and breaks things."""

    world: World
    clock: MovableClock
    ids: Snowflakes
    news: News
    gateway: Gateway
    messages: Messages

    def person(
        self, name: str, channel: Channel | None = None, *, locale: str = "en-US", installed: bool = False
    ) -> Person:
        """Somebody new, a member of the channel's guild; without a channel they sit in the app's direct messages.

        `installed` means that they installed the app for themselves.
        """
        user = User(id=self.ids.next(), name=name, locale=locale, installed=installed)
        self.world.users[user.id] = user
        if channel is None:
            channel = Channel(id=self.ids.next(), kind=DIRECT, recipients=[user, self.world.bot])
            self.world.channels[channel.id] = channel
        elif channel.guild is not None:
            self.join(channel.guild, user)
        return Person(discord=self, user=user, channel=channel)  # type: ignore[arg-type]  # FakeDiscord is the only one

    def guild(
        self,
        name: str = "Garden",
        *,
        has_app: bool = True,
        locale: str = "en-US",
        attachment_limit: int = limits.FILE_BYTES,
        permissions: int = USUAL,
    ) -> Guild:
        """A server where everybody has `permissions`; the app is a member unless `has_app` is False."""
        number = self.ids.next()
        owner = User(id=self.ids.next(), name=f"{name}'s owner")
        self.world.users[owner.id] = owner
        everyone = Role(id=number, name="@everyone", permissions=permissions)
        guild = Guild(id=number, name=name, owner=owner, locale=locale, attachment_limit=attachment_limit)
        guild.roles[number] = everyone
        guild.has_app = has_app
        self.world.guilds[number] = guild
        for user in [owner, self.world.bot] if has_app else [owner]:
            guild.members[user.id] = Membership(user=user, joined=self.clock.now())
        self.gateway.dispatch("GUILD_CREATE", payloads.guild_create(guild), guild=guild)
        return guild

    def text_channel(self, guild: Guild | None = None, name: str = "art", *, nsfw: bool = False) -> Channel:
        """A channel in `guild`, or in a new guild."""
        guild = guild or self.guild()
        channel = Channel(id=self.ids.next(), kind=TEXT, name=name, guild=guild, nsfw=nsfw)
        self._add(channel, "CHANNEL_CREATE")
        return channel

    def thread(self, parent: Channel, name: str = "thread", *, private: bool = False) -> Channel:
        assert parent.guild is not None, "threads are in guilds"
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        thread = Channel(
            id=self.ids.next(), kind=kind, name=name, guild=parent.guild, parent=parent, owner=parent.guild.owner
        )
        thread.nsfw, thread.active_at = parent.nsfw, self.clock.now()
        self._add(thread, "THREAD_CREATE")
        return thread

    def _add(self, channel: Channel, event: str) -> None:
        assert channel.guild is not None, "only channels of guilds are told of"
        self.world.channels[channel.id] = channel.guild.channels[channel.id] = channel
        self.gateway.dispatch(event, payloads.channel(channel), channel=channel)

    def conversation(self, *people: Person) -> Channel:
        """A direct conversation between people, without the app; one of them may have it installed."""
        channel = Channel(id=self.ids.next(), kind=DIRECT, recipients=[person.user for person in people])
        self.world.channels[channel.id] = channel
        return channel

    def join(self, guild: Guild, user: User, *roles: Role) -> None:
        guild.members.setdefault(user.id, Membership(user=user, joined=self.clock.now())).roles.extend(roles)

    def role(self, guild: Guild, name: str, **permissions: bool) -> Role:
        """A new role with permissions by their names in discord.py."""
        role = Role(id=self.ids.next(), name=name, permissions=Permissions(**permissions).value)
        guild.roles[role.id] = role
        told = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self.gateway.dispatch("GUILD_ROLE_CREATE", told, guild=guild)
        return role

    def give(self, person: Person, role: Role) -> None:
        assert person.channel.guild is not None, "roles are in guilds"
        self.join(person.channel.guild, person.user, role)

    def allow(self, channel: Channel, who: User | Role, *permissions: str) -> None:
        """Grant permissions in one channel, by their names in discord.py."""
        found = self._overwrite(channel, who)
        found.allow, found.deny = found.allow | bits(*permissions), found.deny & ~bits(*permissions)
        self._changed(channel)

    def revoke(self, channel: Channel, *permissions: str, who: User | Role | None = None) -> None:
        """Take permissions away in one channel: from the app, unless `who` names somebody."""
        found = self._overwrite(channel, who or self.world.bot)
        found.deny, found.allow = found.deny | bits(*permissions), found.allow & ~bits(*permissions)
        self._changed(channel)

    def _overwrite(self, channel: Channel, who: User | Role) -> Overwrite:
        return channel.overwrites.setdefault(who.id, Overwrite(id=who.id, of_member=isinstance(who, User)))

    def _changed(self, channel: Channel) -> None:
        self.gateway.dispatch("CHANNEL_UPDATE", payloads.channel(channel), channel=channel)
        self.news.tell()

    def delete_message(self, message: Message) -> None:
        self.messages.delete(message)

    def delete_channel(self, channel: Channel) -> None:
        """With all its messages and threads."""
        assert channel.guild is not None, "direct conversations are not deleted"
        for thread in [each for each in channel.guild.channels.values() if each.parent is channel]:
            self.delete_channel(thread)
        for message in channel.messages.values():
            message.deleted = True
        del self.world.channels[channel.id], channel.guild.channels[channel.id]
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        self.gateway.dispatch(event, payloads.channel(channel), channel=channel)
        self.news.tell()

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """A moderator closes the thread; once it is locked, only moderators open it again."""
        thread.archived, thread.archived_at, thread.locked = True, self.clock.now(), locked
        self.gateway.dispatch("THREAD_UPDATE", payloads.channel(thread), channel=thread)

    def kick_app(self, guild: Guild) -> None:
        """Remove the app from a server."""
        told = {"id": str(guild.id)}
        self.gateway.dispatch("GUILD_DELETE", told, guild=guild)
        guild.has_app = False
        guild.members.pop(self.world.bot.id, None)
        self.news.tell()

    def leave(self, person: Person, guild: Guild) -> None:
        """A member goes away."""
        guild.members.pop(person.user.id, None)
        told = {"guild_id": str(guild.id), "user": payloads.user(person.user)}
        self.gateway.dispatch("GUILD_MEMBER_REMOVE", told, guild=guild)
