"""What Discord's refusals mean for a card. Codes: "Opcodes and status codes" in its developer documentation."""

from __future__ import annotations

from enum import Enum

import aiohttp
import discord


class Meaning(Enum):
    """What is to be done about a request that failed."""

    LATER = "later"  # Discord is ill or busy: the same again, after a pause
    MESSAGE_GONE = "message gone"
    EXPIRED = "expired"  # the interaction's 15 minutes are over
    PLACE_GONE = "place gone"  # the channel was deleted, or we may not write there
    ARCHIVED = "archived"  # a thread that sleeps: whoever may write there can open it again
    PERSON_CLOSED = "person closed"  # takes no direct messages
    TOO_LARGE = "too large"
    WRONG = "wrong"  # our own mistake


_BY_CODE = {
    10008: Meaning.MESSAGE_GONE,
    10003: Meaning.PLACE_GONE,  # unknown channel
    10004: Meaning.PLACE_GONE,  # unknown guild
    50001: Meaning.PLACE_GONE,  # missing access
    50013: Meaning.PLACE_GONE,  # missing permissions
    50083: Meaning.ARCHIVED,
    160005: Meaning.PLACE_GONE,  # locked thread
    160002: Meaning.PLACE_GONE,  # no reply without history
    10015: Meaning.EXPIRED,  # unknown webhook
    10062: Meaning.EXPIRED,  # unknown interaction
    50027: Meaning.EXPIRED,  # invalid webhook token
    40094: Meaning.EXPIRED,  # too many follow-ups
    50007: Meaning.PERSON_CLOSED,
    50278: Meaning.PERSON_CLOSED,  # no server in common
    10013: Meaning.PERSON_CLOSED,  # unknown user
    40005: Meaning.TOO_LARGE,
}
TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


def meaning(error: BaseException) -> Meaning:
    """Of one of `TROUBLE`."""
    if not isinstance(error, discord.HTTPException):
        return Meaning.LATER
    if found := _BY_CODE.get(error.code):
        return found
    if error.status >= 500 or error.status == 429:
        return Meaning.LATER
    by_status = {401: Meaning.EXPIRED, 403: Meaning.PLACE_GONE, 404: Meaning.MESSAGE_GONE, 413: Meaning.TOO_LARGE}
    return by_status.get(error.status, Meaning.WRONG)
