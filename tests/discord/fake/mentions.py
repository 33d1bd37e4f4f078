"""Who a message mentions, and whom it pings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.discord.fake.permissions import may
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import Channel, Membership, Role, User, World

USER, ROLE, EVERYONE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>"), re.compile(r"@(?:everyone|here)\b")
EVERYTHING: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}


@dataclass(kw_only=True, slots=True)
class Mentions:
    """What one text mentions as far as `allowed_mentions` lets it."""

    users: list[User] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    everyone: bool = False
    pinged: set[User] = field(default_factory=set)


def find_mentions(
    world: World, channel: Channel, author: User, text: str, *, allowed: Json | None, replied: User | None
) -> Mentions:
    """Stricter than Discord in one thing: a mention inside code counts, so that nobody leans on backticks."""
    rules = EVERYTHING if allowed is None else allowed
    found = Mentions()
    _users(found, world, text, rules)
    _roles(found, channel, text, rules)
    if EVERYONE.search(text) and "everyone" in (rules.get("parse") or []) and channel.guild is not None:
        found.everyone = may(channel, author, "mention_everyone")
    if replied is not None and replied is not author and rules.get("replied_user"):
        found.users.append(replied)
    found.pinged = _pinged(found, channel, author)
    return found


def _users(found: Mentions, world: World, text: str, rules: Json) -> None:
    named = {int(each) for each in rules.get("users") or []}
    for number in dict.fromkeys(map(int, USER.findall(text))):
        if number in world.users and ("users" in (rules.get("parse") or []) or number in named):
            found.users.append(world.users[number])


def _roles(found: Mentions, channel: Channel, text: str, rules: Json) -> None:
    named = {int(each) for each in rules.get("roles") or []}
    roles = {} if channel.guild is None else channel.guild.roles
    for number in dict.fromkeys(map(int, ROLE.findall(text))):
        if number in roles and ("roles" in (rules.get("parse") or []) or number in named):
            found.roles.append(roles[number])


def _pinged(found: Mentions, channel: Channel, author: User) -> set[User]:
    members: list[Membership] = list(channel.guild.members.values()) if channel.guild else []
    there = {each.user for each in members} or set(channel.recipients)
    pinged = set(there) if found.everyone else there & set(found.users)
    for role in found.roles:
        pinged |= {each.user for each in members if role in each.roles}
    return {who for who in pinged if who is not author and not who.bot and (not members or _sees(channel, who))}


def _sees(channel: Channel, who: User) -> bool:
    return may(channel, who, "view_channel")
