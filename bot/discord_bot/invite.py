"""The link by which somebody adds the bot to a server, with the least that it needs there."""

from __future__ import annotations

import base64
import binascii

import discord

NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,  # a session is held in one
    attach_files=True,
    read_message_history=True,  # to answer under its own card
)


def invite_link(token: str) -> str | None:
    """Made from the token alone, whose first part is the application's id; None for what is no token."""
    head = token.strip().partition(".")[0]
    try:
        number = base64.b64decode(head + "=" * (-len(head) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not number.isdigit():
        return None
    return discord.utils.oauth_url(number, permissions=NEEDED, scopes=("bot", "applications.commands"))
