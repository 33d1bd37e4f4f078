"""Identifiers: what a job, a card, a person and a place are called."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import NewType

BlobId = NewType("BlobId", str)  # sha256 of the bytes, 64 hexadecimal digits
JobId = NewType("JobId", str)  # 16 characters, sortable by time
CardId = NewType("CardId", str)  # likewise; several jobs (a sweep, a count) can share one card
CharacterId = NewType("CharacterId", str)  # likewise
PersonId = NewType("PersonId", str)  # "web:3f9c...", "discord:1234": the platform, then its own id
CommunityId = NewType("CommunityId", str)  # "discord:8138...", "telegram:-1001...": a server, a group, a chat

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letters that look alike


class Platform(Enum):
    """Where a person and a card live."""

    WEB = "web"
    DISCORD = "discord"
    TELEGRAM = "telegram"
    CLI = "cli"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the answer goes: a platform and its own name for the conversation (a channel, a chat, a page)."""

    platform: Platform
    conversation: str


def new_id(now: float) -> str:
    """16 characters: milliseconds since the epoch (9), then 35 random bits (7). `now` in seconds."""
    return _base32(int(now * 1000), 9) + _base32(secrets.randbits(35), 7)


def named_id(now: float, name: str) -> str:
    """The same for the same time and name: what is asked twice by one message has one id."""
    digest = hashlib.sha256(name.encode()).digest()
    return _base32(int(now * 1000), 9) + _base32(int.from_bytes(digest[:5]) >> 5, 7)


def _base32(number: int, digits: int) -> str:
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(digits)))
