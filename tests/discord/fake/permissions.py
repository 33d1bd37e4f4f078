"""Who may do what where: Discord's own order of roles and overwrites."""

from __future__ import annotations

from discord import Permissions

from tests.discord.fake.world import Channel, Guild, Overwrite, User

ALL = Permissions.all().value
DIRECT_MESSAGE = Permissions.text().value | Permissions(view_channel=True).value


def bits(*names: str) -> int:
    """The bit set of permissions by their names in discord.py."""
    return Permissions(**dict.fromkeys(names, True)).value


def permissions_in(channel: Channel, user: User) -> int:
    """Everything `user` may do in `channel`; 0 for who is not in the guild."""
    guild = channel.guild
    if guild is None:
        return DIRECT_MESSAGE if user in channel.recipients else 0
    if user.id not in guild.members:
        return 0
    base = _in_guild(guild, user)
    if base == ALL:
        return ALL
    return _overwritten(base, channel.parent if channel.is_thread and channel.parent else channel, guild, user)


def may(channel: Channel, user: User, *names: str) -> bool:
    wanted = bits(*names)
    return permissions_in(channel, user) & wanted == wanted


def _in_guild(guild: Guild, user: User) -> int:
    if guild.owner is user:
        return ALL
    granted = guild.everyone.permissions
    for role in guild.members[user.id].roles:
        granted |= role.permissions
    return ALL if granted & bits("administrator") else granted


def _overwritten(base: int, channel: Channel, guild: Guild, user: User) -> int:
    def apply(granted: int, overwrites: list[Overwrite]) -> int:
        denied = allowed = 0
        for each in overwrites:
            denied, allowed = denied | each.deny, allowed | each.allow
        return granted & ~denied | allowed

    found = channel.overwrites
    everyone = [found[guild.id]] if guild.id in found else []
    roles = [found[role.id] for role in guild.members[user.id].roles if role.id in found]
    member = [found[user.id]] if user.id in found else []
    return apply(apply(apply(base, everyone), roles), member)
