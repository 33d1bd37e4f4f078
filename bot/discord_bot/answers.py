"""Replies that are not cards, as text and files for the person who asked."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import discord
from discord.utils import escape_markdown

from bot.card_lines import is_spoiler
from bot.cards import Action, job_card
from bot.conversation import Handed, Helped, Informed, Listed, Removed, Reply, Said
from bot.discord_bot.drawing import plain
from bot.discord_bot.mentions import as_mentions
from bot.replies import summary
from core.domain.command import Preferences
from core.errors import NotFoundError
from core.service.deliveries import Delivery, DeliveryStore
from core.service.service import Service

_MOST = 1900  # characters: Discord takes 2,000
Link = Callable[[Delivery], str]  # to a delivery's message, as far as that is known


async def text_of(
    reply: Reply, deliveries: DeliveryStore, link: Link, language: str, guild: discord.Guild | None = None
) -> str:
    """What to say; empty for a reply that is not said."""
    match reply:
        case Said(text=text) | Removed(text=text):
            return as_mentions(escape_markdown(text), guild)
        case Listed():
            return await _list(reply, deliveries, link, language)
        case Informed():
            return _info(reply)
        case Helped():
            return _help(reply)
        case _:
            return ""


async def file_of(reply: Handed, service: Service, preferences: Preferences, limit: int) -> tuple[discord.File, str]:
    """The picture, and what the platform's limit took from it. Raises NotFoundError."""
    job = reply.job
    if reply.action is Action.ORIGINAL:
        file, stem = await service.original_file(job, limit), "original"
    else:
        file, stem = await service.full_file(job, limit, preferences.format), f"restyle-{job.request.seed}"
    if not file.data:
        raise NotFoundError("picture")
    return discord.File(BytesIO(file.data), f"{stem}.{file.ending}", spoiler=is_spoiler(job)), file.note


async def _list(reply: Listed, deliveries: DeliveryStore, link: Link, language: str) -> str:
    """A sentence and a line for each card, with a link to its message where there is one."""
    lines = [escape_markdown(reply.text)]
    for state in reply.cards:
        delivery = await deliveries.get(state.id)
        line = f"- {plain(job_card(state, language).headline)}"
        lines.append(f"{line} {link(delivery)}" if delivery else line)
    return _cut(lines)


def _info(reply: Informed) -> str:
    lines = [f"**{name}** {plain(value)}" for name, value in reply.lines]
    line = reply.line.replace("`", "'")
    head = _cut(lines, _MOST - min(len(line), 800) - 10)
    return f"{head}\n```\n{line[:800]}\n```"


def _help(reply: Helped) -> str:
    return _cut([f"**/{spec.name}** {plain(summary(spec, reply.language))}" for spec in reply.commands])


def _cut(lines: list[str], most: int = _MOST) -> str:
    """As many whole lines as fit."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > most:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)
