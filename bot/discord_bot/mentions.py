"""Channels, roles and people: on Discord they are mentioned, in settings and sentences they go by their ids."""

from __future__ import annotations

import re

import discord

_MENTION = re.compile(r"<(#|@&|@!?)(\d{1,20})>")
_PERSON = re.compile(r"\bdiscord:(\d{15,20})\b")
_ID = re.compile(r"(?<![\w#&@:])\d{15,20}\b")


def as_ids(text: str) -> str:
    """ "<#12> <@&34>" as "12 34"; people as the rest of the house calls them: "discord:56"."""
    return _MENTION.sub(lambda found: f"discord:{found[2]}" if found[1] in {"@", "@!"} else found[2], text)


def as_list(text: str) -> str:
    """Several of them, however they are set apart, as "12,34"."""
    return ",".join(as_ids(text.replace("><", "> <")).replace(",", " ").split())


def as_mentions(text: str, guild: discord.Guild | None) -> str:
    """The other way round: what the person's own client shows by its name. Nobody is pinged: see `drawing.NOBODY`."""

    def named(found: re.Match[str]) -> str:
        number = int(found[0])
        if guild is not None and guild.get_channel_or_thread(number):
            return f"<#{number}>"
        return f"<@&{number}>" if guild is not None and guild.get_role(number) else found[0]

    return _ID.sub(named, _PERSON.sub(r"<@\1>", text))
